from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import select, update

from clinic.tables import Audit, ClinicSession, Message, Visit
from conf.texts.words import Name
from tests.clinic.conftest import nth_identity


def test_the_visits_of_a_day_are_listed_masked(caredial: Any, place: Any) -> None:
    place.book()
    place.book(day=1)
    result = caredial("visits", "list")
    assert result.exit_code == 0
    assert result.stdout.endswith("1 visit\n")
    assert "全科" in result.stdout
    assert "周**" in result.stdout
    assert "+86154****0009" in result.stdout
    assert "issued" in result.stdout
    assert "周志强" not in result.stdout
    assert "15400000009" not in result.stdout


def test_one_centre_and_another_day_can_be_asked_for(caredial: Any, place: Any) -> None:
    place.book(day=2)
    assert "0 visits" in caredial("visits", "list").stdout
    assert "1 visit\n" in caredial("visits", "list", "--day", "+2").stdout
    assert "1 visit\n" in caredial("visits", "list", "--day", "+2", "--centre", "DY").stdout
    assert "0 visits" in caredial("visits", "list", "--day", "+2", "--centre", "NH").stdout


def test_a_wrong_day_or_centre_says_what_there_is(caredial: Any, place: Any) -> None:
    result = caredial("visits", "list", "--day", "31.12.")
    assert result.exit_code == 2
    assert "'31.12.' is neither a date" in result.stderr
    result = caredial("visits", "list", "--centre", "QQ")
    assert result.exit_code == 2
    assert "there are: DY, NH, XS" in result.stderr


def test_a_long_table_is_not_cut_off_in_a_pipe(caredial: Any, place: Any) -> None:
    view = place.book()
    assert isinstance(view.centre, Name)
    assert view.centre.zh in caredial("visits", "list").stdout


def test_for_programs_there_is_a_line_each(caredial: Any, place: Any) -> None:
    place.book()
    (line,) = map(json.loads, caredial("visits", "list", "--json").stdout.splitlines())
    assert (line["centre"], line["department"], line["queue"], line["name"], line["phone"], line["state"]) == (
        "东苑社区卫生服务中心", "全科", 1, "周**", "+86154****0009", "booked",
    )  # fmt: skip
    assert caredial("visits", "list", "--day", "+5", "--json").stdout == ""


# Booking by hand.


@pytest.fixture
def tomorrow(place: Any) -> str:
    """The number of a session that can be booked."""
    place.book(day=1)

    def number(session: Any) -> int:
        return int(session.scalar(select(Visit.clinic_session_id)))

    return str(place.store.run_now(number))


def card(n: int, *more: str) -> tuple[str, ...]:
    return ("--identity", nth_identity(n), "--name", "李明", "--phone", "15400000077", *more)


def test_somebody_at_the_counter_is_booked_for_another_day(caredial: Any, place: Any, tomorrow: str) -> None:
    result = caredial("visits", "book", tomorrow, *card(3, "--by", "li", "--once", "7", "--json"))
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert (told["session"], told["queue"], told["starts"], len(told["tcode"])) == (int(tomorrow), 2, "08:00", 12)
    assert json.loads(caredial("visits", "book", tomorrow, *card(3, "--once", "7", "--json")).stdout) == told
    sent = select(Message.phone, Message.kind).order_by(Message.id.desc()).limit(1)
    row = select(Visit.channel, Visit.state).where(Visit.id == told["visit"])
    staff = select(Audit.actor, Audit.subject).where(Audit.action == "visit.book_at_counter").order_by(Audit.id)

    def look(session: Any) -> list[tuple[str, ...]]:
        return [tuple(each) for found in (sent, row, staff) for each in session.execute(found)]

    assert place.store.run_now(look) == [
        ("+8615400000077", "visit.code_sms"),
        ("counter", "booked"),
        ("staff:li", f"visit:{told['visit']}"),
    ]


def test_booked_by_hand_it_is_a_place_of_the_counter(caredial: Any, place: Any, tomorrow: str) -> None:
    shares = caredial("sessions", "shares", tomorrow, "--set", "onsite=1", "--by", "li")
    assert shares.exit_code == 0, shares.output
    assert caredial("visits", "book", tomorrow, *card(3)).stdout.startswith("no. 2 on ")
    full = caredial("visits", "book", tomorrow, *card(4))
    assert (full.exit_code, f"session {tomorrow} has no place left for the counter" in full.stderr) == (1, True)
    assert f"caredial sessions waiting {tomorrow}" in full.stderr


def test_what_cannot_be_booked_says_why_and_what_to_do(caredial: Any, place: Any, tomorrow: str) -> None:
    caredial("visits", "book", tomorrow, *card(3))
    for words, told in (
        ((tomorrow, *card(3)), "this phone has booked a visit for them in the department on that day already"),
        ((tomorrow, "--resident", "9999", "--phone", "15400000077"), "there is no such resident, or another phone"),
        (("9999", *card(4)), "there is no clinic session 9999; `caredial sessions list`"),
        ((tomorrow, *card(4, "--pays", "account")), "leave --pays out"),
    ):
        result = caredial("visits", "book", *words)
        assert (result.exit_code, told in result.stderr) == (1, True), result.output
    later = update(ClinicSession).where(ClinicSession.id == int(tomorrow))
    place.store.run_now(lambda s: s.execute(later.values(state="closed")) and None)
    closed = caredial("visits", "book", tomorrow, *card(4))
    assert (closed.exit_code, "cannot be booked (yet, or any more)" in closed.stderr) == (1, True)
    assert caredial("visits", "book", tomorrow, "--phone", "15400000077").exit_code == 2


# Cancelling by hand.


def test_a_visit_is_cancelled_for_its_holder_who_is_told(caredial: Any, place: Any) -> None:
    visit = place.book(day=1).id
    asked = caredial("visits", "cancel", str(visit), input="n\n")
    assert asked.exit_code == 1
    assert f"Visit {visit} (周**, no. 1 of " in asked.stderr
    assert "全科) is cancelled.\nGo on?" in asked.stderr
    done = caredial("visits", "cancel", str(visit), "--by", "amy", "--yes")
    assert (done.exit_code, done.stdout) == (0, f"visit {visit} is cancelled\n")
    by = place.store.run_now(lambda s: s.scalars(select(Audit.actor).where(Audit.action == "visit.staff")).all())
    told = place.store.run_now(lambda s: s.scalars(select(Message.occasion)).all())
    assert (by, f"cancelled:{visit}" in told) == (["staff:amy"], True)
    again = caredial("visits", "cancel", str(visit), "--yes")
    assert (again.exit_code, "no visit" in again.stderr) == (1, True)


def test_for_programs_it_says_what_goes_back(caredial: Any, place: Any) -> None:
    visit = place.book(day=1).id
    done = caredial("visits", "cancel", str(visit), "--yes", "--json")
    assert json.loads(done.stdout) == {"visit": visit, "cancelled": True, "back": {"amount": "0.00", "currency": "CNY"}}
