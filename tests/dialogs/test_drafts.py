"""Drafts: locked, of one version, and forgotten in time."""

from __future__ import annotations

import json
from collections.abc import Coroutine
from typing import Any

import pytest

from dialogs.drafts import Draft

PHONE = "+8615400000001"


def done(coroutine: Coroutine[Any, Any, Any]) -> Any:
    with pytest.raises(StopIteration) as stop:
        coroutine.send(None)
    return stop.value.value


def draft() -> Draft:
    return Draft("ussd", answers=[("root.menu", "book"), ("visit.centre", 1), ("resident.name", "王芳")])


def test_a_draft_comes_back_as_it_was(house: Any) -> None:
    kept = draft()
    kept.inbox, kept.reply, kept.page, kept.wrong, kept.resuming = 7, "选择科室", 1, 2, True
    assert done(house.drafts.write(PHONE, kept)) is True
    assert done(house.drafts.read(PHONE)) == kept


def test_nobody_can_read_it_on_the_way(house: Any) -> None:
    done(house.drafts.write(PHONE, draft()))
    assert b"visit.centre" not in house.kept.blobs[PHONE]
    assert "王芳".encode() not in house.kept.blobs[PHONE]


def test_it_is_forgotten_ten_minutes_after_the_last_answer(house: Any) -> None:
    done(house.drafts.write(PHONE, draft()))
    house.wait(minutes=9, seconds=59)
    assert done(house.drafts.read(PHONE)) is not None
    house.wait(seconds=1)
    assert done(house.drafts.read(PHONE)) is None


def test_one_that_is_damaged_or_of_another_key_is_none(house: Any) -> None:
    house.kept.blobs[PHONE] = b"garbage"
    assert done(house.drafts.read(PHONE)) is None


def test_one_of_another_version_is_none(house: Any) -> None:
    house.kept.blobs[PHONE] = house.vault.lock(json.dumps({"version": 0, "at": 2e9, "steps": []}).encode())
    assert done(house.drafts.read(PHONE)) is None


def test_closing_drops_what_is_done_and_keeps_what_can_be_resumed(house: Any) -> None:
    kept = draft()
    done(house.drafts.write(PHONE, kept))
    done(house.drafts.close(PHONE, kept))
    assert done(house.drafts.read(PHONE)).channel == ""
    kept.answers.clear()
    done(house.drafts.close(PHONE, kept))
    assert house.kept.blobs == {}


def test_closing_leaves_the_draft_of_a_newer_conversation_alone(house: Any) -> None:
    old, new = draft(), draft()
    done(house.drafts.write(PHONE, new))
    old.answers.clear()
    done(house.drafts.close(PHONE, old))
    assert done(house.drafts.read(PHONE)) == new


def test_an_unreachable_shared_state_is_survived(house: Any) -> None:
    house.kept.down = True
    assert done(house.drafts.write(PHONE, draft())) is False
    assert done(house.drafts.read(PHONE)) is None
    done(house.drafts.close(PHONE, draft()))
