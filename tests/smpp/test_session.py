"""A session from bind to unbind, and everything that may go wrong on the way."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from smpp import pdu, status
from smpp.codec import HEADER, decode, encode
from smpp.events import BindRefused, Bound, Closed, Malformed, Reason, Request, Response, Stray, TimedOut
from smpp.pdu import (
    AlertNotification,
    BindReceiver,
    BindTransceiver,
    BindTransceiverResp,
    BindTransmitter,
    DeliverSm,
    DeliverSmResp,
    EnquireLink,
    EnquireLinkResp,
    GenericNack,
    Pdu,
    PduError,
    QuerySm,
    SubmitSm,
    SubmitSmResp,
    Unbind,
    UnbindResp,
)
from smpp.session import Options, Role, Session, State, WindowFull, WrongState

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


# Binding


@pytest.mark.parametrize(
    ("request_", "state"),
    [
        (BindTransceiver(system_id="clinic"), State.BOUND_TRX),
        (BindTransmitter(system_id="clinic"), State.BOUND_TX),
        (BindReceiver(system_id="clinic"), State.BOUND_RX),
    ],
)
def test_bind(wire: Wire, request_: pdu.Bind, state: State) -> None:
    wire.esme.send(request_, 0)
    assert wire.flow() == [Request(replace(request_, sequence=1))]
    assert (wire.esme.state, wire.smsc.state) == (State.BINDING, State.BINDING)

    accepted = pdu.answer_to(request_)
    asked = next(iter(wire.smsc._open.values()))
    wire.smsc.answer(asked, accepted, 0)
    assert wire.flow() == [Bound(replace(accepted, sequence=1))]
    assert (wire.esme.state, wire.smsc.state) == (state, state)


def test_a_refused_bind_leaves_the_connection_open_for_another(wire: Wire) -> None:
    wire.esme.send(BindTransceiver(), 0)
    (asked,) = wire.flow()
    wire.smsc.answer(asked.pdu, BindTransceiverResp(status=status.ESME_RINVPASWD), 0)

    assert wire.flow() == [BindRefused(status.ESME_RINVPASWD)]
    assert (wire.esme.state, wire.smsc.state) == (State.OPEN, State.OPEN)
    wire.bind()
    assert wire.esme.bound


def test_a_bind_answered_by_generic_nack_is_refused() -> None:
    esme = Session(Role.ESME, Options(), 0)
    esme.send(BindTransceiver(), 0)

    assert esme.receive(encode(GenericNack(sequence=1, status=3)), 0) == [BindRefused(3)]


def test_a_bind_without_answer_closes() -> None:
    esme = Session(Role.ESME, Options(bind_timeout=5), 0)
    esme.send(BindTransceiver(), 0)

    assert esme.next_deadline() == 5
    assert esme.tick(5) == [Closed(Reason.BIND_UNANSWERED)]


def test_a_connection_that_never_binds_is_closed() -> None:
    smsc = Session(Role.SMSC, Options(bind_timeout=5), 0)

    assert smsc.next_deadline() == 5
    assert smsc.tick(4.9) == []
    assert smsc.tick(5) == [Closed(Reason.NOT_BOUND)]
    assert smsc.next_deadline() is None


def test_a_second_bind_is_refused(bound: Wire) -> None:
    bound.smsc.receive(encode(BindTransceiver(sequence=9)), 0)

    assert written(bound.smsc) == [BindTransceiverResp(sequence=9, status=status.ESME_RALYBND)]
    assert bound.smsc.bound


# Requests and the window


def test_submit_and_answer(bound: Wire) -> None:
    sequence = bound.esme.send(SubmitSm(short_message=b"hi"), 0)
    sent = SubmitSm(sequence=sequence, short_message=b"hi")
    assert bound.flow() == [Request(sent)]
    assert bound.esme.window_used == 1

    (asked,) = bound.smsc._open.values()
    bound.smsc.answer(asked, SubmitSmResp(message_id="A1"), 0)

    assert bound.flow() == [Response(sent, SubmitSmResp(sequence=sequence, message_id="A1"))]
    assert bound.esme.window_used == 0


def test_answers_out_of_order(bound: Wire) -> None:
    for text in (b"one", b"two", b"three"):
        bound.esme.send(SubmitSm(short_message=text), 0)
    one, two, three = [event.pdu for event in bound.flow()]

    for request in (three, one, two):
        bound.smsc.answer(request, SubmitSmResp(message_id=request.short_message.decode()), 0)

    assert [(e.request.short_message, e.response.message_id) for e in bound.flow()] == [
        (b"three", "three"),
        (b"one", "one"),
        (b"two", "two"),
    ]


def test_the_window_is_a_bound(bound: Wire) -> None:
    for _ in range(3):
        bound.esme.send(SubmitSm(), 0)
    bound.esme.data_to_send()

    with pytest.raises(WindowFull):
        bound.esme.send(SubmitSm(), 0)

    assert bound.esme.data_to_send() == b""
    bound.esme.receive(encode(SubmitSmResp(sequence=2)), 0)
    bound.esme.send(SubmitSm(), 0)


def test_a_request_without_answer_is_given_up_and_a_late_answer_is_a_stray(bound: Wire) -> None:
    bound.esme.send(SubmitSm(), 0)

    assert bound.esme.tick(9.9) == []
    assert bound.esme.tick(10) == [TimedOut(SubmitSm(sequence=2))]
    assert bound.esme.window_used == 0
    late = SubmitSmResp(sequence=2, message_id="late")
    assert bound.esme.receive(encode(late), 11) == [Stray(late)]


def test_a_generic_nack_is_the_answer_to_its_request(bound: Wire) -> None:
    bound.esme.send(SubmitSm(), 0)
    nack = GenericNack(sequence=2, status=status.ESME_RINVCMDID)

    assert bound.esme.receive(encode(nack), 0) == [Response(SubmitSm(sequence=2), nack)]


def test_a_response_of_another_operation_is_no_answer(bound: Wire) -> None:
    bound.esme.send(SubmitSm(), 0)
    wrong = DeliverSmResp(sequence=2)

    assert bound.esme.receive(encode(wrong), 0) == [Stray(wrong)]
    assert bound.esme.window_used == 1


def test_nothing_that_cannot_be_written_takes_a_number_or_a_place(bound: Wire) -> None:
    with pytest.raises(PduError):
        bound.esme.send(SubmitSm(short_message=b"x" * 255), 0)

    assert bound.esme.data_to_send() == b""
    assert bound.esme.window_used == 0
    assert bound.esme.send(SubmitSm(), 0) == 2


@pytest.mark.parametrize(
    ("bind", "may", "may_not"),
    [
        (BindTransceiver(), SubmitSm(), DeliverSm()),
        (BindTransmitter(), SubmitSm(), BindTransceiver()),
        (BindTransmitter(), QuerySm(message_id="1"), AlertNotification()),
    ],
)
def test_what_an_esme_may_send(wire: Wire, bind: pdu.Bind, may: Pdu, may_not: Pdu) -> None:
    wire.bind(bind)

    wire.esme.send(may, 0)
    with pytest.raises(WrongState):
        wire.esme.send(may_not, 0)


def test_a_receiver_may_not_submit(wire: Wire) -> None:
    wire.bind(BindReceiver())
    assert not wire.esme.may_send(SubmitSm)
    with pytest.raises(WrongState):
        wire.esme.send(SubmitSm(), 0)

    wire.smsc.send(DeliverSm(), 0)
    assert [type(event) for event in wire.flow()] == [Request]


def test_an_smsc_may_not_deliver_to_a_transmitter(wire: Wire) -> None:
    wire.bind(BindTransmitter())
    with pytest.raises(WrongState):
        wire.smsc.send(DeliverSm(), 0)


def test_nothing_may_be_sent_before_the_bind_is_answered(wire: Wire) -> None:
    with pytest.raises(WrongState):
        wire.esme.send(SubmitSm(), 0)
    wire.esme.send(BindTransceiver(), 0)
    with pytest.raises(WrongState):
        wire.esme.send(SubmitSm(), 0)


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        (SubmitSm(sequence=5), SubmitSmResp(sequence=5, status=status.ESME_RINVBNDSTS)),
        (Unbind(sequence=5), UnbindResp(sequence=5, status=status.ESME_RINVBNDSTS)),
        (EnquireLink(sequence=5), EnquireLinkResp(sequence=5)),
    ],
)
def test_requests_before_a_bind(wire: Wire, request_: Pdu, answer: Pdu) -> None:
    assert wire.smsc.receive(encode(request_), 0) == []
    assert written(wire.smsc) == [answer]


def test_an_alert_has_no_answer_even_where_it_is_wrong(wire: Wire) -> None:
    assert wire.esme.receive(encode(AlertNotification(sequence=5)), 0) == []
    assert written(wire.esme) == []


def test_a_request_of_the_wrong_side_is_refused(bound: Wire) -> None:
    assert bound.esme.receive(encode(SubmitSm(sequence=5)), 0) == []
    assert written(bound.esme) == [SubmitSmResp(sequence=5, status=status.ESME_RINVBNDSTS)]


def test_an_alert_is_told_and_not_answered(bound: Wire) -> None:
    bound.smsc.send(AlertNotification(), 0)
    assert [type(event) for event in bound.flow()] == [Request]
    assert (bound.esme.open_requests, bound.smsc.window_used) == (0, 0)


def test_more_deliveries_than_the_owner_can_take_are_sent_back(bound: Wire) -> None:
    events = bound.esme.receive(b"".join(encode(DeliverSm(sequence=n)) for n in (1, 2, 3)), 0)
    assert [event.pdu.sequence for event in events] == [1, 2]
    assert written(bound.esme) == [DeliverSmResp(sequence=3, status=status.ESME_RMSGQFUL)]

    bound.esme.answer(events[0].pdu, DeliverSmResp(), 0)
    assert written(bound.esme) == [DeliverSmResp(sequence=1)]
    assert len(bound.esme.receive(encode(DeliverSm(sequence=3)), 0)) == 1


def test_two_requests_with_one_sequence_get_an_answer_each(bound: Wire) -> None:
    events = bound.esme.receive(encode(DeliverSm(sequence=1)) * 2, 0)
    for event in events:
        bound.esme.answer(event.pdu, DeliverSmResp(), 0)
        bound.esme.answer(event.pdu, DeliverSmResp(), 0)  # only the first one counts

    assert written(bound.esme) == [DeliverSmResp(sequence=1)] * 2


# Whether the link lives


def test_silence_makes_us_ask(bound: Wire) -> None:
    assert bound.esme.next_deadline() == 30
    assert bound.esme.tick(30) == []
    assert written(bound.esme) == [EnquireLink(sequence=2)]

    bound.esme.receive(encode(EnquireLinkResp(sequence=2)), 31)
    assert bound.esme.next_deadline() == 61


def test_two_questions_without_answer_end_the_session(bound: Wire) -> None:
    bound.esme.send(SubmitSm(), 25)
    bound.esme.tick(30)
    assert bound.esme.tick(40) == [TimedOut(SubmitSm(sequence=2))]
    assert [request.name for request in written(bound.esme)] == ["submit_sm", "enquire_link", "enquire_link"]

    assert bound.esme.tick(50) == [Closed(Reason.SILENT)]
    assert bound.esme.receive(encode(EnquireLinkResp(sequence=4)), 51) == []


def test_anything_heard_is_a_sign_of_life(bound: Wire) -> None:
    for _ in range(5):
        asked = bound.esme.next_deadline()
        bound.esme.tick(asked)
        assert written(bound.esme)[-1].name == "enquire_link"
        bound.esme.receive(encode(AlertNotification(sequence=1)), asked + 5)
        assert bound.esme.tick(asked + 10) == []
    assert bound.esme.bound


def test_only_questions_in_a_row_count(bound: Wire) -> None:
    bound.esme.tick(30)
    bound.esme.tick(40)  # the first goes without answer, the second is asked
    bound.esme.receive(encode(AlertNotification(sequence=1)), 45)
    bound.esme.tick(50)
    bound.esme.tick(75)  # the third
    assert bound.esme.tick(85) == []
    assert bound.esme.tick(95) == [Closed(Reason.SILENT)]


def test_a_full_window_does_not_keep_enquire_link_from_either_side(bound: Wire) -> None:
    for _ in range(3):
        bound.esme.send(SubmitSm(), 25)
    bound.esme.data_to_send()

    bound.esme.tick(30)
    bound.esme.receive(encode(EnquireLink(sequence=77)), 30)

    assert [request.name for request in written(bound.esme)] == ["enquire_link", "enquire_link_resp"]


def test_a_silent_esme_is_closed_by_the_smsc() -> None:
    smsc = Session(Role.SMSC, Options(inactivity=60, bind_timeout=0, enquire_link=0), 0)
    smsc.receive(encode(EnquireLink(sequence=1)), 30)

    assert smsc.next_deadline() == 90
    assert smsc.tick(89) == []
    assert smsc.tick(90) == [Closed(Reason.INACTIVE)]


def test_two_sides_that_ask_each_other_stay_bound_for_days(bound: Wire) -> None:
    assert bound.pass_time(2 * 86400) == []
    assert bound.esme.bound
    assert bound.smsc.bound


# The end


def test_unbind_waits_for_what_is_open(bound: Wire) -> None:
    bound.esme.send(SubmitSm(), 0)
    (submit,) = bound.flow()
    bound.smsc.send(DeliverSm(), 0)
    (deliver,) = bound.flow()

    assert bound.esme.close(0) == []
    with pytest.raises(WrongState):
        bound.esme.send(SubmitSm(), 0)
    bound.smsc.answer(submit.pdu, SubmitSmResp(message_id="1"), 0)
    assert [type(event) for event in bound.flow()] == [Response]
    assert bound.esme.state is State.FINISHING

    bound.esme.answer(deliver.pdu, DeliverSmResp(), 0)
    events = bound.flow()

    assert [event for event in events if isinstance(event, Closed)] == [
        Closed(Reason.UNBOUND_BY_PEER),
        Closed(Reason.UNBOUND),
    ]


def test_deliveries_while_finishing_are_for_later(bound: Wire) -> None:
    bound.esme.send(SubmitSm(), 0)
    bound.esme.close(0)
    bound.esme.data_to_send()

    assert bound.esme.receive(encode(DeliverSm(sequence=8)), 0) == []
    assert written(bound.esme) == [DeliverSmResp(sequence=8, status=status.ESME_RX_T_APPN)]


def test_unbind_does_not_wait_for_ever(bound: Wire) -> None:
    bound.esme.receive(encode(DeliverSm(sequence=8)), 0)  # never answered by its owner
    bound.esme.close(0)
    assert written(bound.esme) == []

    bound.esme.tick(10)
    assert written(bound.esme) == [Unbind(sequence=2)]
    assert bound.esme.tick(20) == [Closed(Reason.UNBOUND)]


def test_the_other_side_unbinds(bound: Wire) -> None:
    bound.smsc.send(DeliverSm(), 0)
    (deliver,) = bound.flow()
    bound.esme.receive(encode(Unbind(sequence=9)), 0)
    assert bound.esme.state is State.LEAVING
    assert written(bound.esme) == []

    assert bound.esme.answer(deliver.pdu, DeliverSmResp(), 0) == [Closed(Reason.UNBOUND_BY_PEER)]
    assert written(bound.esme) == [DeliverSmResp(sequence=1), UnbindResp(sequence=9)]


def test_nothing_after_the_end_counts(bound: Wire) -> None:
    events = bound.esme.receive(encode(Unbind(sequence=9)) + encode(DeliverSm(sequence=10)), 0)

    assert events == [Closed(Reason.UNBOUND_BY_PEER)]
    assert written(bound.esme) == [UnbindResp(sequence=9)]


def test_finishing_has_its_own_deadline(bound: Wire) -> None:
    bound.smsc.send(DeliverSm(), 0)
    bound.flow()
    bound.esme.close(3)

    assert bound.esme.next_deadline() == 13


def test_both_unbind_at_once(bound: Wire) -> None:
    bound.esme.close(0)
    bound.smsc.close(0)

    events = bound.flow()

    assert events == [Closed(Reason.UNBOUND), Closed(Reason.UNBOUND)]
    assert bound.esme.closed
    assert bound.smsc.closed


def test_closing_before_the_bind_is_immediate(wire: Wire) -> None:
    assert wire.esme.close(0) == [Closed(Reason.UNBOUND)]
    assert wire.esme.close(0) == []


def test_a_lost_connection_tells_what_has_no_answer(bound: Wire) -> None:
    bound.esme.send(SubmitSm(short_message=b"one"), 0)
    bound.esme.send(SubmitSm(short_message=b"two"), 0)
    (deliver,) = bound.esme.receive(encode(DeliverSm(sequence=8)), 0)

    one, two = SubmitSm(sequence=2, short_message=b"one"), SubmitSm(sequence=3, short_message=b"two")
    assert bound.esme.lost() == [Closed(Reason.LOST, (one, two))]
    assert bound.esme.lost() == []
    bound.esme.data_to_send()
    assert bound.esme.answer(deliver.pdu, DeliverSmResp(), 0) == []
    assert bound.esme.data_to_send() == b""
    with pytest.raises(WrongState):
        bound.esme.send(SubmitSm(), 0)


# What hostile or broken peers send


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
    assert response == Response(SubmitSm(sequence=2), SubmitSmResp(sequence=2))


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


commands = st.sampled_from([operation.command_id for operation in pdu.OPERATIONS] + [0, 0x0BAD, 0x80000BAD])
messages = st.builds(raw, commands, st.binary(max_size=40), sequence=st.integers(0, 5))


@settings(max_examples=200)
@given(st.sampled_from(Role), st.lists(st.one_of(messages, st.binary(max_size=30)), max_size=8))
def test_no_octets_break_a_session(role: Role, parts: list[bytes]) -> None:
    session = bound_esme() if role is Role.ESME else Session(role, Options(), 0)

    for now, data in enumerate(parts):
        for event in session.receive(data, now):
            answer = pdu.answer_to(event.pdu) if isinstance(event, Request) else None
            if isinstance(event, Request) and answer is not None:
                session.answer(event.pdu, answer, now)

    pdus(session.data_to_send())  # what it says is always well formed
    session.tick(1000)
    session.tick(2000)
    assert [type(event) for event in session.lost()] in ([], [Closed])
    assert session.closed
