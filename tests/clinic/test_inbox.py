"""The inbox: stored once, answered once."""

from __future__ import annotations

from typing import Any

import pytest

from clinic import inbox
from clinic.tables import Inbound, Message

PHONE = "+8615400000001"


def receive(clinic: Any, text: str = "1", **given: Any) -> Any:
    bind = given.get("bind", "main:1")
    where = {"link": "main", "bind": bind, "live": {bind}, "phone": PHONE, **given}
    return clinic.run(inbox.receive, text=text, now=clinic.moment, **where)


def test_a_text_is_stored_before_anything_else(clinic: Any) -> None:
    incoming = receive(clinic, "预约")
    assert (incoming.phone, incoming.text, incoming.received_at) == (PHONE, "预约", clinic.moment)
    assert clinic.run(inbox.unhandled, most=10) == [incoming]


def test_the_same_text_over_the_next_bind_is_the_same_text(clinic: Any) -> None:
    receive(clinic)
    clinic.wait(seconds=59)
    assert receive(clinic, bind="main:2") is None
    assert len(clinic.rows(Inbound.id)) == 1


def test_a_person_may_type_the_same_twice(clinic: Any) -> None:
    assert receive(clinic) is not None
    assert receive(clinic) is not None


def test_a_person_may_type_the_same_twice_where_the_link_has_two_binds(clinic: Any) -> None:
    for bind in ("main:1", "main:2", "main:1"):
        assert receive(clinic, bind=bind, live={"main:1", "main:2"}) is not None


def test_what_was_typed_twice_and_lost_with_its_bind_is_known_twice(clinic: Any) -> None:
    assert [receive(clinic) is not None for _ in range(2)] == [True] * 2
    assert [receive(clinic, bind="main:2") is not None for _ in range(3)] == [False, False, True]
    assert receive(clinic, bind="main:3") is None  # lost once more


def test_after_a_minute_a_new_bind_brings_a_new_text(clinic: Any) -> None:
    receive(clinic)
    clinic.wait(seconds=60)
    assert receive(clinic, bind="main:2") is not None


@pytest.mark.parametrize("other", [{"phone": "+8615400000002"}, {"text": "2"}, {"link": "spare"}])
def test_another_phone_text_or_link_is_no_repetition(clinic: Any, other: dict[str, str]) -> None:
    receive(clinic)
    assert receive(clinic, **{"bind": "main:2", **other}) is not None


def test_the_reply_goes_out_with_the_mark_that_it_was_handled(clinic: Any) -> None:
    incoming = receive(clinic)
    for _ in range(2):  # the second time after a crash, say
        clinic.run(inbox.answer, incoming=incoming, reply="好", now=clinic.moment)
    assert clinic.texts() == [(PHONE, "好")]
    assert clinic.rows(Message.occasion) == [f"reply:{incoming.id}"]
    assert clinic.run(inbox.unhandled, most=10) == []


def test_a_text_may_be_left_without_reply(clinic: Any) -> None:
    incoming = receive(clinic)
    clinic.run(inbox.answer, incoming=incoming, reply=None, now=clinic.moment)
    assert clinic.texts() == []
    assert clinic.run(inbox.unhandled, most=10) == []


def test_what_is_unanswered_comes_in_its_order_and_not_all_at_once(clinic: Any) -> None:
    texts = [receive(clinic, text) for text in ("1", "2", "3")]
    assert clinic.run(inbox.unhandled, most=2) == texts[:2]
