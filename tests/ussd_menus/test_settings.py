"""The table [ussd]."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from ussd_menus.settings import MenuSettings


def test_the_defaults_are_those_of_the_manual() -> None:
    settings = MenuSettings()
    assert (settings.resume_minutes, settings.subscriber_seconds, settings.answer_seconds) == (10, 180, 10)
    assert (settings.sessions, settings.wrong_answers, settings.sms_segments) == (10_000, 3, 2)


@pytest.mark.parametrize("wrong", [{"resume": 1}, {"resume_minutes": 0}, {"wrong_answers": 0}, {"answer_seconds": 0}])
def test_a_mistake_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValidationError):
        MenuSettings(**wrong)


def test_every_setting_has_its_sentence() -> None:
    assert all((field.description or "").endswith(".") for field in MenuSettings.model_fields.values())
