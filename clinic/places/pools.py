"""Pools: which places of a shared-out session a channel may take."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

ONSITE: Final = "onsite"
"""For who comes to the counter."""
BOOKED: Final = "booked"
"""For every channel by which one books from afar."""
COUNTER: Final = "counter"
"""The channel of who stands there."""
AT_A_WINDOW: Final = (COUNTER, "hospital")
"""The channels of who is there in person: at the centre's counter, or the hospital's."""
CHANNELS: Final = ("ussd", "sms", "voice", "web", "hospital")


def candidates(channel: str) -> tuple[str, ...]:
    """The pools that a channel may take from, in this order."""
    return (ONSITE,) if channel == COUNTER else (channel, BOOKED) if channel in CHANNELS else (BOOKED,)


def pool_for(channel: str, pool: str, pools: Collection[str]) -> str:
    """Of which of these pools a place is held that was taken of `pool`, by this channel: the same where it is there,
    else one that the channel may take from; of none ("") where places are not shared out."""
    wanted = (pool, *candidates(channel), BOOKED, ONSITE)
    return next((each for each in wanted if each in pools), "")
