"""Visits: booking a place, looking at it, giving it back."""

from __future__ import annotations

from clinic.visits.booking import book
from clinic.visits.cancelling import cancel
from clinic.visits.seen import send_code, upcoming
from clinic.visits.walk_in import walk_in

__all__ = ["book", "cancel", "send_code", "upcoming", "walk_in"]
