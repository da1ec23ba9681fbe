"""Experts' sessions switched on and off, and any one session closed and opened again."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from clinic import invariants
from clinic.errors import SessionClosed
from clinic.places.changing import NotChangeable
from clinic.residents import NewPerson
from clinic.sessions import experts
from clinic.sessions.experts import Switched
from clinic.sessions.lottery.entries import enter
from clinic.tables import ClinicSession, Department, Draw
from tests.clinic.conftest import HOUSE, NOW, OTHER_IDENTITY, OTHER_PHONE, PHONE

EXPERTS = (1, 4, 5)  # of the department: this morning, tomorrow morning and afternoon


@pytest.fixture(autouse=True)
def _experts(clinic: Any) -> None:
    for offered in EXPERTS:
        clinic.change(offered, kind="expert", state="closed")


def switch(clinic: Any, on: bool) -> Switched:
    given = {"department": 1, "by": "li", "vault": clinic.vault, "now": clinic.moment}
    done: Switched = clinic.run(experts.switch, on=on, **given)
    return done


def states(clinic: Any) -> list[str]:
    return [clinic.rows(ClinicSession.state)[offered - 1] for offered in EXPERTS]


def act(clinic: Any, fn: Any, offered: int, **more: Any) -> Any:
    return clinic.run(fn, offered=offered, by="li", now=clinic.moment, **more)


def test_sessions_to_come_are_opened_and_closed_and_what_is_booked_stays(clinic: Any) -> None:
    with pytest.raises(SessionClosed):
        clinic.book(4)
    clinic.moment = NOW.replace(hour=12)
    assert switch(clinic, on=True) == Switched(changed=(4, 5), kept=())
    assert (states(clinic), clinic.rows(Department.experts)[0]) == (["closed", "open", "open"], True)
    clinic.book(4)
    assert switch(clinic, on=False) == Switched(changed=(5,), kept=(4,))
    assert (states(clinic), clinic.rows(Department.experts)[0]) == (["closed", "open", "closed"], False)
    assert [visit.state for visit in clinic.upcoming()] == ["booked"]
    assert clinic.run(invariants.broken) == []


def test_a_general_clinic_is_left_alone(clinic: Any) -> None:
    clinic.change(2, state="closed")
    switch(clinic, on=True)
    switch(clinic, on=False)
    assert clinic.rows(ClinicSession.state)[1] == "closed"
    assert clinic.rows(ClinicSession.state)[2] == "open"


def test_a_lottery_is_committed_when_it_opens_and_gets_its_hours(clinic: Any) -> None:
    clinic.change(4, draw_at=NOW + dt.timedelta(hours=3), release_at=NOW - dt.timedelta(hours=1))
    clinic.change(5, draw_at=NOW - dt.timedelta(hours=1), release_at=NOW - dt.timedelta(hours=13))
    switch(clinic, on=True)
    assert states(clinic) == ["open", "draw", "draw"]
    assert clinic.rows(Draw.clinic_session_id) == [4, 5]
    assert clinic.rows(ClinicSession.draw_at)[3:5] == [NOW + dt.timedelta(hours=3), NOW + dt.timedelta(hours=12)]


def test_a_lottery_that_somebody_has_entered_stays(clinic: Any) -> None:
    clinic.change(4, draw_at=NOW + dt.timedelta(hours=3))
    switch(clinic, on=True)
    ticket(clinic, clinic.person("李强", OTHER_IDENTITY))
    assert switch(clinic, on=False) == Switched(changed=(1, 5), kept=(4,))
    with pytest.raises(NotChangeable, match="people wait for the draw of clinic session 4; stop it"):
        act(clinic, experts.close_one, 4)


def ticket(clinic: Any, person: NewPerson) -> None:
    given = {"occasion": "ticket", "installation": HOUSE, "now": clinic.moment}
    clinic.run(enter, offered=4, patient=person, phone=OTHER_PHONE, language="zh", **given)


def test_one_session_is_closed_and_opened_again(clinic: Any) -> None:
    visit = clinic.book(2)
    assert act(clinic, experts.close_one, 2) == 1
    with pytest.raises(SessionClosed):
        clinic.book(2, clinic.person("李强", OTHER_IDENTITY), OTHER_PHONE)
    with pytest.raises(NotChangeable, match="clinic session 2 is closed already"):
        act(clinic, experts.close_one, 2)
    clinic.cancel(visit.id, PHONE)
    assert act(clinic, experts.open_one, 2, vault=clinic.vault) == "open"
    assert act(clinic, experts.open_one, 4, vault=clinic.vault) == "open"  # though experts are off
    with pytest.raises(NotChangeable, match="clinic session 2 is open, not closed"):
        act(clinic, experts.open_one, 2, vault=clinic.vault)
    with pytest.raises(NotChangeable, match="there is no clinic session 99"):
        act(clinic, experts.close_one, 99)
    clinic.moment = NOW.replace(hour=18)
    with pytest.raises(NotChangeable, match="clinic session 2 is over"):
        act(clinic, experts.close_one, 2)
    assert clinic.run(invariants.broken) == []
