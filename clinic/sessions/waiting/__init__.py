"""The waiting list: who waits for a place that comes back, who is told of one, and who has it.

A place that comes back while somebody waits is a `PlaceOffer`: it stays taken, and is told to a few at a time, oldest
first; the first yes has it. What nobody wants goes back to everybody.

Order of locks: who waits (`WaitEntry`), subscriber, resident, offer, session. Whoever has an offer first passes over
entries that are in others' hands.
"""

from __future__ import annotations

from clinic.sessions.waiting.answers import accept, decline
from clinic.sessions.waiting.entries import join, leave
from clinic.sessions.waiting.shown import mine, open_offers
from clinic.sessions.waiting.telling import scan

__all__ = ["accept", "decline", "join", "leave", "mine", "open_offers", "scan"]
