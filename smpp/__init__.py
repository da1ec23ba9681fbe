"""SMPP 3.4 on the wire: PDUs, text and segments, receipts, session without I/O, Twisted link."""
