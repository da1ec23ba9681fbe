"""`caredial messages`: found by phone, person, day and kind; masked unless somebody says who they are."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from typing import Any

import pytest
from sqlalchemy import select

from clinic import messages, outbox
from clinic.outbox import SentPart, Settled
from clinic.tables import Audit, Visit
from tests.gateway.cli.conftest import IDENTITY, NAME, PHONE, SHANGHAI


@pytest.fixture
def told(place: Any) -> Any:
    """A T-code, sent in two segments; and a notice to another phone."""
    now = dt.datetime.now(SHANGHAI)
    place.book()
    [claimed] = place.store.run_now(outbox.claim, sender="one", rooms={"answer": 9}, now=now)
    parts = [SentPart(1, "main", "A1"), SentPart(2, "main", "A2")]
    place.store.run_now(outbox.settle_many, outcomes=[Settled(claimed, parts)], now=now)
    given = {"occasion": "x:1", "phone": "+8615400000010", "text": "复诊提醒", "kind": "care.due", "now": now}
    place.store.run_now(messages.tell_text, message_class="notice", channel="sms", **given)
    code = {"occasion": "x:2", "phone": "+8615400000010", "text": "验证码 123456", "now": now}
    place.store.run_now(messages.tell_text, message_class="code", channel="sms", **code)
    return place


def audited(place: Any) -> list[tuple[str, str, str]]:
    rows = select(Audit.actor, Audit.action, Audit.subject).where(Audit.action.startswith("message."))
    return [tuple(row) for row in place.store.run_now(lambda s: s.execute(rows.order_by(Audit.id)).all())]


def test_by_phone_masked_with_its_segments(caredial: Any, told: Any) -> None:
    result = caredial("messages", "find", "--phone", "154 0000 0009")
    assert result.exit_code == 0, result.output
    for words in ("1 messages", "+86154****0009", "周**", "visit.code_sms", "sent", "booking", "1 main A1 sent"):
        assert words in result.stdout
    assert NAME not in result.stdout
    assert "15400000009" not in result.stdout
    assert audited(told) == []


def test_by_person_without_the_number_anywhere(caredial: Any, told: Any) -> None:
    shown = caredial("messages", "find", "--person", IDENTITY)
    assert "1 messages" in shown.stdout
    assert IDENTITY not in shown.output
    resident = told.store.run_now(lambda s: s.scalar(select(Visit.resident_id)))
    assert "1 messages" in caredial("messages", "find", "--person", str(resident)).stdout
    result = caredial("messages", "find", "--person", "110101195808142425")
    assert result.exit_code == 2
    assert "neither an identity number nor a resident's number" in result.stderr
    assert "110101195808142425" not in result.output
    result = caredial("messages", "find", "--person", "360426199101010071")
    assert (result.exit_code, "nobody with this identity number is on record" in result.stderr) == (1, True)


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ([], 3),
        (["--day", "today"], 3),
        (["--day", "yesterday"], 0),
        (["--since", "-3", "--until", "today"], 3),
        (["--until", "-1"], 0),
        (["--kind", "care.due"], 1),
        (["--state", "sent"], 1),
        (["--class", "notice"], 1),
        (["--broadcast", "1"], 0),
        (["--phone", "15400000010", "--class", "code"], 1),
        (["--most", "2"], 2),
        (["--before", "3"], 2),
    ],
)
def test_some_are_asked_for(caredial: Any, told: Any, options: list[str], found: int) -> None:
    assert f"{found} messages" in caredial("messages", "find", *options).stdout


def test_the_next_page_is_told(caredial: Any, told: Any) -> None:
    result = caredial("messages", "find", "--most", "2")
    assert "--before 2 shows the next 2" in result.stderr


def test_for_programs_and_spreadsheets(caredial: Any, told: Any) -> None:
    lines = [json.loads(line) for line in caredial("messages", "find", "--json").stdout.splitlines()]
    assert [line["id"] for line in lines] == [3, 2, 1]
    assert lines[2]["segments"][1] == {
        "number": 2, "link": "main", "smsc_id": "A2", "state": "sent", "error": None,
    }  # fmt: skip
    rows = list(csv.DictReader(io.StringIO(caredial("messages", "find", "--csv").stdout)))
    assert [(row["kind"], row["source"]) for row in rows] == [
        ("", "answer"),
        ("care.due", "notice"),
        ("visit.code_sms", "booking"),
    ]


def test_who_wants_to_see_phones_is_written_down(caredial: Any, told: Any) -> None:
    shown = caredial("messages", "find", "--phone", PHONE, "--shown", "--by", "li").stdout
    assert PHONE in shown
    assert NAME in shown
    assert audited(told) == [("staff:li", "message.shown", "message:1")]


def test_a_message_with_its_text(caredial: Any, told: Any) -> None:
    shown = caredial("messages", "show", "2", "--by", "li").stdout
    assert shown.endswith("\n\n复诊提醒\n")
    assert "phone:       +86154****0010" in shown
    assert audited(told) == [("staff:li", "message.read", "message:2")]
    shown = caredial("messages", "show", "3", "--by", "li").stdout
    assert "123456" not in shown
    assert "(a code: its text is not shown)" in shown
    result = caredial("messages", "show", "99")
    assert (result.exit_code, "there is no message 99" in result.stderr) == (1, True)


def test_the_kinds_that_there_are(caredial: Any, told: Any) -> None:
    shown = caredial("messages", "find", "--kinds").stdout
    assert "care.due" in shown
    assert "visit.code_sms" in shown


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--phone", "nobody"], "--phone: 'nobody' is not a phone number"),
        (["--day", "today", "--since", "-3"], "give either a day, or --since and --until"),
        (["--since", "today", "--until", "-3"], "--until: that is before --since"),
        (["--client", "his"], "there is no program his; there are: none"),
    ],
)
def test_what_is_asked_wrongly_says_so(caredial: Any, told: Any, options: list[str], words: str) -> None:
    result = caredial("messages", "find", *options)
    assert (result.exit_code, words in result.stderr) == (2, True)


def test_help_teaches(caredial: Any) -> None:
    assert "caredial messages find --day yesterday --state failed" in caredial("messages", "find", "--help").stdout


@pytest.mark.parametrize("option", ["--day", "--since", "--until"])
def test_a_day_that_is_none_is_told_of_its_own_option(caredial: Any, told: Any, option: str) -> None:
    result = caredial("messages", "find", option, "foo")
    assert (result.exit_code, f"{option}: 'foo' is neither a date" in result.stderr) == (2, True)


@pytest.mark.parametrize(
    ("options", "found"),
    [
        (["--since", "0001-01-01"], 3),
        (["--until", "9999-12-31"], 3),
        (["--since", "0001-01-01", "--until", "9999-12-31"], 3),
        (["--day", "9999-12-31"], 0),
        (["--day", "0001-01-01"], 0),
    ],
)
def test_the_ends_of_the_calendar_are_days_too(caredial: Any, told: Any, options: list[str], found: int) -> None:
    result = caredial("messages", "find", *options)
    assert (result.exit_code, f"{found} messages" in result.stdout) == (0, True), result.output


@pytest.mark.parametrize(
    "words",
    [
        ("show", "99999999999999999999"),
        ("show", "0"),
        ("find", "--before", "99999999999999999999"),
        ("find", "--broadcast", "9999999999"),
        ("find", "--person", "99999999999"),
    ],
)
def test_a_number_that_nothing_can_have_says_so(caredial: Any, told: Any, words: tuple[str, ...]) -> None:
    result = caredial("messages", *words)
    assert result.exit_code == 2
    assert "is not in the range" in result.stderr or "no resident has the number 99999999999" in result.stderr
