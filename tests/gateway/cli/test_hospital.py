"""`caredial hospital`, `caredial clients --scope`: tables for the hospital's system, and who may speak FHIR."""

from __future__ import annotations

import csv
import json
import stat
from pathlib import Path
from typing import Any

import pytest

from clinic import clients, imports


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(text.splitlines()))


def test_sessions_are_written_and_read_again(caredial: Any, place: Any, tmp_path: Path) -> None:
    file = tmp_path / "week.csv"
    options = ("--day", "+1", "--until", "+3", "--centre", "DY")
    result = caredial("hospital", "export", "sessions", *options, "--out", str(file))
    assert (result.exit_code, result.stdout) == (0, "")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    written = rows(file.read_text(encoding="utf-8"))
    assert {row["centre"] for row in written} == {"DY"}
    assert f"{len(written)} sessions, " in result.stderr
    assert caredial("import", "sessions", str(file)).exit_code == 0
    assert caredial("hospital", "export", "sessions", *options).stdout == file.read_text(encoding="utf-8")


def test_visits_queues_and_fees_are_written(caredial: Any, place: Any, tmp_path: Path) -> None:
    visit = place.book(1)
    day = ("--day", "+1")
    [line] = rows(caredial("hospital", "export", "visits", *day).stdout)
    assert (line["name"], line["identity"], line["status"]) == ("周志强", "", "booked")
    [line] = rows(caredial("hospital", "export", "visits", *day, "--identity").stdout)
    assert line["identity"] == "110101195808142424"
    [line] = rows(caredial("hospital", "export", "queue", *day).stdout)
    assert (line["visit"], line["queue"]) == (str(visit.id), str(visit.queue))
    fees = tmp_path / "fees.csv"
    caredial("hospital", "export", "fees", *day, "--out", str(fees))
    [line] = rows(fees.read_text())
    assert line["currency"] == "CNY"
    fees.write_text(f"centre,external_id,visit,fee\n{line['centre']},,{line['visit']},1.25\n")
    assert caredial("import", "fees", str(fees)).stdout == "1 fees imported\n"
    assert rows(caredial("hospital", "export", "fees", *day).stdout)[0]["fee"] == "1.25"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("sessions", "--day", "soon"), "--day: 'soon' is neither a date"),
        (("sessions", "--day", "+2", "--until", "+1"), "--until: "),
        (("sessions", "--day", "+0", "--until", "+400"), "--until: "),
        (("sessions", "--day", "+0", "--centre", "XX"), "there is no centre XX; there are: DY"),
        (("fees", "--day", "+0", "--identity"), "--identity: fees name nobody"),
        (("everything", "--day", "+0"), "'everything' is not one of"),
    ],
)
def test_what_cannot_be_written(caredial: Any, place: Any, words: tuple[str, ...], told: str) -> None:
    result = caredial("hospital", "export", *words)
    assert result.exit_code == 2
    assert told in result.stderr


def test_a_file_that_cannot_be_made_is_told(caredial: Any, place: Any, tmp_path: Path) -> None:
    result = caredial("hospital", "export", "sessions", "--day", "+1", "--out", str(tmp_path / "no" / "x.csv"))
    assert (result.exit_code, "No such file or directory" in result.stderr) == (1, True)


def test_a_client_gets_scopes_and_loses_them(caredial: Any, place: Any) -> None:
    made = caredial("clients", "new", "his", "--scope", "hospital:DY", "--scope", "identity")
    assert made.exit_code == 0
    assert "/fhir" in made.stdout
    assert "/api/messages" not in made.stdout
    shown = json.loads(caredial("clients", "list", "--json").stdout)
    assert (shown["classes"], shown["scopes"]) == ([], ["hospital:DY", "identity"])
    assert caredial("clients", "grant", "his", "--scope", "hospital").stdout == "his: hospital\n"
    assert caredial("clients", "grant", "his", "--none").stdout == "his: no scope\n"
    assert place.store.run_now(clients.named, name="his").scopes == ()


@pytest.mark.parametrize(
    ("scope", "told"),
    [
        ("everything", "--scope: everything: there are hospital, hospital:CENTRE and identity"),
        ("hospital:XX", "--scope: hospital:XX: there is no centre XX; there are: DY"),
        ("identity", "--scope: identity: only together with hospital"),
    ],
)
def test_a_scope_that_there_is_not(caredial: Any, place: Any, scope: str, told: str) -> None:
    result = caredial("clients", "new", "his", "--scope", scope)
    assert result.exit_code == 2
    assert told in result.stderr
    assert place.store.run_now(clients.listed) == []


def test_grant_says_what_it_wants(caredial: Any, place: Any) -> None:
    for words in ((), ("--none", "--scope", "hospital")):
        result = caredial("clients", "grant", "his", *words)
        assert (result.exit_code, "either --scope, or --none" in result.stderr) == (2, True)
    assert caredial("clients", "grant", "his", "--none").exit_code == 1


def test_what_can_be_imported_is_what_is_offered(caredial: Any) -> None:
    from gateway.cli import importing  # noqa: PLC0415

    assert list(importing.EXCHANGED) == list(imports.EXCHANGED)
