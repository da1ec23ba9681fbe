"""Several binds of an account: which one a request takes, and what throttling does to the order."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from smpp import status
from smpp.link import Link, LinkDown, NotAnswered
from smpp.pdu import BindReceiver, BindTransmitter, DeliverSm, DeliverSmResp, SubmitSm, SubmitSmResp, Unbind, UnbindResp

Smsc = Inbox = Any  # tests/smpp/conftest.py


def text(words: bytes) -> SubmitSm:
    return SubmitSm(short_message=words)


class start:  # noqa: N801  # reads as what it does
    """A request under way; `outcome` is its value, its error's class, or None while it is open."""

    def __init__(self, coroutine: Coroutine[Any, Any, Any]) -> None:
        self.outcome: Any = None
        self._done = Deferred.fromCoroutine(coroutine)
        self._done.addCallbacks(self._has, lambda failure: self._has(failure.type))

    def _has(self, outcome: Any) -> None:
        self.outcome = outcome

    def cancel(self) -> None:
        self._done.cancel()


def bind_all(smsc: Smsc, count: int) -> list[Any]:
    cables = []
    for _ in range(count):
        smsc.accept_bind()
        cables.append(smsc.cable)
    return cables


def words(smsc: Smsc, cable: Any) -> list[bytes]:
    return [pdu.short_message for pdu in smsc.heard(on=cable)]


# Binds


def test_a_pair_is_a_transmitter_and_a_receiver(make: Callable[..., Link], smsc: Smsc, inbox: Inbox) -> None:
    link = make(bind="pair")
    assert isinstance(smsc.accept_bind(), BindTransmitter)
    out = smsc.cable
    assert (link.state, link.may_submit) == ("1 of 2 bound", True)
    assert isinstance(smsc.accept_bind(), BindReceiver)
    into = smsc.cable

    start(link.submit(text(b"one")))
    smsc.say(DeliverSm(sequence=7), on=into)

    assert (words(smsc, out), smsc.heard(on=into)) == ([b"one"], [DeliverSmResp(sequence=7)])
    ids = {bind.mode: bind.id for bind in link.status().binds}
    assert inbox.binds == [ids["receiver"]]
    assert ids["transmitter"] != ids["receiver"]


def test_a_pair_without_its_transmitter_may_not_submit(make: Callable[..., Link], smsc: Smsc) -> None:
    link = make(bind="pair")
    out, _into = bind_all(smsc, 2)
    smsc.say(on=out)
    out.drop()

    assert (link.bound, link.may_submit, link.state) == (False, False, "1 of 2 bound")
    assert start(link.submit(text(b"one"))).outcome is LinkDown


def test_the_freest_window_goes_first(make: Callable[..., Link], smsc: Smsc) -> None:
    link = make(binds=2, window=2)
    one, two = bind_all(smsc, 2)
    for message in (b"1", b"2", b"3", b"4", b"5"):
        start(link.submit(text(message)))

    assert (words(smsc, one), words(smsc, two)) == ([b"1", b"3"], [b"2", b"4"])
    assert (link.window_used, link.queued) == (4, 1)

    smsc.say(SubmitSmResp(sequence=3), on=two)
    assert (words(smsc, one), words(smsc, two)) == ([], [b"5"])


def test_a_preferred_bind_is_taken_while_it_lives(make: Callable[..., Link], smsc: Smsc, clock: Clock) -> None:
    link = make(binds=2, window=1)
    one, two = bind_all(smsc, 2)
    second = link.status().binds[1].id
    start(link.submit(text(b"menu 1"), urgent=True, bind=second))
    waiting = start(link.submit(text(b"menu 2"), urgent=True, bind=second))
    start(link.submit(text(b"sms")))

    assert (words(smsc, one), words(smsc, two)) == ([b"sms"], [b"menu 1"])
    assert link.queued == 1

    two.drop()
    smsc.say(SubmitSmResp(sequence=2), on=one)
    assert words(smsc, one) == [b"menu 2"]
    smsc.say(SubmitSmResp(sequence=3, message_id="A"), on=one)
    assert waiting.outcome == SubmitSmResp(sequence=3, message_id="A")


def test_a_bind_that_is_gone_is_no_preference(make: Callable[..., Link], smsc: Smsc) -> None:
    link = make()
    smsc.accept_bind()
    smsc.heard()
    start(link.submit(text(b"menu"), urgent=True, bind="gone"))
    assert words(smsc, smsc.cable) == [b"menu"]


def test_the_loss_of_one_bind_leaves_the_queue_to_the_others(make: Callable[..., Link], smsc: Smsc) -> None:
    link = make(binds=2, window=1)
    one, two = bind_all(smsc, 2)
    written, other, waiting = (start(link.submit(text(message))) for message in (b"1", b"2", b"3"))

    one.drop()
    assert [done.outcome for done in (written, other, waiting)] == [NotAnswered, None, None]
    two.drop()
    assert [done.outcome for done in (other, waiting)] == [NotAnswered, LinkDown]


