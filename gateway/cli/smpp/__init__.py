"""`caredial smpp`: the links while they run, a text sent by hand, PDUs as they go by."""
