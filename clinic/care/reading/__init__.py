"""Readings out of texts as people write them; `clinic.care.reading_text` is the door."""
