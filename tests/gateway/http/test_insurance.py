"""A card in the kiosk: the insurer pays its share of a visit that was checked in there."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from sqlalchemy import select, update

from clinic import visits
from clinic.money import asking
from clinic.residents import NewPerson
from clinic.tables import Centre, LedgerAccount
from clinic.visits import paid
from tests.gateway.http.conftest import HOUSE, PEOPLE

GOOD = {"visit": 1, "covered": "8.00", "currency": "CNY", "reference": "YB-17"}


def send(kiosk: Any, **changed: Any) -> Any:
    return kiosk("POST", "/api/kiosk/insurance", json.dumps(GOOD | changed).encode(), Content_Type="application/json")


@pytest.fixture
def visit(town: Any) -> Any:
    """A visit of today that was paid by mobile money; its T-code is not used yet."""
    town.store.run_now(lambda s: s.execute(update(Centre).values(payment="optional")) and None)
    person = NewPerson("王小梅", town.vault.seal(PEOPLE["王小梅"]))
    given = {"patient": person, "phone": "+8615400000001", "language": "zh", "occasion": "paid", "clinic_session": 1}
    town.store.run_now(visits.book, pays="mobile", provider="wallet", installation=HOUSE, now=town.now, **given)
    (due,) = town.store.run_now(asking.claim, now=town.now, most=1, lease=dt.timedelta(minutes=1))
    said = {"reference": "R1", "amount": due.amount, "currency": "CNY", "installation": HOUSE, "now": town.now}
    town.store.run_now(paid.completed, payment=due.id, **said)
    (found,) = town.store.run_now(visits.upcoming, phone="+8615400000001", installation=HOUSE, now=town.now)
    return found


def owed(town: Any) -> int:
    """What the insurer owes us."""
    insurer = select(LedgerAccount.balance).where(LedgerAccount.kind == "insurance")
    return int(town.store.run_now(lambda s: s.scalar(insurer)) or 0)


def test_the_share_goes_back_once(kiosk: Any, town: Any, visit: Any) -> None:
    kiosk.check(visit.number)
    first, second = send(kiosk), send(kiosk)
    assert first.json == {
        "visit": visit.id, "covered": "8.00", "own": "4.50", "currency": "CNY", "back": "mobile", "again": False,
    }  # fmt: skip
    assert second.json == first.json | {"again": True}
    assert owed(town) == 800


def test_only_where_it_was_checked_in(kiosk: Any, elsewhere: Any, town: Any, visit: Any) -> None:
    assert send(kiosk).status == 404
    kiosk.check(visit.number)
    assert send(elsewhere).status == 404
    assert send(kiosk, visit=99).json["error"] == "not_found"
    assert owed(town) == 0


@pytest.mark.parametrize(
    ("changed", "status", "error"),
    [
        ({"covered": "12.51"}, 409, "not_swappable"),
        ({"covered": "0"}, 409, "not_swappable"),
        ({"covered": "8.001"}, 400, "bad_amount"),
        ({"covered": "eight"}, 400, "bad_amount"),
        ({"currency": "ZMW"}, 400, "bad_amount"),
        ({"covered": 8.0}, 400, "bad_json"),
        ({"visit": "1"}, 400, "bad_json"),
        ({"visit": True}, 400, "bad_json"),
        ({"visit": 2**40}, 400, "bad_json"),
        ({"reference": " "}, 400, "bad_json"),
        ({"reference": "x" * 65}, 400, "bad_json"),
    ],
)
def test_what_cannot_be(kiosk: Any, town: Any, visit: Any, changed: Any, status: int, error: str) -> None:
    kiosk.check(visit.number)
    answer = send(kiosk, **changed)
    assert (answer.status, answer.json["error"]) == (status, error)
    assert owed(town) == 0


def test_what_is_no_json_and_who_is_no_kiosk(kiosk: Any, web: Any, visit: Any) -> None:
    assert kiosk("POST", "/api/kiosk/insurance", b"{").json["error"] == "bad_json"
    assert kiosk("POST", "/api/kiosk/insurance", b"[]").json["error"] == "bad_json"
    assert web("POST", "/api/kiosk/insurance", b"{}").status == 401
