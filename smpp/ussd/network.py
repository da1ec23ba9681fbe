"""The network's side of USSD, by the same tables: the simulator plays it."""

from dataclasses import dataclass

from smpp.pdu import Address, DeliverSm, SubmitSm, Tlvs
from smpp.ussd import numbering
from smpp.ussd.dialect import STANDARD, Dialect, Op
from smpp.ussd.operations import service_type, text_of, value_of, written


@dataclass(frozen=True, slots=True)
class Request:
    """What an application asks the network to show: its text, whether an answer is wanted, and the session's end.

    `number` is the session's as in `numbering.number_of`; None when the application leaves it to the network.
    `first`: a request that may begin a session, being numbered as its first unit or not at all.
    """

    text: str
    wants_answer: bool
    end: bool
    first: bool
    subscriber: Address
    service: Address
    number: str | None
    tlvs: Tlvs


def read_request(pdu: SubmitSm, dialect: Dialect = STANDARD) -> Request | None:
    """Read an application's submit_sm as the network does; None when it is no USSD."""
    value = value_of(pdu, dialect)
    if value is None or value not in (dialect.ask, dialect.tell, *dialect.end):
        return None
    closing = value in dialect.end and value != dialect.ask
    end = closing or numbering.ended(pdu)
    number = numbering.number_of(pdu, dialect.session)
    return Request(
        text=text_of(pdu, dialect),
        wants_answer=value == dialect.ask and not end,
        end=end,
        first=not closing and (number is None or _first_unit(pdu, dialect)),
        subscriber=pdu.destination,
        service=pdu.source,
        number=number,
        tlvs=pdu.tlvs,
    )


def _first_unit(pdu: SubmitSm, dialect: Dialect) -> bool:
    """Tell whether a numbered request may begin a session: where applications number them, and as dialogue unit 0."""
    info = numbering.info_of(pdu)
    unit = info[1] >> 1 if info and dialect.session == numbering.INFO else 0
    return dialect.numbered and unit == 0


def indicate(
    op: Op,
    *,
    subscriber: Address,
    service: Address,
    text: str,
    numbers: Tlvs,
    dialect: Dialect = STANDARD,
) -> DeliverSm:
    """Build the network's deliver_sm. `numbers` are the session's TLVs; a release also sets the end bit, if there is
    one. The dialled code of a "begin" stands where the dialect has it."""
    value = {"begin": dialect.begin, "answer": dialect.answer, "confirm": dialect.confirm, "release": dialect.release}
    chosen = value[op][-1] if op == "begin" else value[op][0]
    in_destination = op == "begin" and dialect.code == "destination"
    data_coding, octets = dialect.encode("" if in_destination else text)
    return DeliverSm(
        service_type=service_type(chosen, dialect),
        source=subscriber,
        destination=Address(text) if in_destination else service,
        data_coding=data_coding,
        short_message=octets,
        tlvs={**written(chosen, dialect), **_ended(numbers, op)},
    )


def _ended(numbers: Tlvs, op: Op) -> Tlvs:
    info = numbers.get(numbering.INFO)
    if op != "release" or not isinstance(info, bytes):
        return numbers
    return {**numbers, numbering.INFO: bytes([info[0], info[1] | 1])}
