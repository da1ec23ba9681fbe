"""Whose turn it is: the higher class first, and a share for each lower one that waits."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smpp.kinds import MessageClass
from smpp.link.turns import ORDER, Turns


@dataclass
class One:
    rank: MessageClass
    number: int = 0
    wanted: bool = True


def waiting(shares: dict[MessageClass, float], **numbers: int) -> Turns[One]:
    turns: Turns[One] = Turns(shares)
    for rank in ORDER:
        for number in range(numbers.get(rank, 0)):
            turns.add(One(rank, number))
    return turns


def ranks(turns: Turns[One], count: int) -> list[str]:
    return [one.rank for _ in range(count) if (one := turns.next()) is not None]


def test_without_shares_the_higher_class_goes_first_each_in_its_order() -> None:
    turns = waiting({}, bulk=2, code=2, notice=1)
    found = [(one.rank, one.number) for _ in range(6) if (one := turns.next())]
    assert found == [("code", 0), ("code", 1), ("notice", 0), ("bulk", 0), ("bulk", 1)]
    assert (len(turns), turns.ready(), turns.next()) == (0, False, None)


def test_a_share_of_a_twentieth_is_every_twentieth_write() -> None:
    turns = waiting({"bulk": 0.05}, code=1000, bulk=1000)
    places = [place for place, rank in enumerate(ranks(turns, 400), start=1) if rank == "bulk"]
    assert places == list(range(20, 401, 20))


def test_who_is_alone_gets_everything() -> None:
    turns = waiting({"answer": 0.2, "notice": 0.1, "bulk": 0.05}, bulk=100)
    assert ranks(turns, 100) == ["bulk"] * 100


def test_who_has_just_been_served_saves_up_anew() -> None:
    turns = waiting({"bulk": 0.05}, bulk=100)
    ranks(turns, 50)
    for _ in range(40):
        turns.add(One("code"))
    assert ranks(turns, 21) == ["code"] * 19 + ["bulk", "code"]


def test_who_comes_one_by_one_gets_no_more_than_its_share() -> None:
    turns = waiting({"bulk": 0.05}, code=1000)
    bulk = 0
    for _ in range(400):
        if not turns._lines["bulk"].queue:
            turns.add(One("bulk"))
        one = turns.next()
        bulk += one is not None and one.rank == "bulk"
    assert bulk == 20


def test_what_nobody_wants_any_more_takes_no_turn() -> None:
    turns: Turns[One] = Turns()
    turns.add(gone := One("code"))
    turns.add(One("bulk", 7))
    gone.wanted = False
    assert turns.ready()
    assert (turns.next(), turns.next()) == (One("bulk", 7), None)
    turns.add(One("code", wanted=False))
    assert not turns.ready()
    assert len(turns) == 0


def test_all_that_waits_can_be_taken_out() -> None:
    turns = waiting({}, bulk=1, code=2)
    turns.add(One("notice", wanted=False))
    assert [one.rank for one in turns.drain()] == ["code", "code", "bulk"]
    assert len(turns) == 0


@pytest.mark.parametrize("shares", [{"bulk": -0.1}, {"bulk": 0.5, "notice": 0.5}])
def test_impossible_shares(shares: Any) -> None:
    with pytest.raises(ValueError, match="shares"):
        Turns(shares)


shares_of = st.fixed_dictionaries({}, optional={rank: st.sampled_from([0.05, 0.1, 0.2, 0.3]) for rank in ORDER[1:]})


@given(shares_of, st.integers(1, 400))
def test_in_any_stretch_each_class_that_waits_gets_its_share(shares: dict[MessageClass, float], start: int) -> None:
    """However many codes wait: in n writes at least the whole number in (n - 2) times its share."""
    found = ranks(waiting(shares, code=2000, answer=2000, notice=2000, bulk=2000), 1000)
    for rank, share in shares.items():
        for length in (20, 50, 100, 333):
            got = Counter(found[start : start + length])[rank]
            assert got >= int((length - 2) * share + 1e-9), (rank, length, found[start : start + length])
        gaps = [b - a for a, b in pairwise(n for n, one in enumerate(found) if one == rank)]
        assert max(gaps) <= round(1 / share) + 2
        assert abs(Counter(found)[rank] - 1000 * share) <= 2
    assert Counter(found)["code"] >= 1000 * (1 - sum(shares.values())) - 3


@given(st.lists(st.tuples(st.sampled_from([*ORDER, "next", "next"]), st.booleans()), max_size=120), shares_of)
def test_every_one_that_is_wanted_goes_once_in_the_order_of_its_class(
    done: list[tuple[Any, bool]], shares: dict[MessageClass, float]
) -> None:
    turns: Turns[One] = Turns(shares)
    added: list[One] = []
    found: list[One] = []
    for number, (deed, wanted) in enumerate(done):
        if deed != "next":
            added.append(One(deed, number, wanted))
            turns.add(added[-1])
        else:
            ready = turns.ready()
            one = turns.next()
            assert (one is not None) == ready
            found += [one] if one else []
    while one := turns.next():
        found.append(one)
    for rank in ORDER:
        expected = [one.number for one in added if one.rank == rank and one.wanted]
        assert [one.number for one in found if one.rank == rank] == expected


@given(
    st.lists(st.tuples(st.sampled_from(ORDER), st.booleans(), st.integers(0, 8)), max_size=60),
    st.sampled_from(ORDER),
)
def test_a_run_serves_as_many_times_next_does(steps: list[tuple[MessageClass, bool, int]], often: MessageClass) -> None:
    shares: dict[MessageClass, float] = {"answer": 0.2, "notice": 0.1, "bulk": 0.05}
    by_run, one_by_one = waiting(shares), waiting(shares)
    for number, (rank, seldom, most) in enumerate(steps):
        for turns in (by_run, one_by_one):
            turns.add(One(rank if seldom else often, number))
            turns.add(One(often, number))
        run = by_run.run(most)
        assert run == [one_by_one.next() for _ in run]
        if not run:
            assert by_run.next() == one_by_one.next()
    saved = [[line.saved for line in turns._in_order] for turns in (by_run, one_by_one)]
    assert saved[0] == saved[1]


def test_a_run_leaves_out_what_nobody_wants_and_ends_where_another_class_waits() -> None:
    turns = waiting({}, bulk=4)
    turns._lines["bulk"].queue[1].wanted = False
    assert [one.number for one in turns.run(2)] == [0, 2]
    turns.add(One("code"))
    assert turns.run(2) == []
    assert [one.rank for one in turns.run(2) or turns.drain()] == ["code", "bulk"]
