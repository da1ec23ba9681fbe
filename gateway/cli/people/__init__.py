"""`caredial people`, a module for each matter."""
