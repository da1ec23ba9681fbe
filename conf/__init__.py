"""Commented settings, texts and the sample centre: data, and the few lines that read it."""
