"""Long texts from phones: segments in any order, twice, over any bind, with a restart between them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from clinic import inbox, long_texts
from clinic.tables import Inbound, InboundPart
from smpp.parts import Part

PHONE = "8615400000001"
WORDS = ("please ", "book ", "a visit")


def join(parts: Sequence[Part]) -> str:
    return b"".join(part.octets for part in parts).decode()


def segment(number: int, octets: str, *, total: int = 3, reference: int = 7, width: int = 8, **given: Any) -> Part:
    source, destination = given.get("source", PHONE), given.get("destination", "12580120")
    return Part((source, destination, reference, total, width), number, total, given.get("coding", 0), octets.encode())


def come(clinic: Any, part: Part, bind: str = "main:1", link: str = "main", live: Any = None) -> str | None:
    """What the segment completed."""
    phone = f"+{part.key[0]}"
    where = {"link": link, "bind": bind, "live": live or {bind}, "phone": phone}
    incoming = clinic.run(long_texts.receive, part=part, join=join, now=clinic.moment, **where)
    return incoming and incoming.text


def come_all(clinic: Any, words: Sequence[str] = WORDS, order: Sequence[int] = (1, 2, 3), **given: Any) -> list[Any]:
    return [come(clinic, segment(number, words[number - 1], total=len(words), **given)) for number in order]


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 2, 1), (2, 3, 1)])
def test_the_last_segment_brings_the_text_whatever_the_order(clinic: Any, order: Sequence[int]) -> None:
    assert come_all(clinic, order=order) == [None, None, "please book a visit"]
    assert clinic.rows(Inbound.phone, Inbound.text) == [(f"+{PHONE}", "please book a visit")]
    assert [incoming.text for incoming in clinic.run(inbox.unhandled, most=9)] == ["please book a visit"]


def test_segments_come_over_any_bind_and_link(clinic: Any) -> None:
    assert come(clinic, segment(1, "please "), bind="main:1") is None
    assert come(clinic, segment(3, "a visit"), bind="main:2") is None
    assert come(clinic, segment(2, "book "), bind="spare:1", link="spare") == "please book a visit"
    assert clinic.rows(Inbound.link, Inbound.bind) == [("spare", "spare:1")]


def test_a_repetition_before_the_text_is_complete_changes_nothing(clinic: Any) -> None:
    assert come_all(clinic, order=(1, 1, 2, 1, 2)) == [None] * 5
    assert come(clinic, segment(3, "a visit")) == "please book a visit"


def test_a_repetition_after_the_text_was_complete_changes_nothing(clinic: Any) -> None:
    come_all(clinic)
    clinic.wait(minutes=4)
    for bind in ("main:1", "main:2"):
        assert [come(clinic, segment(number, WORDS[number - 1]), bind) for number in (3, 1, 2)] == [None] * 3
    assert len(clinic.rows(Inbound.id)) == 1


def test_who_sends_the_same_long_text_later_is_heard_again(clinic: Any) -> None:
    come_all(clinic)
    clinic.wait(minutes=6)
    assert come_all(clinic)[-1] == "please book a visit"
    assert len(clinic.rows(Inbound.id)) == 2


def test_the_same_place_with_other_octets_begins_a_new_text(clinic: Any) -> None:
    come_all(clinic, order=(1, 2))
    assert come(clinic, segment(1, "please do not ")) is None
    assert come(clinic, segment(3, "us")) is None  # the old second segment has gone with its text
    assert come(clinic, segment(2, "visit ")) == "please do not visit us"


def test_a_reference_is_used_again_after_the_text_was_complete(clinic: Any) -> None:
    come_all(clinic)
    assert come_all(clinic, ("and ", "cancel ", "it"), order=(2, 3, 1))[-1] == "and cancel it"


@pytest.mark.parametrize(
    "other",
    [{"source": "8615400000002"}, {"destination": "12580"}, {"reference": 8}, {"width": 16}, {"width": 17}],
)
def test_what_differs_in_its_key_is_another_text(clinic: Any, other: Any) -> None:
    come_all(clinic, order=(1, 2))
    assert come(clinic, segment(3, "a visit", **other)) is None
    assert come(clinic, segment(3, "a visit")) == "please book a visit"


def test_another_total_is_another_text(clinic: Any) -> None:
    assert come(clinic, segment(1, "one ", total=2)) is None
    assert come(clinic, segment(2, "two", total=3)) is None
    assert come(clinic, segment(2, "two", total=2)) == "one two"


def test_the_same_long_text_twice_over_two_binds_that_live_is_two_texts(clinic: Any) -> None:
    live = {"main:1", "main:2"}
    for reference, bind in ((7, "main:1"), (8, "main:2")):
        come(clinic, segment(1, "one ", total=2, reference=reference), bind, live=live)
        assert come(clinic, segment(2, "two", total=2, reference=reference), bind, live=live) == "one two"


def test_octets_and_codings_are_kept_as_they_came(clinic: Any) -> None:
    seen: list[Part] = []

    def keep(parts: Sequence[Part]) -> str:
        seen.extend(parts)
        return "text"

    sent = [
        Part((PHONE, "12580120", 300, 2, 16), number, 2, coding, octets)
        for number, coding, octets in ((1, 8 | 1 << 16, b"\0\xd8\x3d"), (2, 0xF1, b""))
    ]
    for part in reversed(sent):
        where = {"link": "main", "bind": "b", "live": {"b"}, "phone": f"+{PHONE}"}
        clinic.run(long_texts.receive, part=part, join=keep, now=clinic.moment, **where)
    assert seen == sent


def test_what_is_a_day_old_is_not_waited_for(clinic: Any) -> None:
    come_all(clinic, order=(1, 2))
    clinic.wait(hours=24)
    assert come(clinic, segment(3, "a visit")) is None
    assert len(clinic.rows(InboundPart.id)) == 1


def test_old_segments_are_forgotten(clinic: Any) -> None:
    come_all(clinic)
    come(clinic, segment(1, "unfinished", reference=9))
    forget = lambda: clinic.run(long_texts.forget, now=clinic.moment)  # noqa: E731
    assert forget() == 0
    clinic.wait(minutes=6)
    assert forget() == 3  # those of the text that is complete
    clinic.wait(hours=24)
    assert forget() == 1
    assert clinic.rows(InboundPart.id) == []
    assert len(clinic.rows(Inbound.id)) == 1


def test_a_phone_may_leave_so_many_segments_the_oldest_go(clinic: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(long_texts, "MOST_OF_A_PHONE", 4)
    for reference in range(8):
        come(clinic, segment(1, "x", reference=reference))
    come(clinic, segment(1, "x", source="8615400000002"))
    assert clinic.rows(InboundPart.reference) == [4, 5, 6, 7, 7]


def test_all_phones_may_leave_so_many_segments_the_oldest_go(clinic: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(long_texts, "MOST_IN_ALL", 3)
    for phone in range(8):
        come(clinic, segment(1, "x", source=f"86154{phone}"))
    assert clinic.rows(InboundPart.source) == ["861545", "861546", "861547"]


def test_segments_that_come_at_the_same_moment_make_one_text(clinic: Any) -> None:
    for reference in range(8):
        start = Barrier(3)

        def bring(number: int, reference: int = reference, start: Barrier = start) -> str | None:
            start.wait()
            return come(clinic, segment(number, WORDS[number - 1], reference=reference), bind=f"main:{number}")

        with ThreadPoolExecutor(3) as pool:
            came = list(pool.map(bring, (1, 2, 3)))
        assert came.count("please book a visit") == 1, f"round {reference}: {came}"
        clinic.moment += dt.timedelta(minutes=2)
