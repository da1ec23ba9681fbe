"""Limits: each with its text, one share of a person however many phones, also at the same moment; two statements."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import event, text

from clinic import visits
from clinic.errors import LIMITS, ClinicError, NotPossible, TooManyVisits
from clinic.fairness import limits
from clinic.rules import BookingRules
from clinic.tables import Visit
from conf import texts
from tests.clinic.conftest import HOUSE, OTHER_IDENTITY, OTHER_PHONE, PHONE, nth_identity

NONE = {"person_day": 0, "person_department": 0, "person": 0, "phone": 0, "phone_day": 0}
DAYS = ("2027-03-10", "2027-03-11", "2027-03-12", "2027-03-13")


def refused(fair: Any, *given: Any, **more: Any) -> str:
    with pytest.raises(TooManyVisits) as error:
        book(fair, *given, **more)
    return texts.say("zh", error.value.tell, **error.value.words)


def book(fair: Any, day: str, department: int = 1, **more: Any) -> Any:
    return fair.clinic.book(fair.offered(day, department), rules=fair.rules.booking, **more)


class TestEachLimitHasItsText:
    @pytest.fixture(autouse=True)
    def _no_other(self, fair: Any) -> None:
        fair.change(**NONE)

    def test_a_person_on_a_day(self, fair: Any) -> None:
        fair.change(person_day=2)
        book(fair, DAYS[0], 1)
        book(fair, DAYS[0], 2)
        told = refused(fair, DAYS[0], 3)
        assert told == "每人每天最多2个号，不论用哪个电话预约。请另选日期，或先取消一个。"
        assert book(fair, DAYS[1]).state == "booked"

    def test_a_person_in_a_department(self, fair: Any) -> None:
        fair.change(person_department=2)
        for day in DAYS[:2]:
            book(fair, day)
        assert refused(fair, DAYS[2]) == "每人在同一科室最多同时约2个号，请先就诊或取消一个。"
        assert book(fair, DAYS[2], 2).state == "booked"

    def test_a_person_at_all(self, fair: Any) -> None:
        fair.change(person=3)
        for day in DAYS[:3]:
            book(fair, day)
        assert refused(fair, DAYS[3], 2) == "每人最多同时约3个号，不论用哪个电话预约，请先就诊或取消一个。"

    def test_a_phone_whomever_it_books_for(self, fair: Any) -> None:
        fair.change(phone=2)
        for n, day in enumerate(DAYS[:2]):
            book(fair, day, patient=fair.clinic.person("王芳", nth_identity(n)))
        assert refused(fair, DAYS[2]) == "每个电话最多同时约2个号，请先取消一个，或到窗口办理。"
        assert book(fair, DAYS[2], phone=OTHER_PHONE).state == "booked"

    def test_a_phone_within_a_day_given_up_or_not(self, fair: Any) -> None:
        fair.change(phone_day=2)
        for day in DAYS[:2]:
            fair.clinic.cancel(book(fair, day).id)
        assert refused(fair, DAYS[2]) == "每个电话一天内最多预约2次，请明天再试，或到窗口办理。"
        fair.clinic.wait(hours=24)
        assert book(fair, DAYS[2]).state == "booked"

    def test_what_is_over_makes_room_but_not_on_its_day(self, fair: Any) -> None:
        fair.change(person=1, person_day=1)
        visit = book(fair, DAYS[0])
        fair.at(DAYS[0], 9)
        fair.set(Visit, visit.id, state="fulfilled")
        assert "每天最多1个" in refused(fair, DAYS[0], 2)
        assert book(fair, DAYS[1]).state == "booked"

    def test_zero_is_no_limit(self, fair: Any) -> None:
        for n in range(20):
            assert book(fair, f"2027-04-{n + 1:02}").state == "booked"


def test_without_a_department_none_is_looked_at(fair: Any) -> None:
    fair.change(person_department=1)
    book(fair, DAYS[0])
    given = {"resident": 1, "phone": PHONE, "day": dt.date(2027, 3, 11), "rules": fair.rules.booking}
    fair.plain(limits.check, **given)
    with pytest.raises(TooManyVisits):
        fair.plain(limits.check, department=1, **given)


def test_every_limit_has_a_text_in_both_languages() -> None:
    for limit in LIMITS:
        for language in texts.LANGUAGES:
            error = TooManyVisits(limit, 3)
            said = texts.say(language, error.tell, **error.words)
            assert "3" in said


def test_a_stranger_does_not_learn_that_somebody_has_visits(fair: Any) -> None:
    fair.change(person=1)
    book(fair, DAYS[0])
    with pytest.raises(NotPossible):
        book(fair, DAYS[1], phone=OTHER_PHONE)
    assert book(fair, DAYS[1], phone=OTHER_PHONE, patient=fair.clinic.person("李强", OTHER_IDENTITY)).queue == 1


# At once


@pytest.mark.parametrize(
    ("rules", "wants", "most"),
    [
        ({"person": 3}, [(day, 1 + n // 4) for n, day in enumerate(DAYS * 2)], 3),
        ({"person_day": 2}, [(DAYS[0], 1 + n % 3) for n in range(8)], 2),
        ({"person_department": 2}, [(f"2027-03-{10 + n}", 1) for n in range(8)], 2),
    ],
)
def test_eight_phones_at_once_have_one_share_of_one_identity(
    fair: Any, store: Any, rules: Any, wants: Any, most: int
) -> None:
    fair.change(**{**NONE, **rules})
    offered = [fair.offered(*each) for each in wants]
    ready = Barrier(len(offered))

    def book_at_once(place: int) -> str:
        ready.wait()
        try:
            visit = store.run_now(
                visits.book,
                clinic_session=offered[place],
                patient=fair.clinic.person(),
                phone=f"+861540000{place:04}",
                language="zh",
                occasion=f"rush:{place}",
                installation=HOUSE,
                rules=fair.rules.booking,
                now=fair.clinic.moment,
            )
        except ClinicError as error:
            return type(error).__name__
        return str(visit.state)

    with ThreadPoolExecutor(len(offered)) as pool:
        met = list(pool.map(book_at_once, range(len(offered))))
    assert met.count("booked") == most, met
    assert len(fair.clinic.rows(Visit.id)) == most
    assert set(met) <= {"booked", "NotPossible"}


# What it costs


@contextmanager
def statements(store: Any) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_conn: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        seen.append(statement)

    event.listen(store.engine, "before_cursor_execute", note)
    yield seen
    event.remove(store.engine, "before_cursor_execute", note)


def check(fair: Any) -> None:
    fair.clinic.run(
        limits.check,
        resident=1,
        phone=PHONE,
        department=1,
        day=dt.date(2027, 3, 10),
        rules=BookingRules(),
        now=fair.clinic.moment,
    )


def test_all_limits_cost_two_statements(fair: Any, store: Any) -> None:
    book(fair, DAYS[0])
    with statements(store) as seen:
        check(fair)
    selects = [each for each in seen if each.lstrip().upper().startswith("SELECT")]
    assert len(selects) == 2, seen


def test_each_count_is_found_by_an_index(fair: Any, store: Any) -> None:
    if store.engine.dialect.name != "sqlite":
        pytest.skip("a plan of SQLite")
    asked = limits.counted_by(1, PHONE, 1, dt.date(2027, 3, 10), fair.clinic.moment)
    query = limits.counting().params(asked)
    written = str(query.compile(store.engine, compile_kwargs={"literal_binds": True}))

    def plan(session: Any) -> list[str]:
        return [row[3] for row in session.execute(text(f"explain query plan {written}"))]

    looks = [step for step in fair.clinic.run(plan) if re.search(r"\bvisit\b", step)]
    assert len(looks) == 2, looks
    assert "ix_visit_resident_id_state (resident_id=? AND state=? AND day>?)" in looks[0]
    assert "ix_visit_phone (phone=? AND day>?)" in looks[1]
