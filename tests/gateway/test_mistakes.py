"""What is wrong, in words."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel, SecretStr, ValidationError

from gateway.mistakes import closest, known, read_secrets, sentence


class Door(BaseModel, extra="forbid"):
    number: int
    key: SecretStr | None = None


class House(BaseModel, extra="forbid"):
    doors: dict[str, Door] = {}
    garage: Door | None = None


def sentences(data: object) -> list[str]:
    with pytest.raises(ValidationError) as caught:
        House.model_validate(data)
    return [sentence(House, error) for error in caught.value.errors()]


def test_what_must_be_set_says_so() -> None:
    assert sentences({"doors": {"front": {}}}) == ["doors.front.number: must be set"]


def test_a_guess_comes_from_the_table_that_the_name_stands_in() -> None:
    assert known(House, ("doors", "front")) == ["number", "key"]
    assert known(House, ("garage",)) == ["number", "key"]
    assert known(House, ()) == ["doors", "garage"]
    assert known(House, ("doors", "front", "number")) == []
    assert sentences({"garage": {"number": 1, "kay": 1}}) == ["garage.kay: no such setting, did you mean key?"]


def test_a_wrong_secret_is_not_shown() -> None:
    assert sentences({"garage": {"number": 1, "key": 4711}}) == ["garage.key: should be a valid string"]


def test_closest_says_nothing_rather_than_nonsense() -> None:
    assert closest("prot", ["host", "port"]) == ", did you mean port?"
    assert closest("prot", []) == ""


def test_secrets_are_found_wherever_they_may_stand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "front").write_text(" a b \r\n")
    monkeypatch.setenv("BACK", "c")
    data = {
        "doors": {"front": {"key": {"file": "front"}}, "side": {"key": "plain"}, "odd": 3},
        "garage": {"key": {"env": "BACK"}, "number": {"file": "front"}},
    }
    assert read_secrets(House, data, tmp_path) == []
    assert data == {
        "doors": {"front": {"key": " a b "}, "side": {"key": "plain"}, "odd": 3},
        "garage": {"key": "c", "number": {"file": "front"}},
    }
