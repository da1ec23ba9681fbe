from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from clinic import residents
from clinic.identity import Vault
from clinic.residents import NewPerson

IDENTITY, RECORDING = "110101195808142424", "0f3c9a7e5b1d2c4860a1b2c3d4e5f607"


@pytest.fixture
def spoken(place: Any) -> Any:
    """A visit that was booked by voice, by somebody new."""
    sealed = Vault.open(Path(place.folder) / "keys" / "identity.key").seal(IDENTITY)
    place.book(patient=NewPerson(residents.placeholder(IDENTITY), sealed, RECORDING))
    return place


def waiting(place: Any) -> int:
    (row,) = place.store.run_now(residents.incomplete)
    return int(row.id)


def test_names_that_were_spoken_are_listed(caredial: Any, spoken: Any) -> None:
    result = caredial("people", "incomplete")
    assert result.exit_code == 0
    assert "1 names to complete" in result.stdout
    for shown in ("尾号2424", "1958-08-14", "+86154****0009", f"{RECORDING}.wav"):
        assert shown in result.stdout
    assert IDENTITY not in result.stdout


def test_a_name_is_completed_once(caredial: Any, spoken: Any) -> None:
    number = str(waiting(spoken))
    words = ("people", "complete", number, "--name", "王芳", "--phone")
    assert (caredial(*words, "15400000001").exit_code, waiting(spoken)) == (1, int(number))  # somebody else's
    assert caredial(*words, "154 0000 0009").exit_code == 0
    assert "0 names to complete" in caredial("people", "incomplete").stdout
    assert "王*" in caredial("visits", "list").stdout
    result = caredial(*words, "15400000009")
    assert (result.exit_code, "`caredial people incomplete` shows them" in result.stderr) == (1, True)


def test_what_is_no_name_is_refused(caredial: Any, spoken: Any) -> None:
    words = ("people", "complete", str(waiting(spoken)), "--name")
    assert caredial(*words, "王芳").exit_code == 2  # without the phone
    result = caredial(*words, "1", "--phone", "15400000009")
    assert (result.exit_code, "--name: not a name" in result.stderr) == (2, True)
    assert waiting(spoken)


def test_how_a_phone_is_reached_is_told_and_chosen(caredial: Any, place: Any) -> None:
    def contact(*words: str) -> str:
        result = caredial("people", "contact", *words)
        assert result.exit_code == 0, result.output
        return str(result.stdout.strip())

    assert contact("15400000009") == "sms"
    assert contact("15400000009", "voice") == "voice"
    assert contact("+86 154 0000 0009") == "voice"
    assert contact("15400000009", "auto") == "sms"
    assert contact("01088886666") == "voice"


def test_what_is_no_phone_and_no_way_is_refused(caredial: Any, place: Any) -> None:
    result = caredial("people", "contact", "nobody")
    assert (result.exit_code, "'nobody' is not a phone number" in result.stderr) == (2, True)
    assert caredial("people", "contact", "15400000009", "pigeon").exit_code == 2
