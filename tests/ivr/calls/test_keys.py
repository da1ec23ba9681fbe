"""Keys: kept in their order, waited for, and the # that is only a habit."""

from __future__ import annotations

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from dialogs.talk import Gone
from ivr.calls.keys import HABIT_SECONDS, MOST, Keys


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def keys(clock: Clock) -> Keys:
    return Keys(clock)


def told(waiting: Deferred[str | None]) -> list[str | None]:
    found: list[str | None] = []
    waiting.addCallback(found.append)
    return found


def test_a_key_that_came_before_is_there_at_once(keys: Keys) -> None:
    keys.press("4")
    keys.press("2")
    assert told(Deferred.fromCoroutine(keys.next(5))) == ["4"]
    assert told(Deferred.fromCoroutine(keys.next(5))) == ["2"]


def test_a_key_is_waited_for(keys: Keys, clock: Clock) -> None:
    found = told(Deferred.fromCoroutine(keys.next(5)))
    clock.advance(4.9)
    assert found == []
    keys.press("7")
    assert found == ["7"]
    assert clock.getDelayedCalls() == []


def test_silence_is_an_answer(keys: Keys, clock: Clock) -> None:
    found = told(Deferred.fromCoroutine(keys.next(5)))
    clock.advance(5)
    assert found == [None]


def test_whoever_waits_hears_that_the_caller_has_gone(keys: Keys) -> None:
    waiting = Deferred.fromCoroutine(keys.next(5))
    keys.leave(Gone())
    failure = []
    waiting.addErrback(failure.append)
    assert failure[0].check(Gone)


def test_keys_that_are_left_come_before_the_news_that_the_caller_has_gone(keys: Keys) -> None:
    keys.press("1")
    keys.leave(Gone())
    assert told(Deferred.fromCoroutine(keys.next(5))) == ["1"]


def test_waiting_can_ignore_what_is_pressed(keys: Keys, clock: Clock) -> None:
    keys.press("1")
    done = told(Deferred.fromCoroutine(keys.wait(3, ignore=True)).addCallback(lambda _: "over"))
    keys.press("2")
    assert done == []
    clock.advance(3)
    assert done == ["over"]
    assert keys.take() == "1"


def test_a_hash_after_an_answer_is_a_habit(keys: Keys, clock: Clock) -> None:
    keys.press("3")
    keys.take()
    keys.press("#")
    assert not keys
    clock.advance(HABIT_SECONDS)
    keys.press("#")
    assert keys.take() == "#"


def test_also_when_both_were_pressed_ahead(keys: Keys) -> None:
    for key in "3#1":
        keys.press(key)
    assert keys.take() == "3"
    assert keys.take() == "1"


def test_after_a_number_or_a_name_the_habit_has_more_time(keys: Keys, clock: Clock) -> None:
    keys.press("3")
    keys.take()
    keys.ended(6)
    clock.advance(5.9)
    keys.press("#")
    assert not keys
    clock.advance(0.1)
    keys.press("#")
    assert keys


def test_two_hashes_are_no_habit(keys: Keys, clock: Clock) -> None:
    keys.press("#")
    assert keys.take() == "#"


def test_letters_of_operators_phones_are_no_keys(keys: Keys) -> None:
    for key in ("A", "D", "", "12", "１"):
        keys.press(key)
    assert not keys


def test_leaning_on_the_keypad_fills_nothing(keys: Keys) -> None:
    for _ in range(10 * MOST):
        keys.press("5")
    count = 0
    while keys:
        keys.take()
        count += 1
    assert count == MOST
