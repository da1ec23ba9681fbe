"""What the fuzzer calls with octets of its own: each target ends quietly, or it has found a mistake.

The same functions are run on every finding that was kept, by tests/smpp/codec/test_fuzz_findings.py.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator

from msgspec.structs import replace

from smpp import parts, receipts, text, trace
from smpp.codec import HEADER, decode, encode, general
from smpp.pdu import (
    OPERATIONS,
    Address,
    DeliverSm,
    DistributionList,
    Pdu,
    PduError,
    ShortMessage,
    SubmitMulti,
    SubmitMultiResp,
    SubmitSm,
    Unsuccessful,
    answer_to,
)
from smpp.session import Options, Role, Session, SessionError
from smpp.session.events import Closed, Event, Request
from smpp.session.framing import Framer
from smpp.ussd import application, network

EXAMPLES: list[Pdu] = [
    *(operation() for operation in OPERATIONS if not {"message_id", "destinations"} & {*operation.__struct_fields__}),
    *(operation(message_id="42") for operation in OPERATIONS if "message_id" in operation.__struct_fields__),
    SubmitMulti(destinations=(Address("86138", 1, 1), DistributionList("nurses")), short_message=b"hello"),
    SubmitMultiResp(message_id="42", unsuccess_sme=(Unsuccessful(Address("86138", 1, 1), 11),)),
    SubmitSm(source=Address("10086"), destination=Address("8613800138000", 1, 1), short_message=b"hello"),
    DeliverSm(
        service_type="USSD",
        source=Address("8613800138000", 1, 1),
        short_message=b"*120#",
        tlvs={"ussd_service_op": 1, "its_session_info": b"\x11\x02"},
    ),
    DeliverSm(
        esm_class=4,
        short_message=b"id:42 sub:001 dlvrd:001 submit date:2401011200 done date:2401011201 stat:DELIVRD err:000",
        tlvs={"receipted_message_id": "42", "message_state": 2, "network_error_code": b"\3\0\0"},
    ),
    DeliverSm(esm_class=0x40, data_coding=8, short_message=b"\5\0\3\7\2\1\x4f\x60"),
    DeliverSm(tlvs={"sar_msg_ref_num": 7, "sar_total_segments": 2, "sar_segment_seqnum": 1, "message_payload": b"hi"}),
]  # fmt: skip


def with_true_length(data: bytes) -> bytes:
    """The same octets with a command_length that fits: else nearly all would be refused at once."""
    octets = data.ljust(HEADER.size, b"\0")
    return len(octets).to_bytes(4, "big") + octets[4:]


def outcome(read: Callable[[bytes], Pdu], octets: bytes) -> Pdu | tuple[int, int, int]:
    try:
        return read(octets)
    except PduError as error:
        return (error.status, error.sequence, error.command_id)


def one_pdu(data: bytes) -> None:
    """Octets are a PDU or a PduError, on both ways alike; what is read and can be written is read again."""
    for octets in (data, with_true_length(data)):
        found = outcome(decode, octets)
        if found != outcome(general.decode, octets):
            raise AssertionError("the fast path and the tables disagree")
        if isinstance(found, Pdu):
            written_again(found)


def written_again(pdu: Pdu) -> None:
    try:
        octets = encode(pdu)
    except PduError:
        return  # read with a tolerance that writing has not, as a wide integer in a TLV
    expected = type(pdu)(sequence=pdu.sequence, status=pdu.status) if pdu.is_response and pdu.status else pdu
    if decode(octets) != expected or general.encode(pdu) != octets:
        raise AssertionError(f"{pdu.name} is not what was written")


def whole_session(data: bytes) -> None:
    """Whatever comes and whenever, a session ends in events; see `Play`."""
    Play(data).run()


class Play:
    """One session, its other side and its owner, all played from the fuzzer's octets."""

    def __init__(self, data: bytes) -> None:
        self._octets = iter(data)
        self._now = 1000.0
        self._open: list[Pdu] = []
        self._ended = False
        self._sent = EXAMPLES[0]
        self._role = Role.SMSC if self._next() % 2 else Role.ESME
        self._options = Options(window=2, inbound=2, inactivity=float(self._next()))
        self._session = Session(self._role, self._options, self._now)
        self._wire = Framer()

    def run(self) -> None:
        steps = (
            self._raw_octets, self._any_frame, self._example, self._answer_to_ours,
            self._time, self._deadline, self._owner_answers, self._owner_asks, self._owner_closes,
        )  # fmt: skip
        for octet in self._octets:
            self._happened(list(steps[octet % len(steps)]()))

    def _next(self) -> int:
        return next(self._octets, 0)

    def _take(self, size: int) -> bytes:
        return bytes(self._next() for _ in range(size))

    # The other side

    def _raw_octets(self) -> list[Event]:
        return self._session.receive(self._take(self._next() % 40), self._now)

    def _any_frame(self) -> list[Event]:
        command_id = OPERATIONS[self._next() % len(OPERATIONS)].command_id ^ (self._next() == 255)
        body = self._take(self._next())
        header = HEADER.pack(16 + len(body), command_id, self._next() // 128 * 8, self._next())
        return self._session.receive(header + body, self._now)

    def _example(self) -> list[Event]:
        pdu = EXAMPLES[self._next() % len(EXAMPLES)]
        return self._session.receive(encode(replace(pdu, sequence=self._next())), self._now)

    def _answer_to_ours(self) -> list[Event]:
        answer = answer_to(self._sent, self._next() // 128 * 8)
        return self._session.receive(encode(answer), self._now) if answer is not None else []

    # Time

    def _time(self) -> list[Event]:
        self._now += self._next() / 4
        return self._session.tick(self._now)

    def _deadline(self) -> list[Event]:
        due = self._session.next_deadline()
        if due is None:
            return []
        self._now = max(self._now, due)
        events = self._session.tick(self._now)
        later = self._session.next_deadline()
        if later is not None and later <= self._now:
            raise AssertionError("a tick left something due: its owner would spin")
        return events

    # The owner

    def _owner_answers(self) -> list[Event]:
        if not self._open:
            return []
        request = self._open.pop(self._next() % len(self._open))
        answer = answer_to(request, self._next() // 128 * 8)
        return self._session.answer(request, answer, self._now) if answer is not None else []

    def _owner_asks(self) -> list[Event]:
        with contextlib.suppress(SessionError):
            self._session.send(EXAMPLES[self._next() % len(EXAMPLES)], self._now)
        return []

    def _owner_closes(self) -> list[Event]:
        return self._session.lost() if self._next() == 255 else self._session.close(self._now)

    # What must hold after every step

    def _happened(self, events: list[Event]) -> None:
        for event in events:
            if self._ended:
                raise AssertionError(f"{event} after the end")
            if isinstance(event, Closed):
                self._ended = True
            if isinstance(event, Request):
                self._open.append(event.pdu)
        for pdu in self._written():
            if not pdu.is_response:
                self._sent = pdu
        session = self._session
        if session.closed != self._ended or (session.closed and session.next_deadline() is not None):
            raise AssertionError("closed without a word, or not closed")
        if session.window_used > self._options.window or session.open_requests > self._options.inbound:
            raise AssertionError("a bound was passed")

    def _written(self) -> Iterator[Pdu]:
        for octets in self._wire.feed(self._session.data_to_send()):
            yield decode(octets)


def what_it_says(data: bytes) -> None:
    """Whatever PDU it is, its text, segment, receipt, USSD and trace are read without an exception."""
    octets = with_true_length(data)
    json.dumps(trace.describe(octets, texts=bool(data[:1] > b"\x7f")))
    trace.line(trace.describe(octets))
    pdu = outcome(decode, octets)
    if isinstance(pdu, ShortMessage):
        text.decode(pdu.data_coding, pdu.payload)
        text.decode(pdu.data_coding, pdu.payload, "gsm7_packed", ussd=True)
        receipts.read(pdu)
        parts.join([parts.part(pdu)])
        parts.Reassembly().add(pdu, 0.0)
    if isinstance(pdu, DeliverSm):
        indication = application.read(pdu)
        if indication is not None:
            encode(application.reply(indication, "1 预约 Book", end=False))
    if isinstance(pdu, SubmitSm):
        network.read_request(pdu)


TARGETS: dict[str, Callable[[bytes], None]] = {"decode": one_pdu, "session": whole_session, "reading": what_it_says}


def seeds(target: str) -> Iterator[bytes]:
    """Octets for the fuzzer to start from."""
    if target == "session":
        yield b"\0\0" + bytes([7, 0, 3, 0, 2, 20, 1, 6, 0, 0, 7, 14, 3, 0, 5, 5, 8, 0, 3, 0])
        yield b"\1\0" + bytes([2, 0, 1, 6, 0, 0, 2, 12, 2, 6, 0, 0, 5, 8, 0, 5])
    else:
        yield from (encode(replace(pdu, sequence=7)) for pdu in EXAMPLES)
