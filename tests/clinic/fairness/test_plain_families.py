"""A plain family is never taken for traders, whatever it books and gives up; looking stays quick in a large city."""

from __future__ import annotations

import datetime as dt
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from clinic.fairness.signs import kinds, seeing
from clinic.fairness.signs.kinds import Seen
from clinic.rules import BookingRules
from tests.clinic.conftest import NOW
from tests.clinic.fairness.test_signs import Watch
from tests.clinic.visit_notices.conftest import AS_LARGE

RULES = BookingRules()
PHONES = ("mother", "father")
CAPACITY = 3
MOST = RULES.grabs - 1
"""So many places they give up in a month, and may book anew for each other within the minute."""

BOOKING = st.fixed_dictionaries(
    {
        "phone": st.sampled_from(PHONES),
        "person": st.integers(1, 4),  # of the family
        "session": st.integers(1, 3),
        "pause": st.integers(25, 200_000),  # seconds; nobody dials and confirms in less
        "kept": st.one_of(st.none(), st.integers(60, 90_000)),  # given up after so many seconds
    }
)
STRANGER = st.fixed_dictionaries({"session": st.integers(1, 3), "after": st.integers(0, 2_500_000)})


def month_of(bookings: list[dict[str, Any]], strangers: list[dict[str, Any]]) -> list[Seen]:
    """What the family did in a month, and strangers beside it, each from a phone of their own; by their moments."""
    rows: list[tuple[dt.datetime, str, int, int, dt.datetime | None]] = []
    at, given_up = NOW, 0
    for each in bookings:
        at += dt.timedelta(seconds=each["pause"])
        gone = None if each["kept"] is None or given_up == MOST else at + dt.timedelta(seconds=each["kept"])
        given_up += gone is not None
        rows.append((at, each["phone"], each["person"], each["session"], gone))
    for number, each in enumerate(strangers):
        rows.append((NOW + dt.timedelta(seconds=each["after"]), f"s{number}", 100 + number, each["session"], None))
    rows.sort(key=lambda row: row[0])
    return [
        Seen(number, phone, person, session, at, gone, gone)
        for number, (at, phone, person, session, gone) in enumerate(rows, 1)
    ]


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(st.lists(BOOKING, max_size=14), st.lists(STRANGER, max_size=20))
def test_a_plain_family_shows_nothing(bookings: list[dict[str, Any]], strangers: list[dict[str, Any]]) -> None:
    visits = month_of(bookings, strangers)
    there = {number: [each for each in visits if each.session == number] for number in (1, 2, 3)}
    capacity = dict.fromkeys(there, CAPACITY)
    for phone, theirs in kinds.by_phone(visits).items():
        assert kinds.identities(theirs, RULES.identities, ()) == []
        assert kinds.speed(theirs) == []
        assert kinds.grabs(phone, there, capacity, RULES.grabs) == []
    for person in {each.resident for each in visits}:
        assert kinds.phones([each for each in visits if each.resident == person], RULES.identity_phones) is None


def test_a_batch_asks_few_questions_and_each_has_its_index(fair: Any, store: Any) -> None:
    watch = Watch(fair)
    for who in range(12):
        watch.book(who, phone=f"+861540002{who:04d}")
    asked: list[tuple[str, Any]] = []

    def listen(_c: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool) -> None:
        asked.append((statement, parameters))

    event.listen(store.engine, "before_cursor_execute", listen)
    assert watch.look() == 0
    event.remove(store.engine, "before_cursor_execute", listen)
    # The newest visit alone is found by its number.
    of_visits = [each for each in asked if "FROM visit" in each[0] and "visit.id DESC" not in each[0]]
    assert any("cancelled_at >=" in statement for statement, _ in of_visits)
    for statement, parameters in of_visits:
        plan = explained(store, statement, parameters)
        assert "Seq Scan on visit" not in plan, plan
        assert not any(line.startswith("SCAN visit") for line in plan.splitlines()), plan


def test_a_city_s_batch_asks_no_more_than_a_small_one(fair: Any, store: Any) -> None:
    watch = Watch(fair)
    counts = []
    for many in (3, 30):
        for who in range(many):
            watch.book(who + many * 10, phone=f"+86154000{many:02d}{who:03d}", day=f"2027-03-{19 + many // 10}")
        asked: list[str] = []

        def listen(_c: Any, _cursor: Any, statement: str, *_: Any, asked: list[str] = asked) -> None:
            asked.append(statement)

        event.listen(store.engine, "before_cursor_execute", listen)
        watch.fair.plain(
            seeing.look, since=watch.clinic.moment - seeing.MONTH, after=0, rules=watch.fair.rules, most=500
        )
        event.remove(store.engine, "before_cursor_execute", listen)
        counts.append(len(asked))
    assert counts[0] == counts[1]


def explained(store: Any, statement: str, parameters: Any) -> str:
    with store.engine.connect() as connection:
        is_postgresql = connection.dialect.name == "postgresql"
        for setting in AS_LARGE if is_postgresql else ():
            connection.exec_driver_sql(f"set local {setting} = off")
        explain = "explain" if is_postgresql else "explain query plan"
        rows = connection.exec_driver_sql(f"{explain} {statement}", parameters)
        return "\n".join(str(row[-1]) for row in rows)
