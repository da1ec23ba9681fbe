"""`caredial sessions`: listed, stopped, moved."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from sqlalchemy import select, update

from clinic.identity import Vault
from clinic.money import asking
from clinic.residents import NewPerson
from clinic.rules import Rules
from clinic.sessions import changes
from clinic.tables import Centre, ClinicSession, Message, Visit, WaitEntry
from clinic.visits import paid
from tests.clinic.conftest import HOUSE, nth_identity
from tests.gateway.cli.conftest import SHANGHAI

WHY = ("--reason", "医生外出", "--yes", "--by", "li")


def today() -> dt.date:
    return dt.datetime.now(SHANGHAI).date()


@pytest.fixture
def booked(place: Any) -> Any:
    """Three visits of the first session of tomorrow."""
    for n in range(3):
        book(place, n)
    return place


def book(place: Any, n: int, day: int = 1, **more: Any) -> Any:
    sealed = Vault.open(place.folder / "keys" / "identity.key").seal(nth_identity(n))
    given = {"patient": NewPerson(f"王芳{'甲乙丙丁'[n]}", sealed), "phone": f"+861540001{n:04d}", **more}
    return place.book(day=day, occasion=f"test {day} {n}", **given)


def session_of(place: Any) -> int:
    return int(place.store.run_now(lambda s: s.scalar(select(Visit.clinic_session_id).order_by(Visit.id).limit(1))))


def target_of(place: Any) -> int:
    return int(place.store.run_now(lambda s: s.scalar(select(ClinicSession.id).order_by(ClinicSession.id.desc()))))


def kinds(place: Any) -> list[str]:
    return [str(kind) for kind in place.store.run_now(lambda s: list(s.scalars(select(Message.kind))))]


def states(place: Any) -> list[str]:
    return list(place.store.run_now(lambda s: list(s.scalars(select(Visit.state).order_by(Visit.id)))))


def test_sessions_of_a_day_are_listed(caredial: Any, booked: Any) -> None:
    shown = caredial("sessions", "list", "--day", "tomorrow", "--centre", "DY").stdout
    number = session_of(booked)
    [line] = [line for line in shown.splitlines() if f"│ {number} " in line]
    assert "全科" in line
    assert "open" in line
    assert "3/" in line
    result = caredial("sessions", "list", "--centre", "QQ")
    assert (result.exit_code, "there are: DY, NH, XS" in result.stderr) == (2, True)


def test_a_session_is_stopped_and_each_is_told(caredial: Any, booked: Any) -> None:
    number = session_of(booked)
    result = caredial("sessions", "stop", str(number), *WHY)
    assert result.exit_code == 0, result.output
    assert result.stdout == f"session {number}: 3 visits told (3 cancelled)\n"
    assert states(booked) == ["cancelled"] * 3
    assert kinds(booked).count("stopped.told_sms") == 3
    found = caredial("messages", "find", "--kind", "stopped.told_sms", "--json").stdout.splitlines()
    assert [json.loads(line)["who"] for line in found] == ["li"] * 3
    result = caredial("sessions", "stop", str(number), *WHY)
    assert (result.exit_code, f"session {number} is stopped already" in result.stderr) == (1, True)


def test_who_does_not_confirm_changes_nothing(caredial: Any, booked: Any) -> None:
    number = session_of(booked)
    result = caredial("sessions", "stop", str(number), "--reason", "医生外出", input="n\n")
    assert result.exit_code == 1
    assert f"Stop session {number}, 东苑" in result.stderr
    assert "3 visits are cancelled, each phone is told. It cannot be undone." in result.stderr
    assert states(booked) == ["booked"] * 3


def test_before_it_is_stopped_all_that_hangs_on_it_is_told_and_after_what_went_back(caredial: Any, place: Any) -> None:
    number = _all_kinds(place)
    stop = ("sessions", "stop", str(number), "--reason", "停电")
    told = caredial(*stop, input="n\n").stderr
    assert "2 visits (1 not paid yet) are cancelled, each phone is told" in told
    assert "6.00 CNY, paid for 1 visit, goes back" in told
    assert "1 person on its waiting list will be told that there is no place" in told
    assert "1 person in its queue already: talk with them, they stay" in told
    result = caredial(*stop, "--yes", "--json")
    document = json.loads(result.stdout)
    assert (document["told"], document["cancelled"], document["arrived"], document["waiting"]) == (2, 2, 1, 1)
    assert (document["refunds"], document["refunded"]) == (1, {"amount": "6.00", "currency": "CNY"})
    assert f"1 person arrived already and stay as they are: talk with them (`caredial queue show {number}`)" in (
        result.stderr
    )


def _all_kinds(place: Any) -> int:
    """A session of tomorrow with a visit that was paid by phone, one that is still to be paid, somebody who is there,
    and one who waits for a place; its number."""
    now = dt.datetime.now(SHANGHAI)
    wallet: dict[str, Any] = {"pays": "mobile", "provider": "wallet"}
    place.store.run_now(lambda s: s.execute(update(Centre).values(payment="optional")) and None)
    for n in range(3):
        book(place, n, **(wallet if n < 2 else {}))
    first, _ = place.store.run_now(asking.claim, now=now, most=9, lease=dt.timedelta(minutes=1))
    said = {"reference": "R1", "amount": first.amount, "currency": "CNY"}
    place.store.run_now(paid.completed, payment=first.id, installation=HOUSE, now=now, **said)

    def change(session: Any) -> None:
        there = session.get_one(Visit, 3)
        there.state = "arrived"
        row = there.clinic_session
        session.add(
            WaitEntry(
                occasion="waits", resident_id=1, phone="+8615400019999", language="zh", name="李明", state="waiting",
                department_id=row.department_id, clinic_session_id=row.id, first_day=row.day, last_day=row.day,
                waits_since=now, offers=0,
            )
        )  # fmt: skip

    place.store.run_now(change)
    return session_of(place)


def test_a_command_that_died_is_gone_on_with(caredial: Any, booked: Any) -> None:
    number = session_of(booked)
    left = update(ClinicSession).where(ClinicSession.id == number)
    note = {"reason": "医生外出", "by": "li"}
    booked.store.run_now(lambda s: s.execute(left.values(state="stopped", change=note)) and None)
    assert "telling" in caredial("sessions", "list", "--day", "tomorrow").stdout
    result = caredial("sessions", "stop", str(number), *WHY)
    assert "was stopped or moved already; going on with the rest" in result.stderr
    assert states(booked) == ["cancelled"] * 3


def test_a_session_is_moved_and_who_has_a_visit_there_is_listed(caredial: Any, booked: Any) -> None:
    number = session_of(booked)
    day = today() + dt.timedelta(days=8)
    there = _afternoon(booked, number, day)
    booked.store.run_now(lambda s: s.add(_visit_like(s, there)))
    result = caredial("sessions", "move", str(number), "--day", day.isoformat(), *WHY)
    assert result.exit_code == 0, result.output
    assert "numbers stay" in result.stdout
    assert f"session {number}: 3 visits told (2 moved, 1 cancelled)" in result.stdout
    assert "not moved but cancelled, for they have a visit there on that day already:" in result.stdout
    assert "王**" in result.stdout
    assert "+86154****0001" in result.stdout
    assert states(booked)[:3] == ["booked", "cancelled", "booked"]
    assert kinds(booked).count("moved.told_sms") == 2
    days = booked.store.run_now(lambda s: list(s.scalars(select(Visit.day).where(Visit.state == "booked"))))
    assert set(days) == {day}


def _afternoon(place: Any, number: int, day: dt.date) -> int:
    """A session of the same department on the new day."""

    def add(session: Any) -> int:
        row = session.get(ClinicSession, number)
        new = ClinicSession(
            department_id=row.department_id, day=day, half="pm", starts=dt.time(14), ends=dt.time(17), capacity=9,
            fee=1, release_at=row.release_at, last_number=1, taken=1,
        )  # fmt: skip
        session.add(new)
        session.flush()
        return int(new.id)

    return int(place.store.run_now(add))


def _visit_like(session: Any, offered: int) -> Visit:
    """The second of them has booked there, too."""
    row = session.get(Visit, 2)
    target = session.get(ClinicSession, offered)
    copied = ("resident_id", "department_id", "phone", "language", "name", "fee", "booked_at")
    return Visit(
        clinic_session_id=offered, day=target.day, queue=1, occasion="there",
        **{name: getattr(row, name) for name in copied},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--starts", "25:00"], "--starts: '25:00' is no time of day, as 14:00"),
        (["--starts", "12:00", "--ends", "11:00"], "--ends: 11:00 is not after 12:00"),
        (["--day", "31.12."], "'31.12.' is neither a date"),
        (["--practitioner", "none"], "the department has no practitioner none; there are: "),
        (["--day", "-3"], "is over"),
        ([], "that is the time and the practitioner that it has already"),
    ],
)
def test_what_cannot_be_moved_says_why(caredial: Any, booked: Any, options: list[str], told: str) -> None:
    result = caredial("sessions", "move", str(session_of(booked)), *options, *WHY)
    assert result.exit_code in (1, 2)
    assert told in result.stderr
    assert states(booked) == ["booked"] * 3


def test_an_unknown_session_says_where_they_are(caredial: Any, place: Any) -> None:
    result = caredial("sessions", "stop", "999999", *WHY)
    assert (result.exit_code, "there is no clinic session 999999; `caredial sessions list`" in result.stderr) == (
        1,
        True,
    )


def test_help_teaches(caredial: Any) -> None:
    assert "caredial sessions move 31 --day +7 --reason 医生外出" in caredial("sessions", "move", "--help").stdout


@pytest.mark.parametrize(
    "words",
    [
        ("sessions", "stop", "9999999999", *WHY),
        ("sessions", "move", "9999999999", "--day", "+7", *WHY),
        ("queue", "call", "99999999999999999999"),
        ("queue", "seen", "9999999999"),
        ("queue", "gone", "9999999999"),
        ("satisfaction", "called", "9999999999"),
    ],
)
def test_a_number_that_nothing_can_have_says_so(caredial: Any, place: Any, words: tuple[str, ...]) -> None:
    result = caredial(*words)
    assert (result.exit_code, "is not in the range 1<=x<=2147483647" in result.stderr) == (2, True)


def test_who_was_not_moved_is_listed_where_the_daemon_has_done_some(caredial: Any, booked: Any) -> None:
    number = session_of(booked)
    day = today() + dt.timedelta(days=8)
    there = _afternoon(booked, number, day)
    booked.store.run_now(lambda s: s.add(_visit_like(s, there)))
    now = dt.datetime.now(SHANGHAI)
    target = changes.Target(day, "am", dt.time(8), dt.time(11, 30))
    given = {"rules": Rules(), "installation": HOUSE, "now": now}
    booked.store.run_now(changes.move, offered=number, to=target, reason="医生外出", by="li", **given)
    unfinished = update(ClinicSession).where(ClinicSession.id == number)
    note = {"reason": "医生外出", "by": "li", "to": target_of(booked), "offset": 0}
    booked.store.run_now(lambda s: s.execute(unfinished.values(change=note)) and None)
    result = caredial("sessions", "move", str(number), *WHY)
    assert f"session {number}: 0 visits told" in result.stdout
    assert "not moved but cancelled, for they have a visit there on that day already:" in result.stdout
    assert "+86154****0001" in result.stdout
