"""The link: what it writes, whom it tells, and how it comes back."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import pytest
from msgspec.structs import replace
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from smpp import status
from smpp.link import Link, LinkDown, NotAnswered
from smpp.pdu import (
    Address,
    BindReceiver,
    BindTransceiver,
    BindTransceiverResp,
    DataSm,
    DataSmResp,
    DeliverSm,
    DeliverSmResp,
    EnquireLink,
    EnquireLinkResp,
    GenericNack,
    PduError,
    SubmitSm,
    SubmitSmResp,
    Unbind,
    UnbindResp,
)
from smpp.settings import LinkSettings

Smsc = Any  # tests/smpp/conftest.py


class Inbox:
    """A receiver whose answers the test gives: a status, or a Deferred of one."""

    def __init__(self) -> None:
        self.taken: list[DeliverSm] = []
        self.answer: Callable[[], Awaitable[int]] = lambda: status_of(status.ESME_ROK)

    def delivered(self, link: Link, pdu: DeliverSm) -> Awaitable[int]:
        self.taken.append(pdu)
        return self.answer()


async def status_of(command_status: int) -> int:
    return command_status


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def make(clock: Clock, smsc: Smsc, inbox: Inbox) -> Callable[..., Link]:
    def make(**settings: Any) -> Link:
        chosen = {"window": 2, "response_timeout": 10, "bind_timeout": 5} | settings
        link = Link("main", LinkSettings(**chosen), inbox, clock, target=smsc, jitter=lambda: 1.0)
        link.startService()
        return link

    return make


def start(coroutine: Coroutine[Any, Any, SubmitSmResp]) -> Deferred[SubmitSmResp]:
    return Deferred.fromCoroutine(coroutine)


def outcome(deferred: Deferred[Any]) -> Any:
    """What it has come to: a value, the error's class, or None while it is open."""
    results: list[Any] = []
    deferred.addBoth(results.append)
    if not results:
        return None
    return getattr(results[0], "type", results[0])


def text(words: bytes) -> SubmitSm:
    return SubmitSm(destination=Address("8613800138000", 1, 1), short_message=words)


# Coming up


def test_it_binds_as_the_settings_say(make: Callable[..., Link], smsc: Smsc) -> None:
    link = make(system_id="clinic", password="secret", system_type="SMS", bind="receiver")
    bound = link.when_bound()
    assert (link.name, link.bound, link.state) == ("main", False, "not connected")

    smsc.accept_connection()
    assert smsc.cable.no_delay
    assert link.state == "binding"
    bind = BindReceiver(sequence=1, system_id="clinic", password="secret", system_type="SMS", interface_version=0x34)
    assert smsc.heard() == [bind]
    assert outcome(bound) is None

    smsc.say(bind.response(sequence=1))
    assert bound.called
    assert (link.bound, link.state, link.counters["binds"]) == (True, "bound as receiver", 1)
    assert link.when_bound().called


def test_what_it_logs_tells_the_link_and_no_secrets(
    make: Callable[..., Link], smsc: Smsc, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "caredial.smpp")
    link = make(password="secret")
    smsc.accept_bind()
    outcome(start(link.submit(text(b"a private matter"))))
    smsc.say(DeliverSm(sequence=1, source=Address("8613800138000"), short_message=b"YY"))
    smsc.drop()

    messages = [record.getMessage() for record in caplog.records]
    assert messages == [
        "link main connecting to 127.0.0.1 port 2775",
        "link main bound as transceiver",
        "link main closed: connection lost Connection was closed cleanly.",
    ]
    assert [record.levelname for record in caplog.records] == ["INFO", "INFO", "WARNING"]


# Submitting


