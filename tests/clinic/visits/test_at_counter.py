"""Booking by hand at the counter: as the phone would have, but of the counter's places, and staff stand for it."""

from __future__ import annotations

from typing import Any

import pytest

from clinic import invariants
from clinic.errors import AlreadyBooked, NotCancellable, NotPossible
from clinic.tables import Audit, Message, RelatedPerson, Visit
from clinic.visits import at_counter
from tests.clinic.conftest import HOUSE

PHONE = "+8615400010077"


def book(clinic: Any, patient: Any, phone: str = PHONE, occasion: str = "counter:1", offered: int = 4) -> Any:
    given = {"phone": phone, "language": "zh", "occasion": occasion, "installation": HOUSE, "by": "li"}
    return clinic.run(at_counter.book_for, clinic_session=offered, patient=patient, now=clinic.moment, **given)


def test_a_resident_on_record_whose_phone_is_new_here(clinic: Any) -> None:
    clinic.book(1)
    view = book(clinic, 1)
    assert (view.queue, view.state) == (1, "booked")
    assert clinic.rows(Visit.channel, Visit.phone)[-1] == ("counter", PHONE)
    assert len(clinic.rows(RelatedPerson.id)) == 2
    assert ("staff:li", "visit.book_at_counter") in clinic.rows(Audit.actor, Audit.action)
    assert clinic.run(invariants.broken) == []


def test_given_again_it_is_the_same_visit_and_noted_once(clinic: Any) -> None:
    clinic.book(1)
    assert book(clinic, 1).id == book(clinic, 1).id
    assert [action for action in clinic.rows(Audit.action) if action == "visit.book_at_counter"] == [
        "visit.book_at_counter"
    ]


def test_nobody_and_somebody_who_has_a_place_there(clinic: Any) -> None:
    with pytest.raises(NotPossible):
        book(clinic, 99)
    clinic.book(1)
    book(clinic, 1)
    with pytest.raises(AlreadyBooked):
        book(clinic, 1, occasion="counter:2")
    with pytest.raises(NotPossible):
        book(clinic, 1, phone="+8615400010078", occasion="counter:3")


def test_what_staff_cancel_is_told_counts_for_nothing_and_frees_the_place(clinic: Any) -> None:
    visit = clinic.book(1).id
    found = clinic.run(at_counter.to_cancel, visit=visit, now=clinic.moment)
    assert (found.queue, found.paid.fen) == (1, 0)
    done = clinic.run(at_counter.cancel_for, visit=visit, by="li", installation=HOUSE, now=clinic.moment)
    assert done.state == "cancelled"
    assert clinic.rows(Visit.state, Visit.cancelled_for, Visit.judge_at) == [("cancelled", "staff", None)]
    assert f"cancelled:{visit}" in clinic.rows(Message.occasion)
    assert ("staff:li", "visit.staff") in clinic.rows(Audit.actor, Audit.action)
    assert clinic.run(invariants.broken) == []


def test_nothing_is_cancelled_that_is_not_to_come(clinic: Any) -> None:
    visit = clinic.book(1).id
    clinic.run(at_counter.cancel_for, visit=visit, by="li", installation=HOUSE, now=clinic.moment)
    for unknown in (visit, 99):
        with pytest.raises(NotCancellable):
            clinic.run(at_counter.to_cancel, visit=unknown, now=clinic.moment)
        with pytest.raises(NotCancellable):
            clinic.run(at_counter.cancel_for, visit=unknown, by="li", installation=HOUSE, now=clinic.moment)
    assert [occasion for occasion in clinic.rows(Message.occasion) if occasion.startswith("cancelled")] != []
