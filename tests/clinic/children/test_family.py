"""What a family may ask, and a place to be vaccinated, on both databases."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, update

from clinic.children import booking, family
from clinic.errors import NotPossible
from clinic.places import changing
from clinic.places.shares import Rule
from clinic.tables import Message, Question, RelatedPerson
from conf.texts.words import Name
from tests.clinic.children.families import FATHER, HOUSE, MOTHER, NEWBORN, Families, at, day

BORN = "2026-01-12"
NOW = at("2026-03-12")


@pytest.fixture
def families(run: Any) -> Families:
    return Families(run)


def coming(families: Families, child: int, phone: str = MOTHER) -> list[tuple[str, str]]:
    found = families.run(family.coming, phone=phone, child=child, today=NOW.date())
    return [(each.vaccine.zh, each.on.isoformat()) for each in found]


def test_what_is_next_comes_in_the_order_in_which_it_is_given(families: Families) -> None:
    child = families.child(BORN, *NEWBORN)
    assert coming(families, child) == [
        ("脊灰灭活疫苗", "2026-03-12"),
        ("百白破疫苗", "2026-03-12"),
        ("乙肝疫苗", "2026-07-12"),
        ("A群流脑多糖疫苗", "2026-07-12"),
        ("麻腮风疫苗", "2026-09-12"),
        ("乙脑减毒活疫苗", "2026-09-12"),
    ]


def test_only_the_phone_on_record_is_told(families: Families) -> None:
    child = families.child(BORN, *NEWBORN)
    families.child("2020-01-01", phones=(FATHER,))
    families.contraindicate(child, "all", "2026-03-01", "2026-03-20")
    asked: dict[str, Any] = {"child": child, "today": NOW.date()}
    assert coming(families, child, FATHER) == []
    assert families.run(family.against, phone=FATHER, **asked) == []
    (found,) = families.run(family.against, phone=MOTHER, **asked)
    assert (found.against, found.reason, found.until) == (None, Name("急性疾病", "acute illness"), day("2026-03-20"))
    families.run(lambda s: s.execute(update(RelatedPerson).values(is_told=False)) and None)
    assert families.run(family.against, phone=MOTHER, **asked) == []


def test_all_reasons_are_sent_once_to_who_may_know_them(families: Families) -> None:
    child = families.child(BORN, *NEWBORN)
    given: dict[str, Any] = {"child": child, "name": "小明", "language": "en", "occasion": "t", "installation": HOUSE}
    for _ in range(2):
        families.run(family.explain, phone=MOTHER, series="DTP", now=NOW, **given)
    ((told, resident),) = families.rows(Message.text, Message.resident_id)
    assert told.startswith("小明: DTaP vaccine, dose 1\ndose 1: DTaP vaccine\nat 2 months (2026-03-12)\n")
    assert resident == child
    for phone, series in ((FATHER, "DTP"), (MOTHER, "BCG")):
        with pytest.raises(NotPossible):
            families.run(family.explain, phone=phone, series=series, now=NOW, **given)


def test_what_is_offered_is_of_the_childs_centre_and_of_vaccination(families: Families) -> None:
    child = families.child(BORN, *NEWBORN)
    elsewhere = families.child(BORN, centre=2)
    assert not families.run(booking.offered, child=child, since=NOW.date(), now=NOW).sessions
    families.vaccinates(2, "2026-03-13", "2026-03-16")
    offer = families.run(booking.offered, child=child, since=day("2026-03-14"), now=NOW)
    assert offer.centre == Name("东苑中心", "Dongyuan Centre")
    assert [session.day for session in offer.sessions] == [day("2026-03-16")]
    assert set(offer.departments.values()) == {Name("儿童保健", "Child health")}
    assert families.run(booking.last_days, centres={1, 2}, now=NOW) == {1: day("2026-03-16")}
    other = families.run(booking.offered, child=elsewhere, since=NOW.date(), now=NOW)
    assert (other.centre.zh, other.sessions, other.is_full) == ("南河中心", (), False)


def test_of_shared_out_places_only_those_of_the_callers_channel_are_offered(families: Families) -> None:
    child = families.child(BORN, *NEWBORN)
    families.vaccinates(2, "2026-03-13")
    seen = families.run(booking.offered, child=child, since=NOW.date(), now=NOW, channel="ussd")
    offered = {"offered": seen.sessions[0].id, "by": "li", "now": NOW}
    families.run(changing.change, rule=Rule.parse("ussd=1 rest=onsite"), **offered)

    def left(channel: str) -> list[int]:
        offer = families.run(booking.offered, child=child, since=NOW.date(), now=NOW, channel=channel)
        return [session.left for session in offer.sessions]

    assert (left("ussd"), left("sms")) == ([1], [])
    assert families.run(booking.last_days, centres={1}, now=NOW) == {}  # by phone nobody can be told to book it


def test_a_place_answers_what_was_asked_and_is_held(families: Families) -> None:
    families.vaccinates(2, "2026-03-13")
    child = families.child(BORN, *NEWBORN)
    families.scan("2026-03-12")
    offer = families.run(booking.offered, child=child, since=NOW.date(), now=NOW)
    families.run(
        booking.book, clinic_session=offer.sessions[0].id, patient=child, phone=MOTHER, language="zh", occasion="t",
        installation=HOUSE, now=NOW,
    )  # fmt: skip
    assert families.rows(Question.answer, Question.answered_at) == [("1", NOW)]
    held = families.run(booking.offered, child=child, since=NOW.date(), now=NOW).held
    assert (held.day, held.queue, held.department.zh) == (day("2026-03-13"), 1, "儿童保健")
    assert families.run(booking.places_held, residents=[child], today=NOW.date()) == {child: day("2026-03-13")}
    assert families.run(lambda s: s.scalars(select(Message.kind).order_by(Message.id)).all()) == [
        "vaccine.several_sms",
        "visit.code_sms",
    ]
