"""`caredial queue`: a queue shown and watched, called, passed, taken back; and `caredial visits walk-in`."""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import Any

import pytest
from sqlalchemy import select, update

from clinic import kiosks, vouchers
from clinic.identity import Vault
from clinic.residents import NewPerson
from clinic.tables import ClinicSession, Message, Visit, Voucher
from gateway.cli import queue_shown
from gateway.cli.desk import opened
from gateway.cli.queue import _view
from tests.clinic.conftest import nth_identity
from tests.gateway.cli.conftest import SHANGHAI


def book(place: Any, n: int) -> Any:
    sealed = Vault.open(place.folder / "keys" / "identity.key").seal(nth_identity(n))
    given = {"patient": NewPerson(f"王芳{'甲乙丙丁'[n]}", sealed), "phone": f"+861540001{n:04d}"}
    return place.book(occasion=f"test {n}", **given)


def states(place: Any) -> list[str]:
    return list(place.store.run_now(lambda s: list(s.scalars(select(Visit.state).order_by(Visit.id)))))


def rows(place: Any, *columns: Any) -> list[Any]:
    return [tuple(row) for row in place.store.run_now(lambda s: s.execute(select(*columns)).all())]


def session_of(place: Any) -> int:
    return int(place.store.run_now(lambda s: s.scalar(select(Visit.clinic_session_id).order_by(Visit.id).limit(1))))


