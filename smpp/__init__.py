"""SMPP 3.4: PDUs, text and segments, receipts, USSD, a session without I/O, and a Twisted link around it."""
