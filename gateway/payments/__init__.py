"""Payments by phone: what is due is asked for at its provider, and what becomes of it is written down."""
