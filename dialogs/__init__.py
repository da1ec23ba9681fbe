"""Conversations, each written once, for every channel."""
