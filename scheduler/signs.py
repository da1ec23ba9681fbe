"""Looks for signs of trading with places in what was booked since the last look, batch by batch."""

from __future__ import annotations

import datetime as dt
from functools import partial

from clinic.fairness.signs import seeing
from clinic.rows import gives_way
from scheduler.given import Broken, Given

LOOK_BACK = dt.timedelta(hours=2)
"""The job runs every hour. A gateway that stood still meanwhile has booked nothing either."""


async def look(given: Given) -> str:
    """How many phones are to be shown to staff now. Broken where it must stop before the end."""
    fresh, after, since = 0, None, given.now() - LOOK_BACK
    while given.going():
        batch = gives_way(partial(seeing.look, since=since, after=after, rules=given.rules))
        looked = await given.store.run(batch, now=given.now())
        fresh, after = fresh + looked.fresh, looked.last
        if after is None:
            return f"{fresh:,} phones" if fresh else ""
        given.tell(f"{fresh:,} phones so far")
    raise Broken(f"{fresh:,} phones")
