"""When somebody will be called, about: from what is known of the pace, and who is and may come before them.

A row of moments, in minutes from now: when the room is free after each of those before, each with its mean and variance
(who is not there comes with some probability, and at some time; the later of two normal times by Clark, 1961). What the
one in the room has had already counts as a lognormal time that has lasted so long. Of the sum a gamma quantile (Wilson
and Hilferty, 1931) gives the interval. `benchmarks/queue_calibration.py` measures how often it holds.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from clinic.queue.pace import Pace

Z: Final = 1.2816
"""Eight of ten normal values are so many standard deviations around their mean."""
WIDER, WIDER_AFAR = 1.05, 1.3
"""By so much the standard deviation is more than the moments say, for what they leave out: of who is there, and of who
is not yet. Tuned by simulated days."""
EARLY, EARLY_SPREAD = 14.0, 8.0
LATE, LATEST = 0.08, 33.0
"""Minutes: most people come so long before their number is due, more or less; so many come late, by so much at most."""
BACK, BACK_AFTER = 0.6, 10.0
"""How likely somebody who was passed over comes back, and after how many minutes."""
STAYS: Final = 0.99
"""How likely somebody who waits is there when they are called."""
HANDOVER, HANDOVER_SPREAD = 0.5, 0.5
"""Minutes from an empty room to the next one in it."""
IN_ORDER: Final = 0.2
"""Nobody is waited for who is later than others: the first who comes, the second, the third vary less than each one."""
ROUNDS, ENOUGH = 8, 0.3
"""So often, or until it changes by less than so many minutes, it is looked who comes before somebody is called."""
BEGINS_LATE, BEGINS_SPREAD = 2.0, 3.0
"""Minutes by which a session begins later than it says."""


@dataclass(frozen=True, slots=True)
class Expected:
    """Called at about `at`; in eight of ten cases between `earliest` and `latest`."""

    at: dt.datetime
    earliest: dt.datetime
    latest: dt.datetime


@dataclass(frozen=True, slots=True)
class Moments:
    """A time in minutes from now; `visits`: how many visits' mean length it leans on."""

    mean: float
    variance: float
    visits: float = 0


@dataclass(frozen=True, slots=True)
class Before:
    """Somebody before: how likely they take their turn, and from when; None: they are there."""

    comes: float
    arrives: Moments | None = None


def call(
    pace: Pace,
    before: Sequence[Before],
    *,
    free: Moments,
    arrives: Moments | None,
    now: dt.datetime,
    at_once: bool = False,
) -> Expected:
    """When somebody is called. `free`: when the room is; `arrives`: when they are there themselves, None: they are;
    `at_once`: it may be this very moment. Told in whole minutes."""
    # Who comes only after somebody was called is not before them: from those who are there now on, until no more are.
    mine = _after(pace, (each for each in before if each.arrives is None), free, arrives, None)
    for _ in range(ROUNDS):
        last, mine = mine, _after(pace, before, free, arrives, mine)
        if abs(mine.mean - last.mean) < ENOUGH:
            break
    spread = math.sqrt(mine.variance + mine.visits**2 * pace.doubt)
    spread *= WIDER if arrives is None else WIDER_AFAR
    low, middle, high = (max(0.0, quantile(mine.mean, spread**2, z)) for z in (-Z, 0.0, Z))
    earliest = now if at_once else _at(now, math.floor(low))
    return Expected(_at(now, round(middle)), earliest, _at(now, math.ceil(high)))


def _at(now: dt.datetime, minutes: int) -> dt.datetime:
    return now + dt.timedelta(minutes=minutes)


def _after(
    pace: Pace, before: Iterable[Before], free: Moments, arrives: Moments | None, mine: Moments | None
) -> Moments:
    at = free
    for each in sorted(before, key=lambda row: row.arrives.mean if row.arrives else -1.0):
        likely, comes = each.comes, each.arrives
        if comes is not None and mine is not None:
            share, comes = _earlier(comes, mine)
            likely *= share
        if comes is not None:
            comes = Moments(comes.mean, comes.variance * IN_ORDER)
        starts = at if comes is None else later(at, comes)
        at = _mixed(likely, Moments(starts.mean + pace.mean, starts.variance + pace.variance, starts.visits + 1), at)
    return at if arrives is None else later(at, arrives)


