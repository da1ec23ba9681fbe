"""The places of a clinic session: who may take which, and where one goes that comes back.

A session's row is always locked before its pools, so that takers and givers never wait for each other crosswise.
"""

from __future__ import annotations

from clinic.places.taking import Taken, give_back, take

__all__ = ["Taken", "give_back", "take"]
