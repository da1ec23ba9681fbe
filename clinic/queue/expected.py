"""When somebody will be called, about: from what is known of the pace, and who is and may come before them.

A row of moments, in minutes from now: when the room is free after each of those before, each with its mean and variance
(who is not there comes with some probability, and at some time; the later of two normal times by Clark, 1961). What the
one in the room has had already counts as a lognormal time that has lasted so long. Who is there is called as soon as
the room is free and nobody before them is there: early, in a gap, or after them all, each with its probability. Gamma
quantiles (Wilson and Hilferty, 1931) give the interval. `benchmarks/queue_calibration.py` measures how often it holds.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from clinic.queue.order import Policy
from clinic.queue.pace import Pace
from clinic.views import Expected

Z: Final = 1.2816
"""Eight of ten normal values are so many standard deviations around their mean."""
WIDER, WIDER_AFAR = 1.1, 1.3
"""By so much the standard deviation is more than the moments say, for what they leave out: of who is there, and of who
is not yet. Tuned by simulated days."""
GAPS: Final[Mapping[Policy, float]] = {"number": 0.8, "arrival": 0.98}
"""The same of who is there and may be called in a gap, by the policy of the queue."""
EARLY, EARLY_SPREAD = 14.0, 8.0
LATE, LATEST = 0.08, 33.0
"""Minutes: most people come so long before their number is due, more or less; so many come late, by so much at most."""
BACK, BACK_AFTER = 0.6, 10.0
"""How likely somebody who was passed over comes back, and after how many minutes."""
STAYS: Final = 0.99
"""How likely somebody who waits is there when they are called."""
HANDOVER, HANDOVER_SPREAD = 0.5, 0.5
"""Minutes from an empty room to the next one in it."""
IN_ORDER: Final = 0.4
"""Nobody is waited for who is later than others: the first who comes, the second, the third vary less than each one."""
SELDOM: Final = 1e-3
"""What is less likely is left out."""
HALVINGS: Final = 16
"""So often a bound is sought between now and the last moment possible: to a second or so."""
ROUNDS, ENOUGH = 8, 0.3
"""So often, or until it changes by less than so many minutes, it is looked who comes before somebody is called."""
BEGINS_LATE, BEGINS_SPREAD = 2.0, 3.0
"""Minutes by which a session begins later than it says."""


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
    policy: Policy = "number",
) -> Expected:
    """When somebody is called. `free`: when the room is; `arrives`: when they are there themselves, None: they are;
    `at_once`: it may be this very moment. Told in whole minutes."""
    if arrives is None:
        found = _gaps(pace, before, free)
        wider = WIDER if len(found) == 1 else GAPS[policy]
    else:
        found, wider = [(1.0, _afar(pace, before, free, arrives))], WIDER_AFAR
    cases = [
        (likely, Moments(each.mean, (each.variance + each.visits**2 * pace.doubt) * wider**2)) for likely, each in found
    ]
    low, middle, high = (_bound(cases, z) for z in (-Z, 0.0, Z))
    return Expected(_at(now, middle), now if at_once else _at(now, low), _at(now, high))


def _gaps(pace: Pace, before: Iterable[Before], free: Moments) -> list[tuple[float, Moments]]:
    """When somebody is called who is there, case by case: in the gap before each who has yet to come, or at last."""
    at, left, found = free, 1.0, []
    for each in sorted(before, key=_first):
        if each.arrives is None:
            at = _mixed(each.comes, _seen(at, pace), at)
            continue
        gap, early = _earlier(at, Moments(each.arrives.mean, each.arrives.variance * IN_ORDER))
        called = each.comes * gap
        if left * called > SELDOM:
            found.append((left * called, replace(early, visits=at.visits)))
        stays = 1 - called
        if left * stays < SELDOM:
            return _whole(found)
        if gap < 1 - SELDOM:
            at = _mixed(each.comes * (1 - gap) / stays, _seen(_other(at, gap, early), pace), at)
        left *= stays
    return _whole([*found, (left, at)])


def _afar(pace: Pace, before: Sequence[Before], free: Moments, arrives: Moments) -> Moments:
    """When somebody is called who has yet to come."""
    # Who comes only after somebody was called is not before them: from those who are there now on, until no more are.
    mine = _after(pace, (each for each in before if each.arrives is None), free, arrives, None)
    for _ in range(ROUNDS):
        last, mine = mine, _after(pace, before, free, arrives, mine)
        if abs(mine.mean - last.mean) < ENOUGH:
            break
    return mine


def _bound(cases: Sequence[tuple[float, Moments]], z: float) -> int:
    """The minute below which the cases together are as likely as a normal value is below z."""
    if len(cases) == 1:
        [(_, only)] = cases
        return round(max(0.0, quantile(only.mean, only.variance, z)))
    share, low = phi(z), 0.0
    high = max(each.mean + 6 * math.sqrt(each.variance) for _, each in cases) + 1
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        if sum(likely * _below(middle, each) for likely, each in cases) < share:
            low = middle
        else:
            high = middle
    return round(high)


def _first(each: Before) -> float:
    return each.arrives.mean if each.arrives else -1.0


def _seen(at: Moments, pace: Pace) -> Moments:
    """When the room is free again, of whom it was free for then."""
    return Moments(at.mean + pace.mean, at.variance + pace.variance, at.visits + 1)


def _other(at: Moments, share: float, part: Moments) -> Moments:
    """What is left of a time without this share, in which it is `part`."""
    mean = (at.mean - share * part.mean) / (1 - share)
    square = (at.variance + at.mean**2 - share * (part.variance + part.mean**2)) / (1 - share)
    return Moments(mean, max(square - mean**2, 0.05 * at.variance), at.visits)


def _whole(cases: Sequence[tuple[float, Moments]]) -> list[tuple[float, Moments]]:
    total = sum(likely for likely, _ in cases)
    return [(likely / total, each) for likely, each in cases]


def _at(now: dt.datetime, minutes: int) -> dt.datetime:
    return now + dt.timedelta(minutes=minutes)


def _after(pace: Pace, before: Iterable[Before], free: Moments, arrives: Moments, mine: Moments | None) -> Moments:
    at = free
    for each in sorted(before, key=_first):
        likely, comes = each.comes, each.arrives
        if comes is not None and mine is not None:
            share, comes = _earlier(comes, mine)
            likely *= share
        if comes is not None:
            comes = Moments(comes.mean, comes.variance * IN_ORDER)
        starts = at if comes is None else later(at, comes)
        at = _mixed(likely, _seen(starts, pace), at)
    return later(at, arrives)


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


def _below(minutes: float, of: Moments) -> float:
    """The other way: how likely such a variable is below."""
    if of.mean <= 0 or of.variance <= 0:
        return float(minutes >= of.mean)
    ninth = of.variance / of.mean**2 / 9
    return phi(((minutes / of.mean) ** (1 / 3) - (1 - ninth)) / math.sqrt(ninth))


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
