"""The queue before the binds."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from twisted.internet.task import Clock

from simulators.deliveries import ATTEMPTS, RETRY, Deliveries, Delivery
from smpp import status
from smpp.pdu import DeliverSm


class Peer:
    """A bind that notes what it is given; the test says when and what it answers."""

    def __init__(self, account: str = "caredial", *, may_receive: bool = True, room: int = 99) -> None:
        self.account = account
        self.may_receive = may_receive
        self.room = room
        self.got: list[str] = []
        self.open: list[Callable[[int | None], None]] = []

    @property
    def has_room(self) -> bool:
        return len(self.open) < self.room

    def deliver(self, pdu: DeliverSm, answered: Callable[[int | None], None]) -> None:
        self.got.append(pdu.short_message.decode())
        self.open.append(answered)

    def answer(self, code: int | None = status.ESME_ROK) -> None:
        self.open.pop(0)(code)

    def close(self) -> None:
        raise AssertionError("nobody asked for that")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def deliveries(clock: Clock) -> Deliveries:
    return Deliveries(clock, most=3)


def letter(
    text: str, account: str | None = None, *, keep: bool = True, settled: list[int | None] | None = None
) -> Delivery:
    told = settled if settled is not None else []
    return Delivery(pdu=DeliverSm(short_message=text.encode()), account=account, keep=keep, settled=told.append)


def test_what_nobody_can_take_waits_for_a_bind_that_may_receive(deliveries: Deliveries) -> None:
    deliveries.add(Peer(may_receive=False))
    assert deliveries.send(letter("one"))
    assert deliveries.send(letter("two"))
    assert len(deliveries) == 2
    receiver = Peer()
    deliveries.add(receiver)
    assert (receiver.got, len(deliveries)) == (["one", "two"], 0)


def test_the_queue_is_bounded(deliveries: Deliveries) -> None:
    assert [deliveries.send(letter(text)) for text in "abcd"] == [True, True, True, False]


def test_binds_take_turns_and_accounts_keep_apart(deliveries: Deliveries) -> None:
    first, second, stranger = Peer(), Peer(), Peer("other")
    for peer in (first, second, stranger):
        deliveries.add(peer)
    for text in "abcd":
        deliveries.send(letter(text, "caredial"))
    assert (first.got, second.got, stranger.got) == (["a", "c"], ["b", "d"], [])


def test_a_full_window_holds_back_what_follows(deliveries: Deliveries) -> None:
    peer = Peer(room=1)
    deliveries.add(peer)
    for text in "ab":
        deliveries.send(letter(text))
    assert peer.got == ["a"]
    peer.answer()
    assert peer.got == ["a", "b"]


def test_somebody_at_a_screen_comes_first(deliveries: Deliveries) -> None:
    peer = Peer(room=1)
    deliveries.add(peer)
    for text, keep in (("a", True), ("b", True), ("menu", False)):
        deliveries.send(letter(text, "caredial", keep=keep))
    peer.answer()
    assert peer.got == ["a", "menu"]


def test_a_temporary_refusal_is_tried_again_later(deliveries: Deliveries, clock: Clock) -> None:
    peer, settled = Peer(), list[int | None]()
    deliveries.add(peer)
    deliveries.send(letter("a", settled=settled))
    peer.answer(status.ESME_RX_T_APPN)
    assert (peer.got, settled, len(deliveries)) == (["a"], [], 1)
    clock.advance(RETRY)
    peer.answer()
    assert (peer.got, settled, len(deliveries)) == (["a", "a"], [status.ESME_ROK], 0)


def test_a_permanent_refusal_drops_it(deliveries: Deliveries, clock: Clock) -> None:
    peer, settled = Peer(), list[int | None]()
    deliveries.add(peer)
    deliveries.send(letter("a", settled=settled))
    peer.answer(status.ESME_RX_P_APPN)
    clock.advance(RETRY)
    assert (peer.got, settled) == (["a"], [status.ESME_RX_P_APPN])


def test_patience_has_an_end(deliveries: Deliveries, clock: Clock) -> None:
    peer, settled = Peer(), list[int | None]()
    deliveries.add(peer)
    deliveries.send(letter("a", settled=settled))
    for _ in range(ATTEMPTS):
        peer.answer(status.ESME_RMSGQFUL)
        clock.advance(RETRY)
    assert (len(peer.got), settled) == (ATTEMPTS, [status.ESME_RMSGQFUL])


def test_a_lost_bind_gives_its_message_to_the_next(deliveries: Deliveries, clock: Clock) -> None:
    lost, other = Peer(), Peer()
    deliveries.add(lost)
    deliveries.send(letter("a"))
    deliveries.remove(lost)
    lost.answer(None)
    deliveries.add(other)
    clock.advance(0)
    assert other.got == ["a"]


def test_ussd_never_waits_for_a_bind(deliveries: Deliveries) -> None:
    settled: list[int | None] = []
    assert not deliveries.send(letter("menu", "caredial", keep=False))
    peer = Peer(room=0)
    deliveries.add(peer)
    assert deliveries.send(letter("menu", "caredial", keep=False, settled=settled))
    deliveries.remove(peer)
    assert (settled, len(deliveries)) == ([None], 0)
