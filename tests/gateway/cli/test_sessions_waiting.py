"""`caredial sessions waiting`: who waits for a place, who was offered one, taking somebody off."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from sqlalchemy import select

from clinic.tables import Audit, ClinicSession, PlaceOffer, PlaceTold, WaitEntry
from tests.gateway.cli.conftest import SHANGHAI


def documents(result: Any) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.fixture
def waiters(place: Any) -> int:
    """Three wait in the first department of tomorrow: for its session, for it and told of a place, for any day; the
    session's number."""
    now = dt.datetime.now(SHANGHAI)
    tomorrow = now.date() + dt.timedelta(days=1)

    def add(session: Any) -> int:
        theirs = select(ClinicSession).where(ClinicSession.day == tomorrow).order_by(ClinicSession.id).limit(1)
        row = session.scalars(theirs).one()
        for n, (name, one, days) in enumerate([("李明", row.id, 0), ("欧阳雨桐", row.id, 0), ("王芳", None, 9)], 1):
            session.add(
                WaitEntry(
                    occasion=f"waits {n}", resident_id=n, phone=f"+861540002000{n}", language="zh", name=name,
                    department_id=row.department_id, clinic_session_id=one, first_day=tomorrow,
                    last_day=tomorrow + dt.timedelta(days=days), state="waiting", offers=0,
                    waits_since=now - dt.timedelta(hours=9 - n),
                )
            )  # fmt: skip
        offer = PlaceOffer(clinic_session_id=row.id, made_at=now, look_at=now + dt.timedelta(minutes=9), told=1)
        session.add(offer)
        session.flush()
        session.get_one(WaitEntry, 2).offered_at, session.get_one(WaitEntry, 2).offers = now, 1
        session.add(PlaceTold(place_offer_id=offer.id, wait_entry_id=2, told_at=now, answer=""))
        return int(row.id)

    return int(place.store.run_now(add))


def test_who_waits_is_listed_in_the_order_of_being_told(caredial: Any, waiters: int) -> None:
    shown = caredial("sessions", "waiting", str(waiters)).stdout
    assert "3 people waiting for 东苑社区卫生服务中心 全科 " in shown
    lines = documents(caredial("sessions", "waiting", str(waiters), "--json"))
    assert [(each["place"], each["id"], each["name"], each["phone"]) for each in lines] == [
        (1, 1, "李*", "+86154****0001"),
        (2, 3, "王*", "+86154****0003"),
        (3, 2, "欧**", "+86154****0002"),
    ]
    assert [(each["state"], each["wanted"], each["offered"]) for each in lines] == [
        ("waiting", waiters, None),
        ("waiting", None, None),
        ("offered", waiters, waiters),
    ]
    told = dt.datetime.fromisoformat(lines[2]["till"])
    assert dt.timedelta(minutes=14) < told - dt.datetime.now(SHANGHAI) <= dt.timedelta(minutes=15)
    assert f"offered session {waiters} until {told:%H:%M}" in shown


def test_of_a_department_of_all_and_of_nobody(caredial: Any, waiters: int) -> None:
    assert len(documents(caredial("sessions", "waiting", "--department", "DY", "QK", "--json"))) == 3
    assert len(documents(caredial("sessions", "waiting", "--json"))) == 3
    assert documents(caredial("sessions", "waiting", "--department", "DY", "KQ", "--json")) == []
    other = caredial("sessions", "waiting", str(waiters + 1)).stdout
    assert "0 people waiting for" in other


def test_somebody_is_taken_off_and_the_offer_goes_on_at_once(caredial: Any, place: Any, waiters: int) -> None:
    asked = caredial("sessions", "waiting", "--remove", "2", input="n\n")
    assert asked.exit_code == 1
    assert "Entry 2, 欧**, +86154****0002 (东苑" in asked.stderr
    assert "is taken off the waiting list for good, and is not told" in asked.stderr
    done = caredial("sessions", "waiting", "--remove", "2", "--yes", "--by", "li")
    assert (done.exit_code, done.stdout) == (0, "entry 2 waits no more\n")
    now = dt.datetime.now(SHANGHAI)

    def look(session: Any) -> tuple[str, str, bool, list[tuple[str, str]]]:
        notes = select(Audit.actor, Audit.action).where(Audit.subject == "waiting:2")
        offer = session.get_one(PlaceOffer, 1)
        told = session.scalar(select(PlaceTold.answer))
        noted = [tuple(row) for row in session.execute(notes)]
        return session.get_one(WaitEntry, 2).state, told, offer.look_at <= now, noted

    assert place.store.run_now(look) == ("left", "no", True, [("staff:li", "waiting.remove")])
    again = caredial("sessions", "waiting", "--remove", "2", "--yes")
    assert (again.exit_code, "nobody waits under entry 2 (any more)" in again.stderr) == (1, True)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("1", "--department", "DY", "QK"), "either a session or --department"),
        (("1", "--remove", "2"), "--remove takes the number of an entry"),
        (("--department", "DY", "XX"), "DY has no department XX; there are: "),
    ],
)
def test_what_is_asked_wrongly_is_told(caredial: Any, place: Any, words: tuple[str, ...], why: str) -> None:
    result = caredial("sessions", "waiting", *words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert why in result.stderr
