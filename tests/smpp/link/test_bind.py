"""One lasting bind: how it comes back, what it waits for, what it gives up."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from smpp import status
from smpp.link import Link, LinkDown, NotAnswered
from smpp.pdu import (
    BindTransceiver,
    BindTransceiverResp,
    EnquireLink,
    EnquireLinkResp,
    GenericNack,
    SubmitSm,
    SubmitSmResp,
    Unbind,
    UnbindResp,
)

Smsc = Any  # tests/smpp/conftest.py


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
    "refusal", [status.ESME_RINVPASWD, status.ESME_RINVSYSID, status.ESME_RALYBND, status.ESME_RBINDFAIL, 0x0410]
)
def test_a_refused_bind_is_an_alarm_and_waits_long(
    make: Callable[..., Link], smsc: Smsc, clock: Clock, refusal: int, caplog: pytest.LogCaptureFixture
) -> None:
    make(refused_min=30, errors={"0x0410": "bind"})
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


def test_nothing_more_is_written_to_an_smsc_that_has_gone_silent(
    make: Callable[..., Link], smsc: Smsc, clock: Clock
) -> None:
    link = make(enquire_link=30, response_timeout=10)
    smsc.accept_bind()
    lost = Deferred.fromCoroutine(link.submit(SubmitSm()))
    clock.advance(10)
    assert lost.result.check(NotAnswered)
    assert [pdu.name for pdu in smsc.heard()] == ["submit_sm", "enquire_link"]

    assert (link.may_submit, link.state) == (False, "bound as transceiver, not answering")
    refused = Deferred.fromCoroutine(link.submit(SubmitSm()))
    assert refused.result.check(LinkDown)

    smsc.say(EnquireLinkResp(sequence=3))
    assert link.may_submit
    for failed in (lost, refused):
        failed.addErrback(lambda _: None)


def test_an_smsc_that_has_lost_our_session_is_bound_anew(make: Callable[..., Link], smsc: Smsc, clock: Clock) -> None:
    link = make()
    smsc.accept_bind()
    refused = Deferred.fromCoroutine(link.submit(SubmitSm()))
    smsc.heard()
    smsc.say(SubmitSmResp(sequence=2, status=status.ESME_RINVBNDSTS))

    assert refused.result.status == status.ESME_RINVBNDSTS
    assert [pdu.name for pdu in smsc.heard()] == ["unbind"]
    assert not link.may_submit
    smsc.say(UnbindResp(sequence=3))
    clock.advance(0)
    clock.advance(60)
    smsc.accept_bind()
    assert (link.bound, link.counters["binds"], link.counters["binds lost"]) == (True, 2, 1)


def test_a_broken_smsc_does_not_fill_the_log(
    make: Callable[..., Link], smsc: Smsc, caplog: pytest.LogCaptureFixture
) -> None:
    link = make()
    smsc.accept_bind()
    caplog.clear()
    for number in range(100):
        smsc.cable.protocol.dataReceived(bytes.fromhex("000000100000077700000000") + number.to_bytes(4, "big"))
    assert link.counters["malformed"] == 100
    assert sum(record.levelno >= logging.WARNING for record in caplog.records) == 20


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