def test_submit_returns_the_answer_whatever_its_status(make: Callable[..., Link], smsc: Smsc) -> None:
    link = make()
    smsc.accept_bind()

    good, bad = start(link.submit(text(b"one"))), start(link.submit(text(b"two")))
    one, two = smsc.heard()
    assert (one, two) == (replace(text(b"one"), sequence=2), replace(text(b"two"), sequence=3))
    assert link.window_used == 2

    smsc.say(SubmitSmResp(sequence=3, status=status.ESME_RINVDSTADR), SubmitSmResp(sequence=2, message_id="A"))
    assert outcome(good) == SubmitSmResp(sequence=2, message_id="A")
    assert outcome(bad) == SubmitSmResp(sequence=3, status=status.ESME_RINVDSTADR)
    assert (link.window_used, link.counters["submitted"], link.counters["answered"]) == (0, 2, 2)


def test_a_generic_nack_comes_as_an_answer_that_is_never_ok(make: Callable[..., Link], smsc: Smsc) -> None:
    link = make()
    smsc.accept_bind()
    one, two = start(link.submit(text(b"one"))), start(link.submit(text(b"two")))

    smsc.say(GenericNack(sequence=2, status=status.ESME_RINVCMDID), GenericNack(sequence=3))

    assert outcome(one) == SubmitSmResp(sequence=2, status=status.ESME_RINVCMDID)
    assert outcome(two) == SubmitSmResp(sequence=3, status=status.ESME_RUNKNOWNERR)


def test_no_more_than_the_window_is_written_and_ussd_goes_first(make: Callable[..., Link], smsc: Smsc) -> None:
    link = make(window=2)
    smsc.accept_bind()
    for words in (b"one", b"two", b"three", b"four"):
        start(link.submit(text(words)))
    start(link.submit(text(b"menu"), urgent=True))
    assert [pdu.short_message for pdu in smsc.heard()] == [b"one", b"two"]
    assert link.queued == 3

    smsc.say(SubmitSmResp(sequence=2))
    assert [pdu.short_message for pdu in smsc.heard()] == [b"menu"]
    smsc.say(SubmitSmResp(sequence=3), SubmitSmResp(sequence=4))
    assert [pdu.short_message for pdu in smsc.heard()] == [b"three", b"four"]
    assert link.queued == 0


def test_the_rate_is_kept(make: Callable[..., Link], smsc: Smsc, clock: Clock) -> None:
    link = make(window=100, rate=2)
    smsc.accept_bind()
    for _ in range(4):
        start(link.submit(text(b"x")))

    assert len(smsc.heard()) == 1
    clock.advance(0.4)
    assert smsc.heard() == []
    clock.advance(0.1)
    assert len(smsc.heard()) == 1
    clock.pump([0.25] * 4)
    assert len(smsc.heard()) == 2


def test_nothing_is_left_running_after_a_loss_in_a_pause_of_the_rate(
    make: Callable[..., Link], smsc: Smsc, clock: Clock
) -> None:
    link = make(rate=1)
    smsc.accept_bind()
    for _ in range(3):
        start(link.submit(text(b"x"))).addErrback(lambda _: None)
    link.stopService()
    smsc.drop()
    clock.advance(0)

    assert clock.getDelayedCalls() == []


def test_no_answer_in_time_is_not_answered(make: Callable[..., Link], smsc: Smsc, clock: Clock) -> None:
    link = make()
    smsc.accept_bind()
    waiting = start(link.submit(text(b"one")))

    clock.advance(10)

    assert outcome(waiting) is NotAnswered
    assert (link.window_used, link.counters["timed out"]) == (0, 1)
    smsc.say(SubmitSmResp(sequence=2, message_id="late"))
    assert link.counters["stray"] == 1


def test_an_answers_deadline_comes_before_the_next_enquire_link(
    make: Callable[..., Link], smsc: Smsc, clock: Clock
) -> None:
    link = make(enquire_link=30, bind_timeout=5, response_timeout=10)
    smsc.accept_bind()
    clock.advance(6)
    waiting = start(link.submit(text(b"one")))

    clock.advance(10)

    assert outcome(waiting) is NotAnswered


def test_a_loss_tells_the_written_from_the_waiting(make: Callable[..., Link], smsc: Smsc) -> None:
    link = make(window=1)
    smsc.accept_bind()
    written, waiting = start(link.submit(text(b"one"))), start(link.submit(text(b"two")))

    smsc.drop()

    assert outcome(written) is NotAnswered
    assert outcome(waiting) is LinkDown
    assert outcome(start(link.submit(text(b"three")))) is LinkDown


