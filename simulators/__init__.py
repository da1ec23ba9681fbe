"""An SMSC and handsets to try everything without an operator."""
