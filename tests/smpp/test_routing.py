"""Which link a message takes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from smpp.routing import carries, choose
from smpp.settings import LinkSettings


@dataclass
class Road:
    """A link as routing sees it."""

    name: str
    settings: LinkSettings = field(default_factory=LinkSettings)
    may_submit: bool = True
    throttled: bool = False
    queued: int = 0


def road(name: str, *, may_submit: bool = True, throttled: bool = False, queued: int = 0, **settings: Any) -> Road:
    return Road(name, LinkSettings(**settings), may_submit, throttled, queued)


def chosen(*roads: Road, to: str = "8613800138000", message_class: Any = "notice", only: str = "") -> str | None:
    found = choose(roads, destination=to, message_class=message_class, only=only)
    return None if found is None else found.name


def test_one_link_without_conditions_carries_everything() -> None:
    assert chosen(Road("main")) == "main"
    assert chosen() is None


def test_a_link_that_may_not_submit_is_left_out() -> None:
    assert chosen(road("down", may_submit=False), road("dear", price=9)) == "dear"
    assert chosen(road("down", may_submit=False)) is None


def test_prefixes_are_a_condition_and_the_longest_goes_first() -> None:
    every, china, mobile = road("every"), road("china", prefixes=["86"]), road("mobile", prefixes=["86138", "86139"])

    assert chosen(every, china, mobile) == "mobile"
    assert chosen(every, china, mobile, to="8617000000000") == "china"
    assert chosen(every, china, mobile, to="260971234567") == "every"
    assert chosen(china, mobile, to="260971234567") is None


def test_a_plus_makes_no_difference() -> None:
    assert chosen(road("china", prefixes=["+86"])) == "china"
    assert chosen(road("china", prefixes=["86"]), to="+8613800138000") == "china"


def test_classes_are_a_condition() -> None:
    codes, cheap = road("codes", classes=["code", "answer"]), road("cheap", classes=["bulk"])

    assert chosen(codes, cheap, message_class="code") == "codes"
    assert chosen(codes, cheap, message_class="bulk") == "cheap"
    assert chosen(codes, cheap, message_class="notice") is None


def test_the_cheapest_then_the_least_queued() -> None:
    assert chosen(road("dear", price="0.05"), road("cheap", price="0.045", queued=50)) == "cheap"
    assert chosen(road("busy", queued=5), road("idle", queued=4)) == "idle"
    assert chosen(road("first"), road("second")) == "first"


def test_a_throttled_link_is_the_last_resort() -> None:
    throttled = road("throttled", prefixes=["86138"], throttled=True)

    assert chosen(throttled, road("dear", price=9)) == "dear"
    assert chosen(throttled, road("down", may_submit=False)) == "throttled"


def test_only_one_may_be_asked_for_but_it_has_to_fit() -> None:
    assert chosen(road("a"), road("b", price=9), only="b") == "b"
    assert chosen(road("a"), road("b", may_submit=False), only="b") is None
    assert chosen(road("a"), road("b", prefixes=["1"]), only="b") is None
    assert chosen(road("a"), only="c") is None


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, True),
        ({"prefixes": ["86"]}, True),
        ({"prefixes": ["1"]}, False),
        ({"classes": ["bulk"]}, False),
        ({"bind": "receiver"}, False),
        ({"bind": "pair"}, True),
    ],
)
def test_whether_it_could_ever_be_carried(settings: dict[str, Any], expected: bool) -> None:
    assert carries(LinkSettings(**settings), "8613800138000", "notice") is expected
