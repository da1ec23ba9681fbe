"""How the binds of one account come to their SMSC: in turn, and not at all while the account is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from twisted.internet.task import Clock

from smpp import status
from smpp.link import Link
from smpp.pdu import BindTransceiverResp, UnbindResp

Smsc = Any  # tests/smpp/conftest.py


def refuse(smsc: Smsc, clock: Clock, refusal: int) -> None:
    smsc.accept_connection()
    smsc.say(BindTransceiverResp(sequence=1, status=refusal))
    clock.advance(0)


def test_binds_try_one_at_a_time(make: Callable[..., Link], smsc: Smsc) -> None:
    link = make(binds=3)
    for number in (1, 2, 3):
        assert smsc.dialled == number
        smsc.accept_connection()
        assert smsc.dialled == number  # until the bind is answered
        smsc.say(BindTransceiverResp(sequence=1))
    assert (smsc.dialled, link.state) == (3, "bound as transceiver")


@pytest.mark.parametrize("refusal", [status.ESME_RINVPASWD, status.ESME_RINVSYSID, status.ESME_RINVSYSTYP])
def test_after_a_wrong_password_the_siblings_wait_too(
    make: Callable[..., Link], smsc: Smsc, clock: Clock, refusal: int
) -> None:
    make(binds=3, refused_min=30, refused_max=900)
    for tried, pause in enumerate((30, 60, 120), 1):
        refuse(smsc, clock, refusal)
        clock.advance(pause - 0.01)
        assert smsc.dialled == tried
        clock.advance(0.01)
        assert smsc.dialled == tried + 1

    smsc.accept_bind()
    smsc.accept_bind()
    smsc.accept_bind()
    assert smsc.dialled == 6


def test_an_account_with_fewer_binds_than_ours_keeps_those_it_has(
    make: Callable[..., Link], smsc: Smsc, clock: Clock
) -> None:
    link = make(binds=2, refused_min=30)
    smsc.accept_bind()
    first = smsc.cable
    refuse(smsc, clock, status.ESME_RALYBND)
    assert link.state == "1 of 2 bound"

    first.drop()  # what is refused to the second does not keep the first waiting
    clock.advance(1)
    assert smsc.dialled == 3
    smsc.accept_bind()
    clock.advance(29)
    assert smsc.dialled == 4


def test_a_connection_that_fails_lets_the_next_try(make: Callable[..., Link], smsc: Smsc) -> None:
    make(binds=2)
    smsc.refuse_connection()
    assert smsc.dialled == 2


def test_a_bind_without_answer_lets_the_next_try(make: Callable[..., Link], smsc: Smsc, clock: Clock) -> None:
    make(binds=2, bind_timeout=5)
    smsc.accept_connection()
    clock.advance(5)
    assert smsc.dialled == 2


def test_stopping_while_all_wait_for_the_account(make: Callable[..., Link], smsc: Smsc, clock: Clock) -> None:
    link = make(binds=3)
    refuse(smsc, clock, status.ESME_RINVPASWD)
    stopped = link.stopService()
    clock.advance(0)

    assert stopped.called
    assert clock.getDelayedCalls() == []
    clock.advance(3600)
    assert smsc.dialled == 1


def test_stopping_while_one_tries_and_others_wait(make: Callable[..., Link], smsc: Smsc, clock: Clock) -> None:
    link = make(binds=3)
    smsc.accept_bind()
    bound = smsc.cable
    stopped = link.stopService()
    smsc.say(UnbindResp(sequence=2), on=bound)
    clock.advance(0)

    assert stopped.called
    assert smsc.dialled == 2


def test_a_bind_that_was_admitted_makes_the_next_refusal_the_first(
    make: Callable[..., Link], smsc: Smsc, clock: Clock
) -> None:
    make(binds=1, refused_min=30, refused_max=900)
    for pause in (30, 60, 120):
        refuse(smsc, clock, status.ESME_RINVPASWD)
        clock.advance(pause)
    smsc.accept_bind()
    smsc.drop()
    clock.advance(60)

    dialled = smsc.dialled
    refuse(smsc, clock, status.ESME_RINVPASWD)
    clock.advance(30)
    assert smsc.dialled == dialled + 1
