"""Draws for scarce sessions: commit and reveal, so that anybody can recompute who was drawn (`docs/lottery.md`).

A seed is fixed, and its SHA-256 published, before anybody enters. When entries close, the digest of the tickets is
published with them; the seed is revealed, and orders the tickets. Places are held for the winners from that moment, in
one transaction with the order; they book one by one, so a daemon that dies midway goes on where it was.

Order of locks: the draw first, then subscriber, resident, places and session. Whoever has a session already, as who
stops it, passes over a draw that is in others' hands.
"""

from __future__ import annotations

from clinic.sessions.lottery.drawing import scan
from clinic.sessions.lottery.entries import DrawClosed, Entered, enter, leave, mine
from clinic.sessions.lottery.making import commit
from clinic.sessions.lottery.shown import document, listed

__all__ = ["DrawClosed", "Entered", "commit", "document", "enter", "leave", "listed", "mine", "scan"]
