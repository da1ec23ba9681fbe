"""`caredial broadcast`: messages to many, from the draft to the report."""
