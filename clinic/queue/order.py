"""What turn somebody gets in a queue: pure rules over numbers and times (docs/queue.md tells them as a table).

Those who are there are ordered by their turn, then by since when they have it. Under the policy `number` a turn is a
queue number; under `arrival` it is a second of the day, at which one's claim begins. Who waits behind a number has its
turn too, but has it later.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

Policy = Literal["number", "arrival"]

RETURNED: Final = -1
"""The turn of who was passed over and is back: before all others, so right after the one now called."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How a session orders its queue, and when its numbers are due. `minutes`: from one number to the next."""

    policy: Policy
    starts: dt.datetime
    minutes: float

    def due(self, number: int) -> dt.datetime:
        """When this number would be called if everything went by the plan."""
        return self.starts + dt.timedelta(minutes=(number - 1) * self.minutes)


@dataclass(frozen=True, slots=True)
class Turn:
    turn: int
    since: dt.datetime


@dataclass(frozen=True, slots=True)
class Waits:
    """Somebody who is there and waits, as far as their order goes."""

    visit: int
    turn: int
    since: dt.datetime
    arrived_at: dt.datetime


def key(turn: int, since: dt.datetime, visit: int) -> tuple[int, dt.datetime, int]:
    """Sorts those who wait; the visit's number makes it certain."""
    return turn, since, visit


def claim(plan: Plan, number: int) -> int:
    """The turn of this number, if its holder comes in time."""
    return number if plan.policy == "number" else _second(plan.due(number), plan)


def booked(plan: Plan, *, number: int, since: dt.datetime) -> Turn:
    """Who was booked and comes in time, however early. `since`: when it was booked, so that who waits behind this
    number comes after it."""
    return Turn(claim(plan, number), since)


def walk_in(plan: Plan, *, number: int, since: dt.datetime, now: dt.datetime) -> Turn:
    """Who registers at the counter: with their number, or with a claim that begins now, not before the session."""
    return Turn(number, since) if plan.policy == "number" else Turn(_from_now(plan, now), now)


def late(plan: Plan, *, last_number: int, now: dt.datetime) -> Turn:
    """Who comes too late waits as a walk-in would who came now: behind all numbers that are given so far."""
    return Turn(last_number if plan.policy == "number" else _from_now(plan, now), now)


def returned(now: dt.datetime) -> Turn:
    """Who was passed over and shows up again; several in the order in which they do."""
    return Turn(RETURNED, now)


def moved_here(plan: Plan, *, arrived_at: dt.datetime, waiting: Iterable[Waits]) -> Turn:
    """Who comes over from another session keeps the turn of their arrival: behind everybody who waits here and was
    there before."""
    if plan.policy == "arrival":
        return Turn(_from_now(plan, arrived_at), arrived_at)
    before = [waits.turn for waits in waiting if waits.arrived_at <= arrived_at]
    return Turn(max(0, *before) if before else 0, arrived_at)


def is_late(
    plan: Plan, *, number: int, overtaken_at: dt.datetime | None, allowed: dt.timedelta, now: dt.datetime
) -> bool:
    """Whether it is over `allowed` since this number was due: by the plan, and at the earliest when somebody with a
    later turn was called (`overtaken_at`, None: nobody was). Where the queue is behind nobody is late."""
    return overtaken_at is not None and now - max(plan.due(number), overtaken_at) > allowed


def _from_now(plan: Plan, now: dt.datetime) -> int:
    return _second(max(now, plan.starts), plan)


def _second(moment: dt.datetime, plan: Plan) -> int:
    """The second of the session's day: alike in all sessions of it."""
    midnight = plan.starts.replace(hour=0, minute=0, second=0, microsecond=0)
    return int((moment - midnight).total_seconds())
