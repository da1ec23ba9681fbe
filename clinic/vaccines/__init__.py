"""Vaccines: whether doses that were given count, and what is due (docs/vaccines.md). Pure: no database, no clock."""