@pytest.mark.parametrize("stage", ["before the connection", "before the bind", "as receiver"])
def test_a_link_that_may_not_submit_says_so_at_once(make: Callable[..., Link], smsc: Smsc, stage: str) -> None:
    link = make(bind="receiver" if stage == "as receiver" else "transceiver")
    if stage == "before the bind":
        smsc.accept_connection()
    elif stage == "as receiver":
        smsc.accept_bind()

    assert not link.may_submit
    assert outcome(start(link.submit(text(b"one")))) is LinkDown


def test_a_message_that_fits_no_pdu_hurts_nobody_else(make: Callable[..., Link], smsc: Smsc) -> None:
    link = make()
    smsc.accept_bind()

    assert outcome(start(link.submit(text(b"x" * 255)))) is PduError
    start(link.submit(text(b"good")))
    assert [pdu.short_message for pdu in smsc.heard()] == [b"good"]


def test_a_waiting_submit_may_be_taken_back(make: Callable[..., Link], smsc: Smsc) -> None:
    link = make(window=1)
    smsc.accept_bind()
    written, waiting = start(link.submit(text(b"one"))), start(link.submit(text(b"two")))
    for deferred in (written, waiting):
        deferred.addErrback(lambda _: None)
        deferred.cancel()

    smsc.heard()
    smsc.say(SubmitSmResp(sequence=2))

    assert smsc.heard() == []


# Receiving


def test_a_delivery_is_answered_when_it_is_safe(make: Callable[..., Link], smsc: Smsc, inbox: Inbox) -> None:
    make()
    smsc.accept_bind()
    storing: list[Deferred[int]] = []
    inbox.answer = lambda: storing.append(Deferred()) or storing[-1]  # type: ignore[func-returns-value]

    smsc.say(DeliverSm(sequence=7, short_message=b"YY"), DeliverSm(sequence=8))
    assert inbox.taken == [DeliverSm(sequence=7, short_message=b"YY"), DeliverSm(sequence=8)]
    assert smsc.heard() == []

    storing[1].callback(status.ESME_ROK)
    storing[0].callback(status.ESME_RX_P_APPN)
    assert smsc.heard() == [DeliverSmResp(sequence=8), DeliverSmResp(sequence=7, status=status.ESME_RX_P_APPN)]


def test_a_receiver_that_fails_makes_the_smsc_try_later(
    make: Callable[..., Link], smsc: Smsc, inbox: Inbox, caplog: pytest.LogCaptureFixture
) -> None:
    make()
    smsc.accept_bind()

    def fail() -> Awaitable[int]:
        raise RuntimeError("database is gone")

    inbox.answer = fail
    smsc.say(DeliverSm(sequence=7))

    assert smsc.heard() == [DeliverSmResp(sequence=7, status=status.ESME_RX_T_APPN)]
    assert "could not be taken" in caplog.text


def test_too_many_deliveries_at_a_time_are_sent_back(make: Callable[..., Link], smsc: Smsc, inbox: Inbox) -> None:
    make(inbound=1)
    smsc.accept_bind()
    inbox.answer = Deferred

    smsc.say(DeliverSm(sequence=7), DeliverSm(sequence=8))

    assert smsc.heard() == [DeliverSmResp(sequence=8, status=status.ESME_RMSGQFUL)]


def test_data_sm_is_a_delivery_as_well(make: Callable[..., Link], smsc: Smsc, inbox: Inbox) -> None:
    make()
    smsc.accept_bind()

    smsc.say(DataSm(sequence=7, source=Address("861"), tlvs={"message_payload": b"YY"}))

    assert inbox.taken == [DeliverSm(source=Address("861"), tlvs={"message_payload": b"YY"})]
    assert inbox.taken[0].payload == b"YY"
    assert smsc.heard() == [DataSmResp(sequence=7)]


