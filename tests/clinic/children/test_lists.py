"""Lists of children in batches: what is due, what is overdue and how it was reminded of, lots, school entry."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from clinic.children import doses, lists, school
from clinic.children.lists import Reminded, Wanted
from clinic.tables import Message, Subscriber, VaccineReminder

TODAY = dt.date(2027, 3, 8)
MOTHER = "+8615400000001"


@pytest.fixture
def children(put: Any, clinic: Any) -> list[int]:
    """Five: at birth, at 2 months, at 9 months and behind, the same elsewhere without a phone, one who has moved."""
    rows = [
        {"card": "B1", "birth": "2027-03-07", "centre": "DY", "unit": "东苑村", "guardians": "mother:15400000001"},
        {"card": "B2", "birth": "2027-01-08", "centre": "DY", "unit": "新桥村", "guardians": "mother:15400000002"},
        {"card": "B3", "birth": "2026-06-08", "centre": "DY", "unit": "新桥村", "guardians": "father:15400000003"},
        {"card": "B4", "birth": "2026-06-08", "centre": "NH", "unit": "新桥村", "residence": "mobile"},
        {"card": "B5", "birth": "2026-06-08", "centre": "NH", "unit": "新桥村", "standing": "moved"},
    ]
    ids = [put(name="林浩然", sex="male", **row).child for row in rows]
    give(clinic, ids[1], ("HepB", "2027-01-08"), ("BCG", "2027-01-08"), ("HepB", "2027-02-08"))
    for child in ids[2:]:
        give(clinic, child, ("HepB", "2026-06-08", "L1"), ("BCG", "2026-06-08"), ("HepB", "2026-07-08", "L2"))
    return ids


def give(clinic: Any, child: int, *given: tuple[str, ...]) -> None:
    for vaccine, day, *lot in given:
        clinic.run(
            doses.record, child=child, vaccine=vaccine, day=dt.date.fromisoformat(day), lot="".join(lot),
            by="王芳", now=clinic.moment,
        )  # fmt: skip


def all_of(clinic: Any, fn: Any, most: int = 2, **given: Any) -> list[Any]:
    """Every batch, one after the other."""
    lines, after = [], 0
    while after is not None:
        batch = clinic.run(fn, after=after, most=most, **given)
        assert batch.looked_at <= most
        lines += batch.lines
        after = batch.after
    return lines


@pytest.mark.parametrize("most", [1, 2, 3, 4, 500])
def test_batches_of_any_size_make_the_same_list(clinic: Any, children: list[int], most: int) -> None:
    lines = all_of(clinic, lists.children, most, wanted=Wanted(standing=None))
    assert [line.card for line in lines] == ["B1", "B2", "B3", "B4", "B5"]


def test_which_children_are_wanted(clinic: Any, children: list[int]) -> None:
    def cards(**wanted: Any) -> list[str]:
        found = all_of(clinic, lists.children, wanted=Wanted(**wanted))
        assert clinic.run(lists.count, wanted=Wanted(**wanted)) == len(found)
        return [line.card for line in found]

    assert cards() == ["B1", "B2", "B3", "B4"]
    assert cards(centre="DY") == ["B1", "B2", "B3"]
    assert cards(centre="DY", unit="新桥村") == ["B2", "B3"]
    assert cards(residence="mobile") == ["B4"]
    assert cards(standing="moved") == ["B5"]
    assert cards(has_phone=False) == ["B4"]
    clinic.run(lambda session: setattr(session.get(Subscriber, 1), "wrong_at", clinic.moment))
    assert cards(has_phone=False) == ["B1", "B4"]


def test_lines_are_masked_unless_it_is_asked_for(clinic: Any, children: list[int]) -> None:
    masked, full = (clinic.run(lists.children, wanted=Wanted(), shown=shown).lines[0] for shown in (False, True))
    assert (masked.name, masked.phones) == ("林**", ("+86154****0001",))
    assert (full.name, full.phones) == ("林浩然", (MOTHER,))


def due(clinic: Any, first: int = 0, last: int = 0, **given: Any) -> list[tuple[str, str, int, str]]:
    days = {"first": TODAY + dt.timedelta(days=first), "last": TODAY + dt.timedelta(days=last)}
    found = all_of(clinic, lists.due_doses, wanted=Wanted(**given.pop("wanted", {})), today=TODAY, **days, **given)
    return [(line.child.card, line.due.vaccine, line.due.number, line.due.status) for line in found]


def test_what_can_be_given_today_and_in_a_range_of_days(clinic: Any, children: list[int]) -> None:
    assert due(clinic, wanted={"centre": "DY", "unit": "东苑村"}) == [("B1", "HepB", 1, "due"), ("B1", "BCG", 1, "due")]
    assert due(clinic, wanted={"centre": "DY"}, vaccine="DTaP") == [
        ("B2", "DTaP", 1, "due"),
        ("B3", "DTaP", 1, "overdue"),
    ]
    assert due(clinic, 1, 62, wanted={"unit": "东苑村"}) == [("B1", "IPV", 1, "later"), ("B1", "DTaP", 1, "later")]
    assert due(clinic, 1, 30, wanted={"unit": "东苑村"}) == []
    assert ("B5", "MMR", 1, "overdue") not in due(clinic)


def test_what_is_overdue_and_how_the_family_was_reminded(clinic: Any, children: list[int]) -> None:
    third = children[2]
    clinic.run(
        lambda session: session.add_all(
            [
                VaccineReminder(resident_id=third, series="DTP", dose=1, stage=1, told_on=dt.date(2026, 8, 8)),
                VaccineReminder(resident_id=third, series="DTP", dose=1, stage=2, told_on=dt.date(2026, 9, 20)),
                VaccineReminder(resident_id=third, series="MMR", dose=1, stage=1, told_on=dt.date(2027, 2, 8)),
                message(clinic, third, "delivered", occasion="a"),
                message(clinic, third, "failed", occasion="b", error="UNDELIV"),
                message(clinic, third, "delivered", occasion="c", kind="visit.booked_sms"),
            ]
        )
    )
    found = all_of(clinic, lists.overdue, wanted=Wanted(), today=TODAY)
    assert {line.child.card for line in found} == {"B3", "B4"}
    by_dose = {(line.child.card, line.due.vaccine): line.reminded for line in found}
    assert by_dose["B3", "DTaP"] == Reminded(2, dt.date(2026, 9, 20), "failed: UNDELIV")
    assert by_dose["B3", "IPV"] == by_dose["B4", "DTaP"] == Reminded()
    ipv = all_of(clinic, lists.overdue, wanted=Wanted(), today=TODAY, vaccine="IPV")
    assert [(line.child.card, line.due.vaccine) for line in ipv] == [("B3", "IPV"), ("B4", "IPV")]


def message(clinic: Any, child: int, state: str, **values: Any) -> Message:
    row = {
        "phone": MOTHER, "text": "...", "message_class": "notice", "resident_id": child, "state": state,
        "kind": "vaccine.overdue_sms", "due_at": clinic.moment, "expires_at": clinic.moment,
        "created_at": clinic.moment, **values,
    }  # fmt: skip
    return Message(**row)


def test_a_lot_leads_to_the_children_also_to_those_who_have_moved(clinic: Any, children: list[int]) -> None:
    found = all_of(clinic, lists.lot, vaccine="HepB", lot="L2", wanted=Wanted(standing=None))
    assert [(line.child.card, line.number, line.day) for line in found] == [
        (card, 2, dt.date(2026, 7, 8)) for card in ("B3", "B4", "B5")
    ]
    assert all_of(clinic, lists.lot, vaccine="BCG", lot="L2", wanted=Wanted(standing=None)) == []
    clinic.book(patient=clinic.person("周浩然", "110101202002290033"))  # on record, without a file
    give(clinic, 6, ("HepB", "2026-07-09", "L2"))
    found = all_of(clinic, lists.lot, vaccine="HepB", lot="L2", wanted=Wanted(standing=None))
    assert [(line.child.id, line.child.card) for line in found][-1] == (6, "")
    assert len(all_of(clinic, lists.lot, vaccine="HepB", lot="L1", wanted=Wanted(standing=None, centre="DY"))) == 1


def test_school_entry_says_what_is_missing_on_that_day(clinic: Any, children: list[int]) -> None:
    now = clinic.run(school.check, residents=children[:2], day=TODAY)
    assert [due.vaccine for due in now[children[1]].missing] == ["IPV", "DTaP"]
    give(clinic, children[1], ("IPV", "2027-03-08"), ("DTaP", "2027-03-08"))
    assert clinic.run(school.check, residents=children, day=TODAY)[children[1]].is_complete
    later = clinic.run(school.check, residents=children, day=dt.date(2027, 4, 8))[children[1]]
    assert [(due.vaccine, due.number) for due in later.missing] == [("IPV", 2)]
    assert later.missing[0].why
    assert clinic.run(school.check, residents=[99], day=TODAY) == {}


def test_a_unit_is_checked_in_batches(clinic: Any, children: list[int]) -> None:
    found = all_of(clinic, school.check_all, 1, wanted=Wanted(unit="新桥村"), day=TODAY)
    assert [(each.child.card, each.is_complete) for each in found] == [("B2", False), ("B3", False), ("B4", False)]


def test_what_is_not_given_for_good_is_not_missing(clinic: Any, put: Any) -> None:
    from clinic.children import contraindications  # noqa: PLC0415

    child = put(card="B9", name="林浩然", birth="2027-01-08", sex="male", centre="DY").child
    give(clinic, child, ("HepB", "2027-01-08"), ("BCG", "2027-01-08"), ("HepB", "2027-02-08"), ("IPV", "2027-03-08"))
    clinic.run(contraindications.add, child=child, reason="anaphylaxis", vaccine="DTaP", by="王芳", now=clinic.moment)
    found = clinic.run(school.check, residents=[child], day=TODAY)[child]
    assert (found.is_complete, [due.series for due in found.waived]) == (True, ["DTP"])
