from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from clinic import home_visits
from clinic.identity import Vault
from clinic.installation import Installation
from clinic.residents import NewPerson

PHONE, IDENTITY = "+8615400000009", "110101195808142424"
HOUSE = Installation("http://127.0.0.1:8080", "12580120", "*120#", "12580")


@pytest.fixture
def asked(place: Any) -> Any:
    """One request for a home visit at the centre DY."""
    sealed = Vault.open(Path(place.folder) / "keys" / "identity.key").seal(IDENTITY)
    place.store.run_now(
        home_visits.request,
        patient=NewPerson("王芳", sealed),
        centre=1,
        phone=PHONE,
        language="zh",
        occasion="test",
        installation=HOUSE,
        now=dt.datetime.now(ZoneInfo("Asia/Shanghai")),
    )
    return place


def test_requests_are_listed_masked(caredial: Any, asked: Any) -> None:
    result = caredial("home-visits", "list")
    assert result.exit_code == 0
    for shown in ("1 home visits", "东苑", "王*", "+86154****0009", "active"):
        assert shown in result.stdout
    assert "王芳" not in result.stdout
    assert "1 home visits" in caredial("home-visits", "list", "--centre", "DY").stdout
    assert "0 home visits" in caredial("home-visits", "list", "--centre", "NH").stdout


def test_who_must_call_back_sees_the_number(caredial: Any, asked: Any) -> None:
    shown = caredial("home-visits", "list", "--show-phones").stdout
    assert "王芳" in shown
    assert PHONE in shown


@pytest.mark.parametrize(("command", "state"), [("done", "completed"), ("revoke", "revoked")])
def test_a_request_is_closed_once(caredial: Any, asked: Any, command: str, state: str) -> None:
    assert f"home visit 1 is {state}" in caredial("home-visits", command, "1").stdout
    assert "0 home visits" in caredial("home-visits", "list").stdout
    for wanted in (state, "all"):
        assert "1 home visits" in caredial("home-visits", "list", "--state", wanted).stdout
    result = caredial("home-visits", command, "1")
    assert (result.exit_code, "there is no active home visit 1" in result.stderr) == (1, True)


def test_an_unknown_centre_says_what_there_is(caredial: Any, place: Any) -> None:
    result = caredial("home-visits", "list", "--centre", "QQ")
    assert (result.exit_code, "there are: DY, NH, XS" in result.stderr) == (2, True)
