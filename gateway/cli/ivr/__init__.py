"""`caredial ivr`: the Asterisks while they run, what is wrong with them, a message told by telephone."""
