"""The hotline: dialogs as speech, over Asterisk (AMI and AsyncAGI)."""
