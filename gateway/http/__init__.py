"""The web side: T-code pages for phones, kiosks and their API, health and metrics (Klein on twisted.web)."""
