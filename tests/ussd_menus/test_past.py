"""What is remembered of sessions that are over."""

from __future__ import annotations

import pytest
from twisted.internet.task import Clock

from ussd_menus.past import REMEMBERED, ClosedKeys, LastTexts

ONE, TWO, THREE = (("main", "8615400000001", f"s{number}:8615400000001") for number in (1, 2, 3))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def closed(clock: Clock) -> ClosedKeys:
    return ClosedKeys(clock, most=2)


def test_a_key_is_known_for_a_minute(closed: ClosedKeys, clock: Clock) -> None:
    closed.add(ONE, dead=True)
    clock.advance(REMEMBERED - 0.1)
    assert ONE in closed
    assert closed.dead(ONE)
    clock.advance(0.1)
    assert ONE not in closed
    assert not closed.dead(ONE)


def test_what_the_network_may_hold_open_is_closed_but_not_dead(closed: ClosedKeys) -> None:
    closed.add(ONE, dead=False)
    assert (ONE in closed, closed.dead(ONE)) == (True, False)
    closed.add(ONE, dead=True)
    assert closed.dead(ONE)


def test_the_oldest_key_gives_way(closed: ClosedKeys) -> None:
    for key in (ONE, TWO, ONE, THREE):
        closed.add(key, dead=True)
    assert [key in closed for key in (ONE, TWO, THREE)] == [True, False, True]


def test_a_key_that_is_used_again(closed: ClosedKeys) -> None:
    closed.add(ONE, dead=True)
    closed.remove(ONE)
    closed.remove(TWO)
    assert ONE not in closed


class Text:
    """A last text that waits."""

    def __init__(self, phone: str, texts: LastTexts) -> None:
        self.phone, self.left = phone, ""
        self._texts = texts
        texts.add(self)
        texts.add(self)

    def leave(self, event: str) -> None:
        self.left = event
        self._texts.remove(self)
        self._texts.remove(self)


def test_the_texts_of_a_phone_are_taken_back_together() -> None:
    texts = LastTexts()
    mine, too, other = Text("+8615400000001", texts), Text("+8615400000001", texts), Text("+8615400000002", texts)
    assert len(texts) == 3
    texts.leave("+8615400000001", "replaced")
    assert [mine.left, too.left, other.left] == ["replaced", "replaced", ""]
    assert len(texts) == 1
