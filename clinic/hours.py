"""Quiet hours: a centre's own, else the installation's; local times, the night goes over midnight."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from clinic.rules import Rules
from clinic.tables import Centre

Span = tuple[dt.time, dt.time]
DAY = dt.timedelta(days=1)


def quiet_until(moment: dt.datetime, span: Span, zone: dt.tzinfo) -> dt.datetime | None:
    """When the quiet hours that this moment lies in end, None outside them; equal times mean that there are none."""
    begin, end = span
    local = moment.astimezone(zone)
    time = local.time()
    over_midnight = begin > end
    if not (time >= begin or time < end if over_midnight else begin <= time < end):
        return None
    day = local.date() + DAY if over_midnight and time >= begin else local.date()
    return _at(day, end, zone, after=moment)


def next_change(moment: dt.datetime, span: Span, zone: dt.tzinfo) -> dt.datetime | None:
    """The first moment after this one at which quiet hours begin or end, None where there are none."""
    if span[0] == span[1]:
        return None
    today = moment.astimezone(zone).date()
    at = (_at(today + DAY * days, time, zone, after=moment) for days in range(3) for time in span)
    return min(change for change in at if change > moment)


def _at(day: dt.date, time: dt.time, zone: dt.tzinfo, *, after: dt.datetime) -> dt.datetime:
    """This local time, in UTC. Where a clock that is put back shows it twice, the first that is still to come.

    Where one that is put forward never shows it, it is as long after the gap began.
    """
    first, second = (dt.datetime.combine(day, time.replace(fold=fold), zone).astimezone(dt.UTC) for fold in (0, 1))
    return first if first > second or first > after else second


@dataclass(frozen=True, slots=True)
class Hours:
    """Everybody's quiet hours: `usual`, and those of centres that have their own."""

    usual: Span
    zone: dt.tzinfo
    own: dict[int, Span] = field(default_factory=dict)

    def span(self, centre: int | None) -> Span:
        return self.usual if centre is None else self.own.get(centre, self.usual)

    def until(self, centre: int | None, moment: dt.datetime) -> dt.datetime | None:
        """When the quiet hours of a centre end, None where it has none at this moment."""
        return quiet_until(moment, self.span(centre), self.zone)


def load(session: Session, rules: Rules, zone: dt.tzinfo) -> Hours:
    """One small query: most centres have no hours of their own."""
    kept = select(Centre.id, Centre.quiet_from, Centre.quiet_until).where(
        or_(Centre.quiet_from.is_not(None), Centre.quiet_until.is_not(None))
    )
    usual = (rules.quiet_from, rules.quiet_until)
    own = {
        centre: (begin if begin is not None else usual[0], end if end is not None else usual[1])
        for centre, begin, end in session.execute(kept)
    }
    return Hours(usual, zone, own)


def day_bounds(day: dt.date, zone: dt.tzinfo) -> tuple[dt.datetime, dt.datetime]:
    """When a local day begins, and when the next one does, in UTC."""
    begin, end = (dt.datetime.combine(each, dt.time(), zone).astimezone(dt.UTC) for each in (day, day + DAY))
    return begin, end
