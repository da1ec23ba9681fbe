"""The queue of a session as it is at this moment: read once, then looked at from all sides."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.places.pools import COUNTER
from clinic.queue import order, pace
from clinic.queue.order import Plan, Waits
from clinic.queue.pace import Pace
from clinic.tables import ClinicSession, Visit
from clinic.tables.visits import TO_COME

Key = tuple[int, dt.datetime, int]
HELD = dt.timedelta(minutes=1)
"""Where the next one has waited at least so long, the room is not free: the one before is in there until they are
called."""


@dataclass(frozen=True, slots=True)
class Place:
    """A visit as the queue sees it."""

    visit: int
    queue: int
    state: str
    turn: int | None
    since: dt.datetime | None
    arrived_at: dt.datetime | None
    called_at: dt.datetime | None
    booked_at: dt.datetime
    is_walk_in: bool

    @property
    def waits(self) -> bool:
        return self.state == "arrived" and self.turn is not None and self.called_at is None

    @property
    def waits_since(self) -> dt.datetime | None:
        """Since when somebody who waits could have been called."""
        return max(self.arrived_at, self.since) if self.arrived_at and self.since else None

    @property
    def in_room(self) -> bool:
        return self.state == "arrived" and self.turn is not None and self.called_at is not None

    @property
    def passed(self) -> bool:
        return self.state == "arrived" and self.turn is None

    @property
    def may_come(self) -> bool:
        """Who has not paid yet may come, too."""
        return self.state in TO_COME


@dataclass(frozen=True, slots=True)
class Line:
    """A session's visits by number, but for those that were given up, and by what its queue goes."""

    plan: Plan
    pace: Pace
    ends: dt.datetime
    last_number: int
    places: tuple[Place, ...]

    @property
    def waiting(self) -> list[Place]:
        """Those who are there and wait, the next one first."""
        return sorted((place for place in self.places if place.waits), key=self.key)

    @property
    def in_room(self) -> list[Place]:
        return [place for place in self.places if place.in_room]

    @property
    def to_come(self) -> list[Place]:
        return [place for place in self.places if place.may_come]

    @property
    def passed(self) -> list[Place]:
        return [place for place in self.places if place.passed]

    @property
    def last_called(self) -> Place | None:
        called = [place for place in self.places if place.called_at is not None]
        return max(called, key=lambda place: (place.called_at, place.visit), default=None)

    def of(self, visit: int) -> Place | None:
        return next((place for place in self.places if place.visit == visit), None)

    def key(self, place: Place) -> Key:
        """By what it is ordered; of who is not there, by what it would be if they came now, in time."""
        if place.turn is not None and place.since is not None:
            return order.key(place.turn, place.since, place.visit)
        return order.key(order.claim(self.plan, place.queue), place.booked_at, place.visit)

    def overtaken_at(self, place: Place) -> dt.datetime | None:
        """When somebody with a later turn than this number's was called first, None: not yet."""
        mine = order.claim(self.plan, place.queue)
        later = (row.called_at for row in self.places if row.called_at and row.turn is not None and row.turn > mine)
        return min(later, default=None)

    def before(self, place: Place) -> Iterator[Place]:
        """Those before somebody who waits or may come: who is there, and who may still come and was not overtaken."""
        mine = self.key(place)
        yield from (row for row in self.waiting if self.key(row) < mine)
        for row in self.to_come:
            if row is not place and self.key(row) < mine and self.overtaken_at(row) is None:
                yield row

    def ahead(self, place: Place) -> int:
        """How many are before somebody; of who was passed over, how many are if they come back now."""
        if place.in_room or place.state in ("fulfilled", "noshow"):
            return 0
        if place.passed:
            return sum(row.turn == order.RETURNED for row in self.waiting)
        return sum(1 for _ in self.before(place))


def read(session: Session, offered: ClinicSession, *, now: dt.datetime) -> Line:
    """The queue of this session. `now` tells the zone of its hours."""
    known = pace.known(session, offered)
    return Line(
        plan=_plan(offered, known, now),
        pace=known,
        ends=offered.ends_at(now.tzinfo),
        last_number=offered.last_number,
        places=tuple(_places(session, offered, now)),
    )


def _plan(offered: ClinicSession, known: Pace, now: dt.datetime) -> Plan:
    policy: order.Policy = "arrival" if offered.department.queue_policy == "arrival" else "number"
    return Plan(policy, offered.starts_at(now.tzinfo), known.planned)


def waits(place: Place) -> Waits:
    """Somebody who waits, for the pure rules."""
    assert place.turn is not None  # noqa: S101  who waits has one
    assert place.since is not None  # noqa: S101
    return Waits(place.visit, place.turn, place.since, place.arrived_at or place.booked_at)


def _places(session: Session, offered: ClinicSession, now: dt.datetime) -> Iterator[Place]:
    # Columns, not objects: a page that is looked at every half minute by all who wait.
    rows = session.execute(
        select(
            Visit.id,
            Visit.queue,
            Visit.state,
            Visit.turn,
            Visit.turn_at,
            Visit.arrived_at,
            Visit.called_at,
            Visit.booked_at,
            Visit.channel,
        )
        .where(Visit.clinic_session_id == offered.id, Visit.state != "cancelled")
        .order_by(Visit.queue)
    )
    for visit, queue, state, turn, since, arrived_at, called_at, booked_at, channel in rows:
        is_walk_in = channel == COUNTER and booked_at.astimezone(now.tzinfo).date() == offered.day
        yield Place(visit, queue, state, turn, since, arrived_at, called_at, booked_at, is_walk_in)
