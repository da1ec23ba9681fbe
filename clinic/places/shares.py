"""How the places of a session are shared out: a part of them for each pool, the rest for one of them.

A rule names pools with a percentage and thresholds, `{"onsite": {"percent": 30, "least": 5, "most": 12},
"ussd": {"percent": 20}, "rest": "booked"}`; staff write it as `onsite=30%:5-12 ussd=20% rest=booked`. A percentage is
rounded down; what is left over goes to `rest`. All here is pure: `clinic.places.changing` writes it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from clinic.places.pools import BOOKED, CHANNELS, ONSITE

POOLS = (ONSITE, BOOKED, *CHANNELS)
REST = (BOOKED, ONSITE)
MOST_PLACES = 9999
_PART = re.compile(r"(?P<percent>\d{1,3})%(?::(?P<least>\d{0,4})-(?P<most>\d{0,4}))?")
_EXACT = re.compile(r"\d{1,4}")


class BadShares(ValueError):
    """Why places cannot be shared out so."""


@dataclass(frozen=True, slots=True)
class Share:
    """A pool's part: percent of the places, never below `least` nor above `most` (None: no threshold)."""

    percent: int = 0
    least: int = 0
    most: int | None = None

    def __str__(self) -> str:
        if not self.percent and self.least == self.most:
            return str(self.least)
        has_bounds = self.least or self.most is not None
        bounds = f":{self.least or ''}-{'' if self.most is None else self.most}" if has_bounds else ""
        return f"{self.percent}%{bounds}"


@dataclass(frozen=True, slots=True)
class Rule:
    """What each pool gets; `rest` gets what is left, and may have thresholds but no percentage. Raises BadShares."""

    pools: Mapping[str, Share] = field(default_factory=dict)
    rest: str = BOOKED

    def __post_init__(self) -> None:
        if self.rest not in REST:
            raise BadShares(f"rest: {self.rest!r} is neither of {', '.join(REST)}")
        for pool, share in self.pools.items():
            _check(pool, share)
        if self.rest in self.pools and self.pools[self.rest].percent:
            raise BadShares(f"{self.rest}: it gets the rest; a percentage of its own says nothing")
        total = sum(share.percent for share in self.pools.values())
        if total > 100:
            raise BadShares(f"the parts add up to {total} %")

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Rule:
        """As `stored` has written it."""
        pools = {pool: Share(**share) for pool, share in stored.items() if pool != "rest"}
        return cls(pools, stored.get("rest", BOOKED))

    @classmethod
    def parse(cls, written: str) -> Rule:
        """`onsite=30%:5-12 ussd=10 rest=booked`: a part of them with thresholds, or exactly so many."""
        pools: dict[str, Share] = {}
        rest = BOOKED
        for word in written.split():
            pool, sign, part = word.partition("=")
            if not sign:
                raise BadShares(f"{word!r} is not like onsite=30%, ussd=10%:2-5, onsite=8 or rest=booked")
            if pool == "rest":
                rest = part
            elif pool in pools:
                raise BadShares(f"{pool}: named twice")
            else:
                pools[pool] = _share(pool, part)
        if not pools:
            raise BadShares("no pool is named; write it like onsite=30% ussd=10%:2-5 rest=booked")
        return cls(pools, rest)

    def stored(self) -> dict[str, Any]:
        """As a session and a template keep it: JSON."""
        pools: dict[str, Any] = {
            pool: {"percent": share.percent, "least": share.least, "most": share.most}
            for pool, share in self.pools.items()
        }
        return pools | {"rest": self.rest}

    def __str__(self) -> str:
        return " ".join([*(f"{pool}={share}" for pool, share in self.pools.items()), f"rest={self.rest}"])


def _check(pool: str, share: Share) -> None:
    if pool not in POOLS:
        raise BadShares(f"{pool}: no such pool; there are {', '.join(POOLS)}")
    if not 0 <= share.percent <= 100:
        raise BadShares(f"{pool}: {share.percent} % is more than all")
    if share.most is not None and share.most < share.least:
        raise BadShares(f"{pool}: at most {share.most} is less than at least {share.least}")


def _share(pool: str, part: str) -> Share:
    if _EXACT.fullmatch(part):
        return Share(0, int(part), int(part))
    found = _PART.fullmatch(part)
    if found is None:
        raise BadShares(f"{pool}: {part!r} is neither a part with thresholds (30%, 30%:5-12) nor a number of places")
    most = found["most"]
    return Share(int(found["percent"]), int(found["least"] or 0), int(most) if most else None)


def divide(rule: Rule, capacity: int) -> dict[str, int]:
    """How many places each pool gets of so many; they add up to it. `onsite` and `booked` always stand there.

    No pool gets less than its least, unless all leasts together are more than there is; none more than its most, unless
    all mosts together are less: then `rest` gets what nobody may have.
    """
    shares = {pool: Share() for pool in REST} | dict(rule.pools)
    places = {pool: _wanted(share, capacity) for pool, share in shares.items()}
    over = sum(places.values()) - capacity
    if over > 0:
        return _fewer(places, {pool: share.least for pool, share in shares.items()}, over)
    others = (pool for pool in shares if pool != rule.rest and shares[pool].percent)
    left = -over
    for pool in (rule.rest, *others):
        most = shares[pool].most
        more = left if most is None else min(left, max(0, most - places[pool]))
        places[pool], left = places[pool] + more, left - more
    for pool in shares:  # the thresholds leave no other way: to whoever may have more, else to the rest
        most = shares[pool].most
        more = min(left, max(0, (left if most is None else most) - places[pool])) if pool in rule.pools else 0
        places[pool], left = places[pool] + more, left - more
    places[rule.rest] += left
    return places


def fit(wanted: Mapping[str, int], taken: Mapping[str, int], capacity: int, rest: str = BOOKED) -> dict[str, int]:
    """Places as near to the wanted ones as can be while no pool has fewer than are taken of it; they add up to
    `capacity`, which is no less than all that are taken."""
    pools = {**wanted, **taken}
    places = {pool: max(wanted.get(pool, 0), taken.get(pool, 0)) for pool in pools}
    over = sum(places.values()) - capacity
    if over > 0:
        return _fewer(places, dict(taken), over)
    places[rest] = places.get(rest, 0) - over
    return places


def _wanted(share: Share, capacity: int) -> int:
    part = max(capacity * share.percent // 100, share.least)
    return part if share.most is None else min(part, share.most)


def _fewer(places: dict[str, int], floors: Mapping[str, int], over: int) -> dict[str, int]:
    """So many less: always from where most lies above the floor; where all are at their floors, from the largest."""
    places = dict(places)
    for _ in range(over):
        pool = max(places, key=lambda each: (places[each] - floors.get(each, 0), places[each], each))
        if places[pool] <= floors.get(pool, 0):
            pool = max(places, key=lambda each: (places[each], each))
        places[pool] -= 1
    return places
