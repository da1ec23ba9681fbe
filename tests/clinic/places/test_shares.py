"""The rule by which places are shared out: as staff write it, and how many each pool gets of so many."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from clinic.places.pools import BOOKED, ONSITE
from clinic.places.shares import POOLS, BadShares, Rule, Share, divide, fit


@pytest.mark.parametrize(
    ("written", "capacity", "places"),
    [
        ("onsite=30%", 40, {"onsite": 12, "booked": 28}),
        ("onsite=30%", 25, {"onsite": 7, "booked": 18}),  # rounded down
        ("onsite=30%:5-10", 40, {"onsite": 10, "booked": 30}),
        ("onsite=30%:5-", 10, {"onsite": 5, "booked": 5}),
        ("onsite=8", 40, {"onsite": 8, "booked": 32}),
        ("onsite=20% ussd=10% sms=10%", 20, {"onsite": 4, "ussd": 2, "sms": 2, "booked": 12}),
        ("booked=30% rest=onsite", 10, {"onsite": 7, "booked": 3}),
        ("onsite=50% booked=0%:8-", 10, {"onsite": 2, "booked": 8}),  # the rest has a threshold, too
        ("onsite=20%:-3 booked=5", 20, {"onsite": 3, "booked": 17}),  # nobody may have them: the rest does
        ("onsite=10%:8- ussd=10%:8-", 10, {"onsite": 5, "ussd": 5, "booked": 0}),
    ],
)
def test_how_many_places_each_pool_gets(written: str, capacity: int, places: dict[str, int]) -> None:
    assert divide(Rule.parse(written), capacity) == places


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("", "no pool is named; write it like onsite=30% ussd=10%:2-5 rest=booked"),
        ("onsite", "'onsite' is not like onsite=30%"),
        ("onsite=half", "onsite: 'half' is neither a part with thresholds"),
        ("phone=10%", "phone: no such pool; there are onsite, booked, ussd, sms, voice, web, hospital"),
        ("onsite=30% onsite=10%", "onsite: named twice"),
        ("onsite=101%", "onsite: 101 % is more than all"),
        ("onsite=60% ussd=60%", "the parts add up to 120 %"),
        ("onsite=30%:9-3", "onsite: at most 3 is less than at least 9"),
        ("onsite=30% rest=ussd", "rest: 'ussd' is neither of booked, onsite"),
        ("booked=30%", "booked: it gets the rest; a percentage of its own says nothing"),
    ],
)
def test_a_rule_that_cannot_be_says_why(written: str, told: str) -> None:
    with pytest.raises(BadShares) as refused:
        Rule.parse(written)
    assert str(refused.value).startswith(told)


@st.composite
def rules(draw: Any) -> Rule:
    rest = draw(st.sampled_from([BOOKED, ONSITE]))
    left, pools = 100, {}
    for pool in draw(st.lists(st.sampled_from(POOLS), unique=True)):
        percent = 0 if pool == rest else draw(st.integers(0, left))
        left -= percent
        least = draw(st.integers(0, 30))
        pools[pool] = Share(percent, least, draw(st.none() | st.integers(least, 60)))
    return Rule(pools, rest)


@given(rules())
def test_a_rule_comes_back_as_it_was_stored_and_as_it_was_written(rule: Rule) -> None:
    assert Rule.read(rule.stored()) == rule
    assume(rule.pools)
    assert Rule.parse(str(rule)) == rule


@given(rules(), st.integers(0, 200))
def test_the_places_add_up_and_keep_the_thresholds_where_they_can_be_kept(rule: Rule, capacity: int) -> None:
    places = divide(rule, capacity)
    assert sum(places.values()) == capacity
    assert min(places.values()) >= 0
    assert {ONSITE, BOOKED} <= set(places)
    if sum(share.least for share in rule.pools.values()) <= capacity:
        assert all(places[pool] >= share.least for pool, share in rule.pools.items())
    # A pool that the rule does not name gets nothing, unless it is the rest, which then has no threshold.
    mosts = [share.most for share in ({rule.rest: Share()} | dict(rule.pools)).values()]
    if None in mosts or sum(filter(None, mosts)) >= capacity:
        assert all(places[pool] <= share.most for pool, share in rule.pools.items() if share.most is not None)


counts = st.dictionaries(st.sampled_from(POOLS), st.integers(0, 30), max_size=4)


@given(counts, counts, st.integers(0, 50))
def test_no_pool_gets_fewer_places_than_are_taken(wanted: dict[str, int], taken: dict[str, int], more: int) -> None:
    capacity = sum(taken.values()) + more
    places = fit(wanted, taken, capacity)
    assert sum(places.values()) == capacity
    assert all(places[pool] >= count for pool, count in taken.items())
    if sum(wanted.values()) == capacity and all(wanted.get(pool, 0) >= count for pool, count in taken.items()):
        assert {pool: count for pool, count in places.items() if count} == {
            pool: count for pool, count in wanted.items() if count
        }
