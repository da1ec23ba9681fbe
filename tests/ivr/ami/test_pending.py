"""Actions that wait."""

from __future__ import annotations

from ivr.ami.pending import Pending, Waiting


def one(name: str, asked_at: float = 0.0, *, listing: bool = False) -> Pending:
    return Pending(name, b"", asked_at, asked_at + 10, listing=listing)


def test_as_many_are_written_as_there_is_room_for_in_their_order() -> None:
    waiting = Waiting(2, 10)
    for name in "abcd":
        waiting.add(one(name))
    first, second = waiting.take_writable()
    assert (first.action_id, second.action_id, waiting.written, waiting.queued) == ("a", "b", 2, 2)
    waiting.remove(second)
    assert [pending.action_id for pending in waiting.take_writable()] == ["c"]


def test_what_the_session_asks_itself_takes_no_place() -> None:
    waiting = Waiting(1, 10)
    own = one("ping")
    own.own = lambda _response, _now: None
    waiting.add_own(own)
    waiting.add(one("a"))
    assert len(waiting.take_writable()) == 1
    waiting.remove(own)
    assert (waiting.written, len(waiting)) == (1, 1)


def test_who_waited_longest_expires_first() -> None:
    waiting = Waiting(2, 10)
    for number, name in enumerate("abc"):
        waiting.add(one(name, number))
    waiting.take_writable()
    assert waiting.next_deadline() == 10
    assert [pending.action_id for pending in waiting.expired(11)] == ["a", "b"]
    assert (waiting.next_deadline(), waiting.written) == (12, 0)


def test_a_list_that_goes_on_waits_anew() -> None:
    waiting = Waiting(2, 10)
    going_on = one("a", listing=True)
    waiting.add(going_on)
    waiting.add(one("b", 1))
    waiting.prolong(going_on, 20)
    assert [pending.action_id for pending in waiting.expired(15)] == ["b"]
    assert (waiting.next_deadline(), waiting.lists) == (20, 1)


def test_what_expired_in_the_queue_is_never_written() -> None:
    waiting = Waiting(1, 2)
    for name in "abc":
        waiting.add(one(name))
    assert waiting.full
    waiting.take_writable()
    waiting.expired(10)
    waiting.add(one("d", 10))
    assert [pending.action_id for pending in waiting.take_writable()] == ["d"]


def test_all_at_once() -> None:
    waiting = Waiting(1, 10)
    for name in "abc":
        waiting.add(one(name, listing=True))
    waiting.take_writable()
    assert [(pending.action_id, pending.written) for pending in waiting.clear()] == [
        ("a", True),
        ("b", False),
        ("c", False),
    ]
    assert (len(waiting), waiting.written, waiting.queued, waiting.lists) == (0, 0, 0, 0)