def in_room(pace: Pace, elapsed: float) -> Moments:
    """When the one in the room is done who has been there so long: a lognormal time, given that it lasts."""
    sigma2 = math.log(1 + pace.variance / pace.mean**2)
    sigma, mu = math.sqrt(sigma2), math.log(pace.mean) - sigma2 / 2
    if elapsed <= 0:
        return Moments(pace.mean, pace.variance, 1)
    z = (mu - math.log(elapsed)) / sigma
    lasts = phi(z)
    if lasts < 1e-6:
        return Moments(pace.mean, pace.variance, 1)
    first = math.exp(mu + sigma2 / 2) * phi(z + sigma) / lasts
    second = math.exp(2 * mu + 2 * sigma2) * phi(z + 2 * sigma) / lasts
    return Moments(max(first - elapsed, 0.0), max(second - first**2, 0.0), min(1.0, first / pace.mean / 2))


def maybe(pace: Pace, elapsed: float) -> Moments:
    """The same where nobody has waited: they may be gone by now, and nobody was called for nobody was there."""
    sigma2 = math.log(1 + pace.variance / pace.mean**2)
    mu = math.log(pace.mean) - sigma2 / 2
    lasts = phi((mu - math.log(elapsed)) / math.sqrt(sigma2)) if elapsed > 0 else 1.0
    return _mixed(lasts, in_room(pace, elapsed), Moments(HANDOVER, HANDOVER_SPREAD**2))


def still_comes(absent: float, due: float) -> tuple[float, Moments]:
    """How likely somebody comes who is not there at this moment, and when: the longer they are due, the less. `due`: in
    so many minutes, below 0 where that is over. Most come some minutes before, some late."""
    alpha = (EARLY - due) / EARLY_SPREAD  # from their usual moment to now
    in_time, late = (1 - LATE) * (1 - phi(alpha)), LATE * min(max((due + LATEST) / LATEST, 0.0), 1.0)
    shows = (1 - absent) * (in_time + late)
    if in_time + late < 1e-6:
        return 0.0, Moments(LATEST / 2, (LATEST / 4) ** 2)
    usual = _after_now(due - EARLY, alpha)
    first, last = max(due, 0.0), max(due + LATEST, 1.0)
    tardy = Moments((first + last) / 2, (last - first) ** 2 / 12)
    return shows / (shows + absent), _mixed(in_time / (in_time + late), usual, tardy)


def _after_now(mean: float, alpha: float) -> Moments:
    """A usual moment of coming, given that it is not over: the rest of a normal distribution."""
    left = 1 - phi(alpha)
    if left < 1e-4:
        return Moments(EARLY_SPREAD / 4, (EARLY_SPREAD / 4) ** 2)
    hazard = _density(alpha) / left
    return Moments(mean + EARLY_SPREAD * hazard, EARLY_SPREAD**2 * max(0.05, 1 + alpha * hazard - hazard**2))


def later(one: Moments, other: Moments) -> Moments:
    """The later of two (Clark's moments of the greater of two normal variables)."""
    theta = math.sqrt(one.variance + other.variance)
    if theta < 1e-9:
        return one if one.mean >= other.mean else other
    alpha = (one.mean - other.mean) / theta
    first, density = phi(alpha), _density(alpha)
    mean = one.mean * first + other.mean * (1 - first) + theta * density
    square = (one.mean**2 + one.variance) * first + (other.mean**2 + other.variance) * (1 - first)
    square += (one.mean + other.mean) * theta * density
    return Moments(mean, max(square - mean**2, 0.0), one.visits * first + other.visits * (1 - first))


def quantile(mean: float, variance: float, z: float) -> float:
    """Of a gamma variable with these moments, where a normal one has z."""
    if mean <= 0 or variance <= 0:
        return max(mean, 0.0)
    ninth = variance / mean**2 / 9
    return mean * max(1 - ninth + z * math.sqrt(ninth), 0.0) ** 3


def phi(z: float) -> float:
    """The share of normal values below z."""
    return 0.5 * math.erfc(-z / math.sqrt(2))


def _density(z: float) -> float:
    return math.exp(-z * z / 2) / math.sqrt(2 * math.pi)


def _earlier(one: Moments, other: Moments) -> tuple[float, Moments]:
    """How likely one is before the other, and when it is then (both normal)."""
    theta = math.sqrt(one.variance + other.variance)
    if theta < 1e-9:
        return float(one.mean <= other.mean), one
    alpha = (other.mean - one.mean) / theta
    share = phi(alpha)
    if share < 1e-6:
        return 0.0, one
    hazard, part = _density(alpha) / share, one.variance / theta
    variance = max(one.variance - part**2 * hazard * (hazard + alpha), 0.05 * one.variance)
    return share, Moments(one.mean - part * hazard, variance, one.visits)


def _mixed(likely: float, one: Moments, other: Moments) -> Moments:
    """One with this probability, else the other."""
    rest = 1 - likely
    mean = likely * one.mean + rest * other.mean
    square = likely * (one.variance + one.mean**2) + rest * (other.variance + other.mean**2)
    return Moments(mean, max(square - mean**2, 0.0), likely * one.visits + rest * other.visits)
