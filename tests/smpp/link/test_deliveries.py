"""What an SMSC delivers: handed on, answered when it is safe, and never more than can be worked on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from smpp import status
from smpp.link import Link
from smpp.pdu import Address, AlertNotification, BindTransceiverResp, DataSm, DataSmResp, DeliverSm, DeliverSmResp

Smsc = Inbox = Any  # tests/smpp/conftest.py


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


def test_an_alert_is_counted(make: Callable[..., Link], smsc: Smsc) -> None:
    link = make()
    smsc.accept_bind()
    smsc.say(AlertNotification(sequence=7))
    assert link.counters["alerts"] == 1


def test_a_delivery_that_outlives_its_bind_is_not_answered_on_the_next(
    make: Callable[..., Link], smsc: Smsc, inbox: Inbox, clock: Clock
) -> None:
    make()
    smsc.accept_bind()
    storing: Deferred[int] = Deferred()
    inbox.answer = lambda: storing
    smsc.say(DeliverSm(sequence=7))
    smsc.drop()
    clock.advance(1)
    smsc.accept_bind()

    storing.callback(status.ESME_ROK)

    assert smsc.heard() == []
    smsc.say(DeliverSm(sequence=7))
    first, again = inbox.binds
    assert first != again


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
