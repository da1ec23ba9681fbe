"""The wire to Asterisk: its manager interface (AMI) and AsyncAGI. Knows no calls and no dialogs, only messages."""
