"""A session from bind to unbind, and everything that may go wrong on the way."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from smpp import pdu, status, tlv
from smpp.codec import HEADER, decode, encode
from smpp.pdu import (
    Address,
    AlertNotification,
    BindReceiver,
    BindTransceiver,
    BindTransceiverResp,
    BindTransmitter,
    CancelSm,
    CancelSmResp,
    DataSm,
    DataSmResp,
    DeliverSm,
    DeliverSmResp,
    EnquireLink,
    EnquireLinkResp,
    GenericNack,
    Outbind,
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
from smpp.session import Options, Role, Session, State, WindowFull, WrongState
from smpp.session.events import BindRefused, Bound, Closed, Reason, Request, Response, Revived, Stray, TimedOut
from smpp.settings import VendorTlv

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
    assert bound.esme.receive(encode(late), 11) == [Revived(), Stray(late)]


def test_silence_after_a_request_is_doubted_and_asked_about_at_once(bound: Wire) -> None:
    bound.esme.send(SubmitSm(), 20)
    bound.esme.tick(30)
    assert bound.esme.doubtful
    assert [request.name for request in written(bound.esme)] == ["submit_sm", "enquire_link"]

    assert bound.esme.receive(encode(EnquireLinkResp(sequence=3)), 31) == [Revived()]
    assert not bound.esme.doubtful


def test_a_slow_answer_is_no_silence(bound: Wire) -> None:
    bound.esme.send(SubmitSm(), 0)
    bound.esme.receive(encode(AlertNotification(sequence=1)), 5)
    assert bound.esme.tick(10) == [TimedOut(SubmitSm(sequence=2))]
    assert not bound.esme.doubtful


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
        (BindTransmitter(), CancelSm(message_id="1"), Outbind()),
        (BindTransceiver(), ReplaceSm(message_id="1"), DeliverSm()),
        (BindTransceiver(), SubmitMulti(destinations=(Address("1"),)), DeliverSm()),
        (BindTransceiver(), DataSm(), AlertNotification()),
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


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        (SubmitMulti(destinations=(Address("1"),)), SubmitMultiResp(message_id="A")),
        (QuerySm(message_id="A"), QuerySmResp(message_id="A", message_state=2)),
        (CancelSm(message_id="A"), CancelSmResp()),
        (ReplaceSm(message_id="A", short_message=b"new"), ReplaceSmResp()),
        (DataSm(tlvs={"message_payload": b"hi"}), DataSmResp(message_id="A")),
    ],
)
def test_every_operation_of_an_esme_is_answered(bound: Wire, request_: Pdu, answer: Pdu) -> None:
    sequence = bound.esme.send(request_, 0)
    (asked,) = bound.flow()
    bound.smsc.answer(asked.pdu, answer, 0)

    assert bound.flow() == [Response(replace(request_, sequence=sequence), replace(answer, sequence=sequence))]


def test_numbers_go_round_while_an_old_request_is_open(bound: Wire) -> None:
    bound.esme._window._last = 0x7FFFFFFE
    numbers = [bound.esme.send(SubmitSm(), 0) for _ in range(3)]
    assert numbers == [0x7FFFFFFF, 1, 2]
    for event in bound.flow():
        bound.smsc.answer(event.pdu, SubmitSmResp(), 0)
    assert [event.response.sequence for event in bound.flow()] == numbers


def test_both_sides_number_on_their_own(bound: Wire) -> None:
    bound.esme.send(SubmitSm(), 0)
    bound.smsc.send(DeliverSm(), 0)
    bound.smsc.send(DeliverSm(), 0)
    submit, one, two = sorted((event.pdu for event in bound.flow()), key=lambda pdu: pdu.name, reverse=True)
    assert (submit.sequence, one.sequence, two.sequence) == (2, 1, 2)

    bound.smsc.answer(submit, SubmitSmResp(message_id="A"), 0)
    bound.esme.answer(two, DeliverSmResp(), 0)
    assert {type(event.response) for event in bound.flow()} == {SubmitSmResp, DeliverSmResp}


def test_the_makers_parameters_go_by_the_links_names() -> None:
    own = tlv.dictionary({"cause": VendorTlv(tag=0x1401, kind="int", size=2)})
    esme = Session(Role.ESME, Options(dictionary=own), 0)
    esme.send(BindTransceiver(), 0)
    esme.receive(encode(BindTransceiverResp(sequence=1)), 0)
    esme.data_to_send()

    (event,) = esme.receive(encode(DeliverSm(sequence=3, tlvs={"0x1401": b"\0\x11"})), 0)
    assert event.pdu.tlvs == {"cause": 17}
    esme.send(SubmitSm(tlvs={"cause": 18}), 0)
    assert written(esme)[0].tlvs == {"0x1401": b"\0\x12"}


# Outbind


def test_an_smsc_asks_an_esme_to_bind(wire: Wire) -> None:
    wire.smsc.send(Outbind(system_id="smsc", password="knock"), 0)
    assert wire.flow() == [Request(Outbind(sequence=1, system_id="smsc", password="knock"))]
    assert (wire.esme.open_requests, wire.smsc.window_used) == (0, 0)  # it has no answer
    assert (wire.esme.state, wire.smsc.state) == (State.OPEN, State.OPEN)

    wire.bind(BindReceiver())
    assert wire.esme.bound


def test_an_outbind_in_a_bound_state_is_neither_told_nor_answered(bound: Wire) -> None:
    assert bound.esme.receive(encode(Outbind(sequence=9)), 0) == []
    assert written(bound.esme) == []
    with pytest.raises(WrongState):
        bound.smsc.send(Outbind(), 0)


def test_an_esme_may_not_outbind(wire: Wire) -> None:
    with pytest.raises(WrongState):
        wire.esme.send(Outbind(), 0)
    assert wire.smsc.receive(encode(Outbind(sequence=9)), 0) == []
    assert written(wire.smsc) == []


# Whether the link lives


def test_an_enquire_link_before_the_binds_answer_is_answered(wire: Wire) -> None:
    wire.esme.send(BindTransceiver(), 0)
    wire.esme.data_to_send()
    assert wire.esme.receive(encode(EnquireLink(sequence=7)), 0) == []
    assert written(wire.esme) == [EnquireLinkResp(sequence=7)]


def test_an_enquire_link_is_answered_while_too_much_comes_in_and_while_finishing(bound: Wire) -> None:
    bound.esme.receive(b"".join(encode(DeliverSm(sequence=n)) for n in (1, 2, 3)), 0)
    bound.esme.data_to_send()
    for _ in range(2):
        bound.esme.receive(encode(EnquireLink(sequence=8)), 0)
        assert written(bound.esme) == [EnquireLinkResp(sequence=8)]
        bound.esme.close(0)


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


def test_deliveries_that_cross_our_unbind_are_for_later(bound: Wire) -> None:
    bound.esme.close(0)
    assert written(bound.esme) == [Unbind(sequence=2)]

    assert bound.esme.receive(encode(DeliverSm(sequence=8)), 0) == []
    assert written(bound.esme) == [DeliverSmResp(sequence=8, status=status.ESME_RX_T_APPN)]


def test_a_delivery_that_overtakes_the_answer_to_our_bind_is_for_later(wire: Wire) -> None:
    wire.esme.send(BindTransceiver(), 0)
    wire.esme.data_to_send()
    assert wire.esme.receive(encode(DeliverSm(sequence=1)), 0) == []
    assert written(wire.esme) == [DeliverSmResp(sequence=1, status=status.ESME_RX_T_APPN)]


def test_requests_after_the_other_sides_unbind_are_for_later(bound: Wire) -> None:
    bound.esme.send(SubmitSm(), 0)
    bound.esme.receive(encode(Unbind(sequence=9)), 0)
    bound.esme.data_to_send()
    bound.esme.receive(encode(DeliverSm(sequence=10)), 0)
    assert written(bound.esme) == [DeliverSmResp(sequence=10, status=status.ESME_RX_T_APPN)]


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


def test_the_other_side_unbinds_and_our_window_is_finished_first(bound: Wire) -> None:
    bound.esme.send(SubmitSm(), 0)
    bound.esme.data_to_send()
    assert bound.esme.receive(encode(Unbind(sequence=9)), 0) == []
    with pytest.raises(WrongState):
        bound.esme.send(SubmitSm(), 0)
    assert written(bound.esme) == []

    answer = SubmitSmResp(sequence=2, message_id="A")
    events = bound.esme.receive(encode(answer), 5)
    assert events == [Response(SubmitSm(sequence=2), answer), Closed(Reason.UNBOUND_BY_PEER)]
    assert written(bound.esme) == [UnbindResp(sequence=9)]


def test_an_unbind_is_answered_in_time_though_the_window_stays_open(bound: Wire) -> None:
    bound.esme.send(SubmitSm(), 0)
    bound.esme.receive(encode(Unbind(sequence=9)), 0)
    bound.esme.data_to_send()

    timed_out, closed = bound.esme.tick(10)
    assert (timed_out, closed) == (TimedOut(SubmitSm(sequence=2)), Closed(Reason.UNBOUND_BY_PEER))
    assert written(bound.esme) == [UnbindResp(sequence=9)]


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
