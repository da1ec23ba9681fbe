"""`caredial sessions`: the roster, places, who holds a clinic, and what is stopped or moved."""