def test_a_delivery_that_outlives_its_bind_is_not_answered_on_the_next(
    make: Callable[..., Link], smsc: Smsc, inbox: Inbox, clock: Clock
) -> None:
    link = make()
    smsc.accept_bind()
    first = link.bind_id
    storing: Deferred[int] = Deferred()
    inbox.answer = lambda: storing
    smsc.say(DeliverSm(sequence=7))
    smsc.drop()
    clock.advance(1)
    smsc.accept_bind()
    assert link.bind_id not in ("", first)

    storing.callback(status.ESME_ROK)

    assert smsc.heard() == []


def test_while_the_smsc_does_not_read_nothing_is_read_from_it(make: Callable[..., Link], smsc: Smsc) -> None:
    make()
    smsc.accept_connection()
    smsc.cable.producer.pauseProducing()
    assert smsc.cable.producerState == "producing"  # a TLS handshake has to read

    smsc.say(BindTransceiverResp(sequence=1))
    smsc.cable.producer.pauseProducing()
    assert smsc.cable.producerState == "paused"
    smsc.cable.producer.resumeProducing()
    assert smsc.cable.producerState == "producing"


# Coming back


def test_pauses_grow_while_nobody_listens(make: Callable[..., Link], smsc: Smsc, clock: Clock) -> None:
    link = make(reconnect_min=1, reconnect_max=60)
    for pause in (1, 2, 4, 8):
        dialled = smsc.dialled
        smsc.refuse_connection()
        clock.advance(pause - 0.01)
        assert smsc.dialled == dialled
        clock.advance(0.01)
        assert smsc.dialled == dialled + 1
    assert link.counters["failed connects"] == 4


def test_a_short_bind_does_not_shorten_the_pause(make: Callable[..., Link], smsc: Smsc, clock: Clock) -> None:
    make(reconnect_min=1, reconnect_max=60, enquire_link=0)
    for pause in (1, 2, 4):
        smsc.accept_bind()
        clock.advance(10)
        smsc.drop()
        clock.advance(pause)

    smsc.accept_bind()
    clock.advance(180)
    smsc.drop()
    clock.advance(1)
    assert smsc.dialled == 5


@pytest.mark.parametrize(
    "refusal", [status.ESME_RINVPASWD, status.ESME_RINVSYSID, status.ESME_RALYBND, status.ESME_RBINDFAIL]
)
def test_a_refused_bind_is_an_alarm_and_waits_long(
    make: Callable[..., Link], smsc: Smsc, clock: Clock, refusal: int, caplog: pytest.LogCaptureFixture
) -> None:
    make(refused_min=30)
    smsc.accept_connection()
    smsc.say(BindTransceiverResp(sequence=1, status=refusal))
    clock.advance(0)

    assert smsc.cable.lost
    alarm = caplog.records[-1] if caplog.records[-1].levelno == logging.ERROR else caplog.records[-2]
    assert status.name(refusal) in alarm.getMessage()
    clock.advance(29.9)
    assert smsc.dialled == 1
    clock.advance(0.1)
    assert smsc.dialled == 2


def test_an_smsc_that_is_only_busy_is_tried_again_soon(make: Callable[..., Link], smsc: Smsc, clock: Clock) -> None:
    make()
    smsc.accept_connection()
    smsc.say(BindTransceiverResp(sequence=1, status=status.ESME_RSYSERR))
    clock.advance(0)
    clock.advance(1)
    assert smsc.dialled == 2


def test_a_bind_without_answer_is_given_up(make: Callable[..., Link], smsc: Smsc, clock: Clock) -> None:
    make(bind_timeout=5)
    smsc.accept_connection()
    clock.advance(5)
    clock.advance(0)
    assert smsc.cable.lost


def test_a_half_open_connection_is_found_and_cut(make: Callable[..., Link], smsc: Smsc, clock: Clock) -> None:
    link = make(enquire_link=30, response_timeout=10)
    smsc.accept_bind()

    clock.advance(30)
    assert smsc.heard() == [EnquireLink(sequence=2)]
    smsc.say(EnquireLinkResp(sequence=2))
    clock.pump([30, 10, 10, 0])

    assert smsc.heard() == [EnquireLink(sequence=3), EnquireLink(sequence=4)]
    assert (smsc.cable.aborted, link.bound) == (True, False)


