"""The scheduled jobs: what runs when."""