def test_stopping_unbinds_all_binds_at_a_time(make: Callable[..., Link], smsc: Smsc, clock: Clock) -> None:
    link = make(binds=3)
    cables = bind_all(smsc, 3)
    stopped = link.stopService()

    assert [smsc.heard(on=cable) for cable in cables] == [[Unbind(sequence=2)]] * 3
    for cable in cables:
        smsc.say(UnbindResp(sequence=2), on=cable)
    assert not stopped.called
    clock.advance(0)
    assert stopped.called
    assert clock.getDelayedCalls() == []


def test_the_rate_is_the_accounts(make: Callable[..., Link], smsc: Smsc, clock: Clock) -> None:
    link = make(binds=2, window=50, rate=10)
    cables = bind_all(smsc, 2)
    for _ in range(40):
        start(link.submit(text(b"x")))
    clock.pump([0.1] * 20)
    assert 19 <= sum(len(smsc.heard(on=cable)) for cable in cables) <= 21


def test_incoming_messages_are_bounded_over_all_binds(make: Callable[..., Link], smsc: Smsc, inbox: Inbox) -> None:
    link = make(binds=2, inbound=1)
    one, two = bind_all(smsc, 2)
    inbox.answer = Deferred

    smsc.say(DeliverSm(sequence=7), on=one)
    smsc.say(DeliverSm(sequence=8), on=two)

    assert smsc.heard(on=two) == [DeliverSmResp(sequence=8, status=status.ESME_RMSGQFUL)]
    assert link.counters["overload"] == 1


# Throttling


def throttled(sequence: int) -> SubmitSmResp:
    return SubmitSmResp(sequence=sequence, status=status.ESME_RTHROTTLED)


def test_a_throttled_message_goes_back_to_its_sender_and_slows_the_link(
    make: Callable[..., Link], smsc: Smsc, clock: Clock
) -> None:
    link = make(rate=10, window=10)
    smsc.accept_bind()
    smsc.heard()
    first = start(link.submit(text(b"1")))
    smsc.say(throttled(2))

    assert first.outcome == throttled(2)
    assert (link.throttled, link.status().pace, link.counters["throttled"]) == (True, 5, 1)

    for _ in range(5):
        start(link.submit(text(b"x")))
    smsc.heard()
    clock.pump([0.1] * 10)
    assert len(smsc.heard()) == 5
    clock.advance(60)
    assert (link.throttled, link.status().pace, link.status().rate) == (False, 10, 10)


def test_what_the_links_table_calls_throttle_throttles(make: Callable[..., Link], smsc: Smsc) -> None:
    link = make(errors={"0x0401": "throttle", "0x14": "temporary"})
    smsc.accept_bind()
    start(link.submit(text(b"1")))
    smsc.say(SubmitSmResp(sequence=2, status=status.ESME_RMSGQFUL))
    assert not link.throttled

    start(link.submit(text(b"2")))
    smsc.say(SubmitSmResp(sequence=3, status=0x0401))
    assert link.throttled


def test_an_urgent_submit_that_was_throttled_goes_again_first(
    make: Callable[..., Link], smsc: Smsc, clock: Clock
) -> None:
    link = make(rate=10, window=10)
    smsc.accept_bind()
    smsc.heard()
    menu = start(link.submit(text(b"menu"), urgent=True))
    start(link.submit(text(b"sms")))
    start(link.submit(text(b"next menu"), urgent=True))
    assert words(smsc, smsc.cable) == [b"menu"]

    smsc.say(throttled(2))
    assert menu.outcome is None
    assert words(smsc, smsc.cable) == []
    clock.pump([0.2, 0.2, 0.2])
    assert words(smsc, smsc.cable) == [b"menu", b"next menu", b"sms"]

    smsc.say(SubmitSmResp(sequence=3, message_id="A"))
    assert menu.outcome == SubmitSmResp(sequence=3, message_id="A")


def test_a_throttled_urgent_submit_is_not_sent_for_a_caller_that_left(
    make: Callable[..., Link], smsc: Smsc, clock: Clock
) -> None:
    link = make(rate=10)
    smsc.accept_bind()
    menu = start(link.submit(text(b"menu"), urgent=True))
    smsc.say(throttled(2))
    smsc.heard()

    menu.cancel()
    clock.advance(5)

    assert smsc.heard() == []
    assert link.queued == 0


def test_a_throttled_urgent_submit_fails_with_the_link(make: Callable[..., Link], smsc: Smsc) -> None:
    link = make(rate=10)
    smsc.accept_bind()
    menu = start(link.submit(text(b"menu"), urgent=True))
    smsc.say(throttled(2))
    smsc.drop()
    assert menu.outcome is LinkDown


def test_a_throttle_answer_while_stopping_is_the_answer(make: Callable[..., Link], smsc: Smsc) -> None:
    link = make()
    smsc.accept_bind()
    menu = start(link.submit(text(b"menu"), urgent=True))
    link.stopService()
    smsc.say(throttled(2))
    assert menu.outcome == throttled(2)
