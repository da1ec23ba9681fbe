"""Two lists of a day compared: each difference by its name."""

from __future__ import annotations

import datetime as dt
from typing import Any

from clinic.money.matching import Difference, Ours, Theirs, compare

DAY = dt.date(2027, 3, 8)
NEXT = DAY + dt.timedelta(days=1)


def our(payment: int = 1, **given: Any) -> Ours:
    known = {"kind": "charge", "amount": 1250, "currency": "CNY", "state": "completed", "day": DAY, **given}
    return Ours(payment, keys=(f"c{payment}", f"r{payment}"), **known)


def their(number: int = 1, *, by: str = "c", **given: Any) -> Theirs:
    known = {"kind": "charge", "amount": 1250, "currency": "CNY", "state": "completed", "day": DAY, **given}
    keys = (f"c{number}" if by == "c" else "", f"r{number}")
    return Theirs(keys=keys, reference=known.pop("reference", f"r{number}"), **known)


def names(ours: list[Ours], theirs: list[Theirs]) -> list[tuple[str, int | None]]:
    return [(each.name, each.payment) for each in compare(ours, theirs, DAY)]


def test_what_is_on_both_sides_is_no_difference() -> None:
    assert compare([our(1), our(2)], [their(2), their(1)], DAY) == []


def test_a_line_without_our_correlation_is_known_by_its_reference() -> None:
    assert compare([our(1)], [their(1, by="r")], DAY) == []


def test_what_is_only_there_or_only_here() -> None:
    assert compare([our(1)], [their(2)], DAY) == [
        Difference("missing-here", None, "r2", None, 1250),
        Difference("missing-there", 1, "c1", 1250, None),
    ]


def test_a_charge_is_no_refund() -> None:
    assert names([our(1)], [their(1, kind="refund")]) == [("missing-here", None), ("missing-there", 1)]


def test_another_amount_another_currency() -> None:
    assert compare([our(1)], [their(1, amount=1200)], DAY) == [Difference("amount", 1, "r1", 1250, 1200)]
    assert names([our(1)], [their(1, currency="ZMW")]) == [("currency", 1)]


def test_what_came_otherwise_than_asked_is_named_by_what_it_is() -> None:
    assert names([our(1, state="differs")], [their(1, amount=1000)]) == [("amount", 1)]


def test_done_there_and_not_here_and_the_other_way_round() -> None:
    assert names([our(1, state="pending", day=None)], [their(1)]) == [("state", 1)]
    assert names([our(1, state="failed")], [their(1)]) == [("state", 1)]
    assert names([our(1)], [their(1, state="failed")]) == [("state", 1)]


def test_where_nothing_has_moved_on_either_side_there_is_nothing_to_say() -> None:
    assert names([our(1, state="failed")], [their(1, state="failed")]) == []
    assert names([], [their(1, state="failed")]) == []
    assert names([our(1, state="failed")], []) == []


def test_paid_twice_there() -> None:
    twice = their(1, reference="r9")
    assert compare([our(1)], [their(1), twice], DAY) == [Difference("twice", 1, "r9", 1250, 1250)]
    assert names([our(1)], [their(1, state="failed"), twice]) == []


def test_settled_on_another_day_there() -> None:
    """At midnight: ours on the 8th, theirs on the 9th. Both days' settlements name it."""
    late, early = their(1, day=NEXT), our(1)
    assert names([early], [late]) == [("other-day", 1)]
    assert [each.name for each in compare([early], [late], NEXT)] == ["other-day"]
    assert names([our(1, day=NEXT)], [their(1, amount=1)]) == [("amount", 1), ("other-day", 1)]


def test_of_several_under_one_key_the_one_that_moved_is_meant() -> None:
    """A hospital knows a visit, not our tries to be paid for it."""
    tries = [
        Ours(1, "charge", ("7",), 1250, "CNY", "completed", DAY),
        Ours(2, "charge", ("7",), 1250, "CNY", "failed", DAY),
    ]
    line = Theirs("charge", ("", "7"), "7", 1250, "CNY", "completed", DAY)
    assert compare(tries, [line], DAY) == compare(tries[::-1], [line], DAY) == []