@pytest.fixture
def here(place: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Two who have arrived for the first session of today, and one who has not; at whatever hour this is run."""
    for name in ("FROM", "UNTIL"):
        monkeypatch.setenv(f"CAREDIAL_BROADCASTS__QUIET_{name}", "00:00")
    all_day = update(ClinicSession).values(starts=dt.time(0), ends=dt.time(23, 59, 59))
    place.store.run_now(lambda s: s.execute(all_day) and None)
    visits = [book(place, n) for n in range(3)]
    now = dt.datetime.now(SHANGHAI)
    kiosk, _ = place.store.run_now(kiosks.enrol, centre="DY", name="Hall", now=now)
    for visit in visits[:2]:
        place.store.run_now(vouchers.use, claims=None, number=visit.number, kiosk=kiosk, now=now)
    return place


def test_numbers_are_called_and_the_one_before_is_seen(caredial: Any, here: Any) -> None:
    number = str(session_of(here))
    said = caredial("queue", "call", number).stdout
    assert "no. 1 to room " in said
    assert "王**, +86154****0000 (visit 1)" in said
    assert "1 waiting, 1 still to come" in said
    assert "told that they are near: no. 2" in said
    said = caredial("queue", "call", number).stdout
    assert "no. 1 was seen\nno. 2 to room " in said
    said = caredial("queue", "call", number).stdout
    assert said == "no. 2 was seen\nnobody is waiting; 1 have booked and are not here\n"
    assert states(here) == ["fulfilled", "fulfilled", "booked"]


def test_who_is_not_there_is_called_again_passed_over_and_taken_back(caredial: Any, here: Any) -> None:
    number = str(session_of(here))
    caredial("queue", "call", number)
    assert "no. 1 to room " in caredial("queue", "recall", number).stdout
    assert caredial("queue", "pass", "1").stdout.startswith("visit 1 was passed over\n")
    assert "no. 2 to room" in caredial("queue", "call", number).stdout
    assert caredial("queue", "return", "1").stdout.startswith("visit 1 waits again, as one of the next\n")
    assert "no. 1 to room" in caredial("queue", "call", number).stdout
    result = caredial("queue", "return", "1")
    assert (result.exit_code, "visit 1 was not passed over, or is back already" in result.stderr) == (1, True)
    texts = [text for kind, text in rows(here, Message.kind, Message.text) if kind == "standing.room_sms"]
    assert len(texts) == 1


def test_the_queue_is_shown_as_a_table_and_for_programs(caredial: Any, here: Any) -> None:
    number = str(session_of(here))
    caredial("queue", "call", number)
    shown = caredial("queue", "show", number).stdout
    assert "called no. 1, 1 waiting, 1 to come, seen 0 of 3; about " in shown
    told = json.loads(caredial("queue", "show", number, "--json").stdout)
    assert [(line["queue"], line["state"]) for line in told["lines"]] == [(1, "called"), (2, "waits"), (3, "to_come")]
    assert told["lines"][1]["earliest"] <= told["lines"][1]["latest"]
    assert "王芳甲" not in shown + json.dumps(told, ensure_ascii=False)


def test_a_queue_is_watched_until_it_is_not(caredial: Any, here: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    number = str(session_of(here))
    looks = iter([None, lambda: caredial("queue", "call", number), KeyboardInterrupt])

    def sleep(_: float) -> None:
        step = next(looks)
        if step is KeyboardInterrupt:
            raise KeyboardInterrupt
        if step is not None:
            step()

    monkeypatch.setattr("gateway.cli.queue.time.sleep", sleep)
    result = caredial("queue", "watch", number)
    lines = [line for line in result.stdout.splitlines() if "waiting" in line]
    assert len(lines) == 2  # nothing had changed at the second look
    assert "nobody called yet, 2 waiting" in lines[0]
    assert "called no. 1, 1 waiting" in lines[1]
    assert "the queue goes on without you" in result.stderr


def test_on_a_terminal_one_table_is_renewed(here: Any, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    with opened(here.folder / "caredial.toml") as desk:
        queue_shown.watch(desk, iter([_view(desk, session_of(here))]), as_json=False)
    shown = " ".join(re.sub(r"\x1b\[[^a-zA-Z]*[a-zA-Z]", "", capsys.readouterr().out).split())
    assert "nobody called yet, 2 waiting, 1 to come" in shown


def test_seen_and_gone(caredial: Any, here: Any) -> None:
    assert "visit 1 was seen" in caredial("queue", "seen", "1").stdout
    result = caredial("queue", "gone", "2", input="n\n")
    assert (result.exit_code, states(here)[1]) == (1, "arrived")
    assert "visit 2 is gone" in caredial("queue", "gone", "2", "--yes").stdout
    assert states(here) == ["fulfilled", "noshow", "booked"]
    for act in (("seen", "3"), ("gone", "3", "--yes"), ("pass", "3")):
        result = caredial("queue", *act)
        assert result.exit_code == 1
        assert "visit 3 is booked; only one that has arrived can be seen" in result.stderr


def test_the_counter_checks_in_who_has_no_code(caredial: Any, here: Any) -> None:
    assert caredial("queue", "arrive", "3").stdout.startswith("no. 3 waits, 2 before; called about ")
    result = caredial("queue", "arrive", "3")
    assert result.exit_code == 1
    assert "visit 3 cannot be checked in: they were checked in already at " in result.stderr
    assert caredial("queue", "arrive", "99").exit_code == 1


def test_somebody_is_moved_to_another_queue(caredial: Any, here: Any) -> None:
    now = dt.datetime.now(SHANGHAI)
    other = rows(here, ClinicSession.id, ClinicSession.department_id, ClinicSession.day)
    first = session_of(here)
    department = next(row[1] for row in other if row[0] == first)
    target = next(row[0] for row in other if row[0] != first and row[1] == department and row[2] == now.date())
    said = caredial("queue", "transfer", "1", "--to", str(target)).stdout
    assert said == f"visit 1 waits in session {target} as no. 1\n"
    assert "no. 1 to room" in caredial("queue", "call", str(target)).stdout
    result = caredial("queue", "transfer", "3", "--to", str(target))
    assert (result.exit_code, "only one that has arrived can be" in result.stderr) == (1, True)


def test_what_is_no_session_of_today_says_so(caredial: Any, place: Any) -> None:
    place.book(day=1)
    for act in ("call", "show", "recall"):
        result = caredial("queue", act, str(session_of(place)))
        assert (result.exit_code, ", not today; see `caredial sessions list`" in result.stderr) == (1, True)


def test_help_teaches(caredial: Any) -> None:
    assert "caredial queue transfer 815 --to 32" in caredial("queue", "--help").stdout
    assert "caredial visits walk-in 31 --resident 7 --over 高热" in caredial("visits", "walk-in", "--help").stdout


# Registering at the counter


def test_somebody_without_a_phone_is_registered_and_gets_a_slip(caredial: Any, here: Any) -> None:
    slip = here.folder / "slip.png"
    words = ("--identity", nth_identity(9), "--name", "李明", "--slip", str(slip))
    result = caredial("visits", "walk-in", str(session_of(here)), *words)
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("no. 4, room ")
    assert "3 before, called about " in result.stdout
    assert rows(here, Visit.phone, Visit.channel, Visit.state)[3] == ("", "counter", "arrived")
    assert rows(here, Voucher.state)[3] == ("used",)
    assert slip.read_bytes().startswith(b"\x89PNG")


def test_a_registration_is_told_to_a_phone_and_made_once(caredial: Any, here: Any) -> None:
    words = ("--identity", nth_identity(9), "--name", "李明", "--phone", "15400000077", "--once", "7", "--json")
    first = json.loads(caredial("visits", "walk-in", str(session_of(here)), *words).stdout)
    again = json.loads(caredial("visits", "walk-in", str(session_of(here)), *words).stdout)
    assert (first["visit"], first["queue"]) == (again["visit"], again["queue"]) == (4, 4)
    assert [phone for phone, kind in rows(here, Message.phone, Message.kind) if kind == "standing.walk_in_sms"] == [
        "+8615400000077"
    ]


def test_what_cannot_be_registered_says_what_to_do(caredial: Any, here: Any) -> None:
    number = str(session_of(here))
    card = ("--identity", nth_identity(9), "--name", "李明")
    here.store.run_now(lambda s: s.execute(update(ClinicSession).values(capacity=3)) and None)
    [(booked,)] = rows(here, Visit.resident_id)[:1]
    for words, code, told in (
        ((number, *card), 1, "with --over REASON"),
        ((number,), 2, "Give --identity and --name"),
        ((number, "--identity", nth_identity(9)[:-1] + "0", "--name", "李明"), 2, "not an identity number"),
        ((number, *card, "--resident", "1"), 2, "give either --resident"),
        ((number, *card, "--phone", "12"), 2, "--phone: "),
        ((number, "--resident", "999", "--over", "x"), 1, "there is no such resident"),
        ((number, "--resident", str(booked), "--over", "x"), 1, "caredial queue arrive"),
        (("9999", *card), 1, "there is no clinic session 9999; `caredial sessions list` shows them"),
    ):
        result = caredial("visits", "walk-in", *words)
        assert (result.exit_code, told in result.stderr) == (code, True), result.output
    assert caredial("visits", "walk-in", number, *card, "--over", "高热").stdout.startswith("no. 4")
