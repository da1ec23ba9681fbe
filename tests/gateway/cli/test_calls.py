from __future__ import annotations

import datetime as dt
import json
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from clinic import calls
from gateway.cli.calls import shortened

PHONE, OTHER = "+8615400000009", "+8615400000010"
SHANGHAI = ZoneInfo("Asia/Shanghai")


def noon(days: int = 0) -> dt.datetime:
    return dt.datetime.combine(dt.datetime.now(SHANGHAI).date(), dt.time(12), SHANGHAI) + dt.timedelta(days=days)


def call(place: Any, uniqueid: str, at: dt.datetime, outcome: str | None = "done", **more: Any) -> None:
    given = {"server": "main", "direction": "in", "phone": PHONE, **more}
    number = place.store.run_now(calls.begin, uniqueid=uniqueid, now=at, **given)
    place.store.run_now(calls.answered, call=number, now=at)
    if outcome:
        path = ["root.menu", "visit.centre", "visit.centre", "visit.department", "visit.day", "visit.session"]
        end = at + dt.timedelta(seconds=75)
        place.store.run_now(calls.end, call=number, outcome=outcome, path=path, now=end, cause=16)


@pytest.fixture
def three(place: Any) -> Any:
    call(place, "1.1", noon(-1), "lost")
    call(place, "1.2", noon(), phone=OTHER, direction="out")
    call(place, "1.3", noon() + dt.timedelta(minutes=1), None, phone="")
    return place


def test_calls_are_listed_the_newest_first_and_masked(caredial: Any, three: Any) -> None:
    result = caredial("calls")
    assert result.exit_code == 0
    assert "3 calls" in result.stdout
    assert "15400000009" not in result.stdout
    rows = [line for line in result.stdout.splitlines() if ":0" in line]
    assert "not told" in rows[0]
    assert "goes on" in rows[0]
    assert "out" in rows[1]
    assert "+86154****0010" in rows[1]
    assert "... > visit.centre x2 > visit.department > visit.day > visit.session" in rows[1]
    assert "75" in rows[1]
    assert "lost" in rows[2]


@pytest.mark.parametrize(
    ("options", "found"),
    [
        (["--day", "today"], 2),
        (["--day", "yesterday"], 1),
        (["--day", "+1"], 0),
        (["--phone", "154 0000 0009"], 1),
        (["--direction", "out"], 1),
        (["--outcome", "lost"], 1),
        (["--outcome", "lost", "--day", "today"], 0),
        (["--most", "2"], 2),
    ],
)
def test_some_are_asked_for(caredial: Any, three: Any, options: list[str], found: int) -> None:
    assert f"{found} calls" in caredial("calls", *options).stdout


def test_that_there_are_more_is_told(caredial: Any, three: Any) -> None:
    assert "only the newest 2 are shown" in caredial("calls", "--most", "2").stderr
    assert caredial("calls").stderr == ""


def test_as_json_a_document_a_line(caredial: Any, three: Any) -> None:
    lines = [json.loads(line) for line in caredial("calls", "--json").stdout.splitlines()]
    assert [line["outcome"] for line in lines] == [None, "done", "lost"]
    assert lines[1]["started_at"] == noon().isoformat(timespec="seconds")
    assert lines[1]["path"][1:3] == ["visit.centre", "visit.centre"]
    assert lines[1]["phone"] == "+86154****0010"


def test_what_is_no_day_and_no_phone_is_told(caredial: Any, place: Any) -> None:
    result = caredial("calls", "--day", "31.12.")
    assert (result.exit_code, "'31.12.' is neither a date" in result.stderr) == (2, True)
    result = caredial("calls", "--phone", "nobody")
    assert (result.exit_code, "--phone: 'nobody' is not a phone number" in result.stderr) == (2, True)


def test_what_is_no_outcome_tells_what_there_is(caredial: Any, place: Any) -> None:
    result = caredial("calls", "--outcome", "nonsense")
    assert result.exit_code == 2
    assert (
        "no call ends with 'nonsense'; there are: busy, congestion, done, emergency, failed, given up, "
        in result.stderr
    )
    assert "lost, no number, no_answer, " in result.stderr


def test_a_short_path_is_shown_whole() -> None:
    assert shortened([]) == ""
    assert shortened(["root.menu", "tips.which"]) == "root.menu > tips.which"
    assert shortened(["a", "a", "a"]) == "a x3"


def test_help_teaches(caredial: Any) -> None:
    help_ = caredial("calls", "--help").stdout
    assert "caredial calls --day yesterday --outcome lost" in help_
