"""The link: what it writes, whom it tells, and how it comes back."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from collections.abc import Callable, Coroutine
from dataclasses import asdict
from typing import Any

import pytest
from msgspec.structs import replace
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from smpp import status
from smpp.link import BindStatus, Link, LinkDown, LinkStatus, NotAnswered
from smpp.pdu import (
    Address,
    BindReceiver,
    BindTransceiverResp,
    BindTransmitterResp,
    CancelSm,
    CancelSmResp,
    DataSm,
    DataSmResp,
    DeliverSm,
    GenericNack,
    Pdu,
    PduError,
    QuerySm,
    QuerySmResp,
    ReplaceSm,
    ReplaceSmResp,
    SubmitMulti,
    SubmitMultiResp,
    SubmitSm,
    SubmitSmResp,
    Unbind,
    UnbindResp,
)
from smpp.session import WrongState

Smsc = Inbox = Any  # tests/smpp/conftest.py


def start(coroutine: Coroutine[Any, Any, Any]) -> Deferred[Any]:
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


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        (QuerySm(message_id="A"), QuerySmResp(sequence=2, message_id="A", message_state=2)),
        (CancelSm(message_id="A"), CancelSmResp(sequence=2)),
        (ReplaceSm(message_id="A"), ReplaceSmResp(sequence=2, status=status.ESME_RREPLACEFAIL)),
        (SubmitMulti(destinations=(Address("1"),)), SubmitMultiResp(sequence=2, message_id="A")),
        (DataSm(tlvs={"message_payload": b"x"}), DataSmResp(sequence=2, message_id="A")),
        (QuerySm(message_id="A"), GenericNack(sequence=2, status=status.ESME_RINVCMDID)),
    ],
)
def test_other_requests_return_their_own_response(
    make: Callable[..., Link], smsc: Smsc, request_: Pdu, answer: Pdu
) -> None:
    link = make()
    smsc.accept_bind()
    asked = start(link.request(request_))
    assert smsc.heard() == [replace(request_, sequence=2)]
    smsc.say(answer)
    assert outcome(asked) == answer


def test_a_request_that_an_esme_may_not_send_is_refused(make: Callable[..., Link], smsc: Smsc) -> None:
    link = make()
    smsc.accept_bind()
    assert outcome(start(link.request(DeliverSm()))) is WrongState


# How it does


def test_the_status_tells_the_link_and_each_bind(make: Callable[..., Link], smsc: Smsc, clock: Clock) -> None:
    link = make(window=1, rate=5, bind="pair")
    clock.advance(7)
    smsc.accept_connection()
    smsc.say(BindTransmitterResp(sequence=1, system_id="npm", tlvs={"sc_interface_version": 0x34}))
    smsc.accept_connection()
    start(link.submit(text(b"1")))
    start(link.submit(text(b"2")))

    status = link.status()

    transmitter, receiver = status.binds
    assert len(transmitter.id) == 16
    assert status == LinkStatus(
        name="main",
        state="1 of 2 bound",
        bound=False,
        throttled=False,
        rate=5,
        pace=5,
        queued=1,
        counters={"binds": 1, "submitted": 1},
        binds=(
            BindStatus(
                id=transmitter.id,
                mode="transmitter",
                state="bound as transmitter",
                since=7,
                window_used=1,
                window=1,
                smsc="npm",
                version=0x34,
            ),
            BindStatus(receiver.id, "receiver", "binding", 7, 0, 1, "", None),
        ),
    )
    json.dumps(asdict(status))


@pytest.mark.parametrize(
    ("settings", "version", "warned"),
    [
        ({"ussd": "standard"}, 0x33, True),
        ({"ussd": "standard"}, 0x34, False),
        ({"ussd": "standard"}, 0x50, False),
        ({"ussd": "standard"}, None, False),
        ({"ussd": None, "segments": "sar"}, 0x33, True),
        ({"ussd": None, "segments": "payload"}, 0x33, True),
        ({"ussd": None, "segments": "udh8"}, 0x33, False),
    ],
)
def test_an_smsc_too_old_for_what_the_settings_need_is_a_warning(
    make: Callable[..., Link],
    smsc: Smsc,
    settings: dict[str, Any],
    version: int | None,
    warned: bool,
    caplog: pytest.LogCaptureFixture,
) -> None:
    link = make(**settings)
    smsc.accept_connection()
    smsc.say(BindTransceiverResp(sequence=1, tlvs={} if version is None else {"sc_interface_version": version}))

    assert link.status().binds[0].version == version
    assert ("has no optional parameters" in caplog.text) is warned


def test_the_bind_says_the_version_and_the_range_that_the_settings_say(make: Callable[..., Link], smsc: Smsc) -> None:
    make(interface_version=0x50, address_range="^1258")
    bind = smsc.accept_bind()
    assert (bind.interface_version, bind.address_range) == (0x50, "^1258")


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
