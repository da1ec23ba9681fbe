"""Telephone calls: a channel of Asterisk's as a place where dialogs are spoken."""
