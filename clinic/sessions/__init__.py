"""Clinic sessions as staff see them: made from the roster, shared out, drawn, taken over, stopped and moved."""
