"""How long a broadcast will take: the links' rate, and the hours in which nothing is sent."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from statistics import median

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.broadcasts.views import LinkShape
from clinic.hours import Span, next_change, quiet_until
from clinic.tables import Broadcast

FINISHED = 3  # that tell how fast it went before
FEWEST = 1000  # segments of one that tells anything
Load = Mapping[tuple[tuple[LinkShape, ...], Span], int]
"""Segments by the links that carry them and the quiet hours that they keep."""


def rate(session: Session, links: tuple[LinkShape, ...]) -> float | None:
    """Segments a second of links that share the work, by their settings, else as fast as before; None: nobody knows."""
    rates = [link.settings.rate for link in links]
    return sum(rates) if rates and all(rates) else _rate_before(session)


def _rate_before(session: Session) -> float | None:
    """The pace of the broadcasts that finished last, from the first message to the last."""
    finished = (
        select(Broadcast.invoice, Broadcast.began_at, Broadcast.ended_at)
        .where(Broadcast.state == "done", Broadcast.began_at.is_not(None), Broadcast.ended_at.is_not(None))
        .order_by(Broadcast.id.desc())
        .limit(FINISHED)
    )
    paces: list[float] = []
    for invoice, began_at, ended_at in session.execute(finished):
        bill = (invoice or {}).get("bill", {})
        count = bill.get("on_net", 0) + bill.get("off_net", 0)
        if began_at and ended_at and began_at < ended_at and count >= FEWEST:
            paces.append(count / (ended_at - began_at).total_seconds())
    return median(paces) if paces else None


def end(
    load: Load, rates: Mapping[tuple[LinkShape, ...], float], *, start: dt.datetime, until: dt.datetime, zone: dt.tzinfo
) -> dt.datetime:
    """When the last links are done, `until` at the latest (what is left then expires)."""
    ends = [start]
    for links, speed in rates.items():
        spans = {span: float(count) for (carried, span), count in load.items() if carried == links}
        ends.append(_end(spans, speed, start, until, zone))
    return min(max(ends), until)


def _end(
    left: dict[Span, float], speed: float, moment: dt.datetime, until: dt.datetime, zone: dt.tzinfo
) -> dt.datetime:
    """Step from one beginning or end of quiet hours to the next; those that may be sent share the speed."""
    while moment < until:
        changes = [next_change(moment, span, zone) for span in left]
        change = min([*filter(None, changes), until])
        awake = {span: left[span] for span in left if quiet_until(moment, span, zone) is None}
        work = sum(awake.values())
        done = moment + dt.timedelta(seconds=work / speed)
        if done > change:
            for span, count in awake.items():
                left[span] = count * (1 - (change - moment) / (done - moment))
            moment = change
        else:
            for span in awake:
                del left[span]
            if not left:
                return done
            moment = done if awake else change
    return until
