"""`caredial draws`: listed, shown, and verified from what was published."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from sqlalchemy import select, update

from clinic.identity import Vault
from clinic.residents import NewPerson
from clinic.rules import Rules
from clinic.sessions import lottery
from clinic.tables import ClinicSession
from tests.clinic.conftest import HOUSE, nth_identity
from tests.gateway.cli.conftest import SHANGHAI


@pytest.fixture
def drawing(place: Any) -> tuple[Any, int]:
    """The first session of tomorrow has a draw with three tickets for two places, an hour from now."""
    now = dt.datetime.now(SHANGHAI)
    vault = Vault.open(place.folder / "keys" / "identity.key")

    def make(session: Any) -> int:
        tomorrow = now.date() + dt.timedelta(days=1)
        row = session.scalars(select(ClinicSession).where(ClinicSession.day == tomorrow).limit(1)).one()
        row.state, row.draw_at, row.capacity = "draw", now + dt.timedelta(hours=1), 2
        row.release_at = now - dt.timedelta(days=1)
        lottery.commit(session, row, vault, now)
        return int(row.id)

    number = place.store.run_now(make)
    for n in range(3):
        place.store.run_now(
            lottery.enter,
            offered=number,
            patient=NewPerson("王芳", vault.seal(nth_identity(n))),
            phone=f"+861540001{n:04d}",
            language="zh",
            occasion=f"enter:{n}",
            installation=HOUSE,
            now=now,
        )
    return place, number


def draw(place: Any, number: int) -> None:
    """It is time."""
    over = dt.datetime.now(SHANGHAI) - dt.timedelta(minutes=1)
    place.store.run_now(
        lambda s: s.execute(update(ClinicSession).where(ClinicSession.id == number).values(draw_at=over)) and None
    )
    vault = Vault.open(place.folder / "keys" / "identity.key")
    given = {"rules": Rules(), "installation": HOUSE, "vault": vault, "now": dt.datetime.now(SHANGHAI)}
    while place.store.run_now(lottery.scan, **given).more:
        pass


def test_draws_are_listed(caredial: Any, drawing: Any) -> None:
    _, number = drawing
    (line,) = caredial("draws", "list", "--json").stdout.splitlines()
    found = json.loads(line)
    assert (found["session"], found["places"], found["tickets"], found["won"]) == (number, 2, 3, 0)
    assert found["state"] == "open"
    assert "open" in caredial("draws", "list").stdout
    assert caredial("draws", "list", "--since", "+5", "--json").stdout == ""


def test_one_is_shown_without_its_seed_until_it_is_drawn(caredial: Any, drawing: Any) -> None:
    place, number = drawing
    shown = caredial("draws", "show", str(number)).stdout
    assert "seed        - (sealed until the draw)" in shown
    assert "3 tickets" in shown
    draw(place, number)
    document = json.loads(caredial("draws", "show", str(number), "--json").stdout)
    assert document["state"] == "drawn"
    assert f"seed        {document['seed']}" in caredial("draws", "show", str(number)).stdout


def test_it_is_verified_from_the_database_a_file_and_a_pipe(caredial: Any, drawing: Any) -> None:
    place, number = drawing
    draw(place, number)
    told = f"session {number}: 3 tickets, all right\n"
    assert caredial("draws", "verify", str(number)).stdout == told
    document = caredial("draws", "show", str(number), "--json").stdout
    (place.folder / "draw.json").write_text(document)
    assert caredial("draws", "verify", str(place.folder / "draw.json")).stdout == told
    assert caredial("draws", "verify", "-", input=document).stdout == told


def test_a_bent_one_is_found_out(caredial: Any, drawing: Any) -> None:
    place, number = drawing
    draw(place, number)
    document = json.loads(caredial("draws", "show", str(number), "--json").stdout)
    document["tickets"][0]["rank"], document["tickets"][1]["rank"] = 2, 1
    result = caredial("draws", "verify", "-", input=json.dumps(document))
    assert result.exit_code == 1
    assert "has rank 2, and should have 1" in result.stderr


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("show", "999999"), 1, "has no draw; see `caredial draws list"),
        (("verify", "999999"), 1, "has no draw"),
        (("verify", "no-such-file"), 2, "neither the number of a session nor a file"),
        (("verify", "-"), 2, "this is no draw as /draw/SESSION.json gives it"),
    ],
)
def test_what_is_wrong_is_told(caredial: Any, place: Any, words: Any, code: int, told: str) -> None:
    result = caredial("draws", *words, input="{}")
    assert (result.exit_code, told in result.stderr) == (code, True), result.output


def test_one_that_is_not_drawn_yet_is_not_right_yet(caredial: Any, drawing: Any) -> None:
    _, number = drawing
    result = caredial("draws", "verify", str(number))
    assert (result.exit_code, "it is not drawn yet" in result.stderr) == (1, True)


@pytest.mark.parametrize("command", [(), ("list",), ("show",), ("verify",)])
def test_the_help_teaches_with_examples(caredial: Any, command: Any) -> None:
    shown = caredial("draws", *command, "--help").stdout
    assert "caredial draws" in shown
