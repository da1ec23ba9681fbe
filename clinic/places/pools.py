"""Pools: which places of a shared-out session a channel may take."""

from __future__ import annotations

from typing import Final

ONSITE: Final = "onsite"
"""For who comes to the counter."""
BOOKED: Final = "booked"
"""For every channel by which one books from afar."""
COUNTER: Final = "counter"
"""The channel of who stands there."""
CHANNELS: Final = ("ussd", "sms", "voice", "web", "hospital")


def candidates(channel: str) -> tuple[str, ...]:
    """The pools that a channel may take from, in this order."""
    return (ONSITE,) if channel == COUNTER else (channel, BOOKED) if channel in CHANNELS else (BOOKED,)