def test_an_impossible_length_ends_the_connection(make: Callable[..., Link], smsc: Smsc, clock: Clock) -> None:
    link = make()
    smsc.accept_bind()
    smsc.cable.protocol.dataReceived(b"HTTP/1.1 400 Bad Request\r\n")
    clock.advance(0)

    assert smsc.heard() == [GenericNack(status=status.ESME_RINVCMDLEN)]
    assert smsc.cable.lost
    assert link.counters["malformed"] == 1


def test_the_smsc_unbinds_and_the_link_comes_back(make: Callable[..., Link], smsc: Smsc, clock: Clock) -> None:
    make()
    smsc.accept_bind()
    smsc.say(Unbind(sequence=9))
    assert smsc.heard() == [UnbindResp(sequence=9)]
    clock.advance(0)
    clock.advance(1)
    assert smsc.accept_bind() == BindTransceiver(sequence=1, system_id="caredial")


# Stopping


def test_stopping_finishes_the_window_then_unbinds(make: Callable[..., Link], smsc: Smsc, clock: Clock) -> None:
    link = make(window=1)
    smsc.accept_bind()
    written, waiting = start(link.submit(text(b"one"))), start(link.submit(text(b"two")))
    smsc.heard()

    stopped = link.stopService()
    assert outcome(waiting) is LinkDown
    assert outcome(start(link.submit(text(b"three")))) is LinkDown
    assert smsc.heard() == []

    smsc.say(SubmitSmResp(sequence=2, message_id="A"))
    assert outcome(written) == SubmitSmResp(sequence=2, message_id="A")
    assert smsc.heard() == [Unbind(sequence=3)]
    assert not stopped.called

    smsc.say(UnbindResp(sequence=3))
    clock.advance(0)
    assert stopped.called
    clock.advance(3600)
    assert smsc.dialled == 1
    assert clock.getDelayedCalls() == []


def test_stopping_does_not_wait_for_ever(make: Callable[..., Link], smsc: Smsc, clock: Clock) -> None:
    link = make(response_timeout=10)
    smsc.accept_bind()
    written = start(link.submit(text(b"one")))

    stopped = link.stopService()
    clock.pump([10, 10, 0])

    assert outcome(written) is NotAnswered
    assert stopped.called


def test_stopping_when_the_connection_breaks_meanwhile(make: Callable[..., Link], smsc: Smsc, clock: Clock) -> None:
    link = make()
    smsc.accept_bind()
    start(link.submit(text(b"one"))).addErrback(lambda _: None)
    stopped = link.stopService()

    smsc.drop()
    clock.advance(0)

    assert stopped.called
    clock.advance(3600)
    assert smsc.dialled == 1


@pytest.mark.parametrize("stage", ["dialling", "waiting", "binding"])
def test_stopping_a_link_that_is_not_bound(make: Callable[..., Link], smsc: Smsc, clock: Clock, stage: str) -> None:
    link = make()
    if stage == "waiting":
        smsc.refuse_connection()
    elif stage == "binding":
        smsc.accept_connection()

    stopped = link.stopService()
    clock.advance(0)

    assert stopped.called
    clock.advance(3600)
    assert smsc.dialled == 1


def test_a_stopped_link_may_be_started_again(make: Callable[..., Link], smsc: Smsc, clock: Clock) -> None:
    link = make()
    smsc.accept_bind()
    link.stopService()
    smsc.heard()
    smsc.say(UnbindResp(sequence=2))
    clock.advance(0)

    link.startService()
    smsc.accept_bind()
    assert link.bound


def test_no_module_of_the_room_brings_a_reactor() -> None:
    code = "import smpp.link, sys; sys.exit('twisted.internet.reactor' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONPATH": ":".join(sys.path)})
