"""Texts as speech: words to pieces, pieces to WAV. Knows no Twisted, no Asterisk and no call."""
