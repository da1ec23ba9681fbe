"""What `expected` is told of a queue: who is before somebody, how likely they come, when the room is free."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from clinic.queue import expected
from clinic.queue.expected import Before, Moments
from clinic.queue.line import HELD, Line, Place
from clinic.views import Expected

STEP = 10.0
"""Minutes: walk-ins who may still come are counted for each of these."""


def outlook(queue: Line, place: Place, now: dt.datetime) -> Expected | None:
    """When somebody who waits, or may come, is called; None of who was called, or passed over, or is not to come any
    more."""
    if not (place.waits or place.may_come):
        return None
    # Who is told this comes.
    arrives = None if place.waits else expected.still_comes(0.0, _due(queue, place, now))[1]
    is_next = place.waits and queue.waiting[0] == place and not _is_busy(queue, now) and queue.last_called is not None
    found = expected.call(
        queue.pace,
        list(_before(queue, place, now)),
        free=_free(queue, now),
        arrives=arrives,
        now=now,
        at_once=is_next,
        policy=queue.plan.policy,
    )
    return found if queue.last_called is not None else _not_before(queue.plan.starts, found)


def _not_before(starts: dt.datetime, found: Expected) -> Expected:
    """A doctor may begin a few minutes early, yet nobody is told to be called before the session begins."""
    return Expected(max(found.at, starts), max(found.earliest, starts), max(found.latest, starts))


def _free(queue: Line, now: dt.datetime) -> Moments:
    """When the room is free: after the one who is in there, or when the session begins."""
    called = [place.called_at for place in queue.in_room if place.called_at]
    if called:
        elapsed = _minutes(now, max(called))
        return expected.in_room(queue.pace, elapsed) if _is_busy(queue, now) else expected.maybe(queue.pace, elapsed)
    if queue.last_called is None:
        begins = Moments(_minutes(queue.plan.starts, now) + expected.BEGINS_LATE, expected.BEGINS_SPREAD**2)
        return expected.later(Moments(expected.HANDOVER, expected.HANDOVER_SPREAD**2), begins)
    return Moments(expected.HANDOVER, expected.HANDOVER_SPREAD**2)


def _is_busy(queue: Line, now: dt.datetime) -> bool:
    """Whether the room is surely not free: somebody waits by now, and is not called."""
    return any(place.waits_since is not None and now - place.waits_since >= HELD for place in queue.waiting)


def _before(queue: Line, place: Place, now: dt.datetime) -> Iterator[Before]:
    mine = queue.key(place)
    yield from (Before(expected.STAYS) for row in queue.waiting if queue.key(row) < mine)
    for row in queue.to_come:
        if row is not place and queue.key(row) < mine:
            yield Before(*expected.still_comes(queue.pace.absent, _due(queue, row, now)))
    for _ in queue.passed:
        yield Before(expected.BACK, Moments(expected.BACK_AFTER, expected.BACK_AFTER**2))
    yield from _walk_ins(queue, place, now)


def _walk_ins(queue: Line, place: Place, now: dt.datetime) -> Iterator[Before]:
    """Those who come without booking while somebody's claim has not begun; strict numbers leave them behind."""
    if queue.plan.policy == "number" or not place.may_come or not queue.pace.walk_ins:
        return
    at = max(0.0, _minutes(queue.plan.starts, now))
    until = _due(queue, place, now)
    while at < until:
        step = min(STEP, until - at)
        count = step * queue.pace.walk_ins
        while count > 0:
            yield Before(min(1.0, count), Moments(at + step / 2, step**2 / 12))
            count -= 1
        at += step


def _due(queue: Line, place: Place, now: dt.datetime) -> float:
    return _minutes(queue.plan.due(place.queue), now)


def _minutes(moment: dt.datetime, now: dt.datetime) -> float:
    """From now to that moment."""
    return (moment - now).total_seconds() / 60
