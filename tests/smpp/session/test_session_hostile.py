"""What hostile or broken peers send to a session, in any state, and what a tap sees of it."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smpp import pdu, status
from smpp.codec import HEADER, decode, encode
from smpp.pdu import (
    BindTransceiver,
    BindTransceiverResp,
    CancelSm,
    DeliverSm,
    DeliverSmResp,
    EnquireLink,
    EnquireLinkResp,
    GenericNack,
    Pdu,
    QuerySm,
    ReplaceSm,
    SubmitMulti,
    SubmitSm,
    SubmitSmResp,
    Unbind,
    UnbindResp,
)
from smpp.session import Options, Role, Session, State
from smpp.session.events import Closed, Malformed, Reason, Request, Response

Wire = Any  # tests/smpp/conftest.py


def pdus(data: bytes) -> list[Pdu]:
    found = []
    while data:
        length = int.from_bytes(data[:4], "big")
        found.append(decode(data[:length]))
        data = data[length:]
    return found


def written(session: Session) -> list[Pdu]:
    return pdus(session.data_to_send())


def raw(command_id: int, body: bytes = b"", *, sequence: int = 5, command_status: int = 0) -> bytes:
    return HEADER.pack(16 + len(body), command_id, command_status, sequence) + body


def test_an_impossible_length_is_refused_and_ends_it(bound: Wire) -> None:
    events = bound.esme.receive(b"\0\0\0\x0f" + bytes(12), 0)

    assert [type(event) for event in events] == [Malformed, Closed]
    assert events[1] == Closed(Reason.FRAMING)
    assert written(bound.esme) == [GenericNack(status=status.ESME_RINVCMDLEN)]


def test_an_unknown_request_is_refused_and_the_session_goes_on(bound: Wire) -> None:
    events = bound.esme.receive(raw(0x0BAD, b"anything") + encode(DeliverSm(sequence=6)), 0)

    assert [type(event) for event in events] == [Malformed, Request]
    assert written(bound.esme) == [GenericNack(sequence=5, status=status.ESME_RINVCMDID)]


def test_an_unknown_response_is_not_answered(bound: Wire) -> None:
    events = bound.esme.receive(raw(0x80000BAD), 0)

    assert [type(event) for event in events] == [Malformed]
    assert written(bound.esme) == []


@pytest.mark.parametrize(
    ("data", "answer"),
    [
        (raw(0x5, b"USSD"), DeliverSmResp(sequence=5, status=status.ESME_RINVSERTYP)),
        (raw(0x6, b"trailing"), UnbindResp(sequence=5, status=status.ESME_RINVCMDLEN)),
        (raw(0x15, b"x"), EnquireLinkResp(sequence=5, status=status.ESME_RINVCMDLEN)),
        (raw(0x102, b"\1\1"), GenericNack(sequence=5, status=status.ESME_RINVSRCADR)),
    ],
)
def test_an_unreadable_request_is_refused_and_the_session_goes_on(bound: Wire, data: bytes, answer: Pdu) -> None:
    assert [type(event) for event in bound.esme.receive(data, 0)] == [Malformed]
    assert written(bound.esme) == [answer]
    assert bound.esme.bound


def test_an_unreadable_answer_still_is_the_answer(bound: Wire) -> None:
    bound.esme.send(SubmitSm(), 0)

    malformed, response = bound.esme.receive(raw(0x80000004, b"unterminated", sequence=2), 0)

    assert isinstance(malformed, Malformed)
    assert response == Response(SubmitSm(sequence=2), SubmitSmResp(sequence=2, message_id="unterminated"))


def test_octets_after_an_answer_do_not_cost_its_message_id(bound: Wire) -> None:
    bound.esme.send(SubmitSm(), 0)
    _malformed, response = bound.esme.receive(raw(0x80000004, b"1f2e\0\0\0", sequence=2), 0)
    assert response == Response(SubmitSm(sequence=2), SubmitSmResp(sequence=2, message_id="1f2e"))


def traffic() -> bytes:
    """What an SMSC may send to a freshly bound ESME."""
    sent: list[Pdu] = [
        DeliverSm(sequence=1, short_message=b"YY"),
        SubmitSmResp(sequence=2, message_id="A"),
        EnquireLink(sequence=2),
        GenericNack(sequence=3, status=3),
        DeliverSm(sequence=3, tlvs={"ussd_service_op": 1}),
    ]
    return b"".join(map(encode, sent)) + raw(0x0BAD, b"?") + encode(Unbind(sequence=9))


def bound_esme() -> Session:
    esme = Session(Role.ESME, Options(), 0)
    esme.send(BindTransceiver(), 0)
    esme.receive(encode(BindTransceiverResp(sequence=1)), 0)
    esme.send(SubmitSm(), 0)
    esme.send(SubmitSm(), 0)
    esme.data_to_send()
    return esme


@given(st.lists(st.integers(0, len(traffic())), max_size=12))
def test_wherever_the_octets_are_split_the_same_happens(cuts: list[int]) -> None:
    data, whole, split = traffic(), bound_esme(), bound_esme()
    expected = [str(event) for event in whole.receive(data, 1)]

    edges = [0, *sorted(cuts), len(data)]
    events = [split.receive(data[start:end], 1) for start, end in pairwise(edges)]

    assert [str(event) for part in events for event in part] == expected
    assert split.data_to_send() == whole.data_to_send()


# Who watches


def test_a_tap_sees_every_pdu_of_both_directions(bound: Wire) -> None:
    seen: list[tuple[bool, bytes]] = []
    bound.esme.tap = lambda sent, octets: seen.append((sent, octets))
    deliver, unknown = encode(DeliverSm(sequence=1)), raw(0x0BAD, b"?")

    bound.esme.send(SubmitSm(), 0)
    bound.esme.receive(deliver + unknown[:7], 0)
    bound.esme.receive(unknown[7:], 0)

    nack = GenericNack(sequence=5, status=status.ESME_RINVCMDID)
    assert seen == [(True, encode(SubmitSm(sequence=2))), (False, deliver), (False, unknown), (True, encode(nack))]


def test_a_tap_sees_what_is_no_pdu_cut_short(bound: Wire) -> None:
    seen: list[bytes] = []
    deliver = encode(DeliverSm(sequence=1))
    bound.esme.receive(deliver[:9], 0)
    bound.esme.tap = lambda sent, octets: None if sent else seen.append(octets)

    bound.esme.receive(deliver[9:] + b"HTTP/1.1 " + b"x" * 1000, 0)

    assert seen == [deliver, b"HTTP/1.1 " + b"x" * 55]


# Anything at all, in any state

STATES = ("open", "binding", "bound", "full", "overloaded", "finishing", "unbinding", "leaving", "closed")


def brought_to(state: str, role: Role) -> Session:
    """A session of that role in that state."""
    session = Session(role, Options(window=2, inbound=2), 0)
    if state == "open":
        return session
    if role is Role.ESME:
        session.send(BindTransceiver(), 0)
    events = session.receive(encode(BindTransceiver(sequence=1)), 0) if role is Role.SMSC else []
    if state == "binding":
        return session
    for event in events:
        session.answer(event.pdu, BindTransceiverResp(), 0)
    if role is Role.ESME:
        session.receive(encode(BindTransceiverResp(sequence=1)), 0)
    own, theirs = (SubmitSm(), DeliverSm(sequence=4)) if role is Role.ESME else (DeliverSm(), SubmitSm(sequence=4))
    for _ in range({"full": 2, "finishing": 1, "leaving": 1}.get(state, 0)):
        session.send(own, 0)
    for _ in range(2 if state == "overloaded" else 0):
        session.receive(encode(theirs), 0)
    if state in ("finishing", "unbinding"):
        session.close(0)
    elif state == "leaving":
        session.receive(encode(Unbind(sequence=3)), 0)
    elif state == "closed":
        session.lost()
    return session


EXPECTED = {"open": State.OPEN, "binding": State.BINDING, "finishing": State.FINISHING, "unbinding": State.UNBINDING,
            "leaving": State.LEAVING, "closed": State.CLOSED}  # fmt: skip


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("state", STATES)
def test_the_states_are_what_they_are_called(state: str, role: Role) -> None:
    assert brought_to(state, role).state is EXPECTED.get(state, State.BOUND_TRX)


commands = st.sampled_from([operation.command_id for operation in pdu.OPERATIONS] + [0, 0x0BAD, 0x80000BAD])
messages = st.builds(raw, commands, st.binary(max_size=40), sequence=st.integers(0, 5))
whole = st.sampled_from([encode(operation(sequence=n)) for operation in pdu.OPERATIONS for n in (1, 2, 3)
                         if operation not in (QuerySm, SubmitMulti, CancelSm, ReplaceSm)])  # fmt: skip


@settings(max_examples=400)
@given(
    st.sampled_from(Role),
    st.sampled_from(STATES),
    st.lists(st.one_of(messages, whole, st.binary(max_size=30)), max_size=8).map(b"".join),
    st.lists(st.integers(0, 300), max_size=6),
)
def test_no_octets_in_any_state_and_however_split_break_a_session(
    role: Role, state: str, data: bytes, cuts: list[int]
) -> None:
    session = brought_to(state, role)
    session.data_to_send()
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    ended = []

    for now, (start, end) in enumerate(pairwise(edges)):
        for event in session.receive(data[start:end], now):
            answer = pdu.answer_to(event.pdu) if isinstance(event, Request) else None
            if isinstance(event, Request) and answer is not None:
                ended += session.answer(event.pdu, answer, now)
            ended.append(event)

    pdus(session.data_to_send())  # what it says is always well formed
    for now in (1000, 2000):
        ended += session.tick(now)
    ended += session.lost()
    assert [type(event) for event in ended].count(Closed) == (0 if state == "closed" else 1)
    assert (session.closed, session.window_used, session.open_requests) == (True, 0, 0)
    assert (session.next_deadline(), session.receive(data, 3000)) == (None, [])
