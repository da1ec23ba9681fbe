"""Our side of USSD: reading what the network tells, answering it, and beginning sessions ourselves."""

from dataclasses import dataclass

from smpp.pdu import Address, DeliverSm, SubmitSm, Tlvs
from smpp.ussd import numbering
from smpp.ussd.dialect import STANDARD, Dialect, Op, Value
from smpp.ussd.operations import dialled, operation_of, service_type, text_of, written


@dataclass(frozen=True, slots=True)
class Indication:
    """What the network tells of a session.

    `key` names the session among those of its link (it holds the MSISDN: mask it in logs); `text` is the dialled code
    as `*120*1#` for "begin", else the subscriber's words; `ended`: nothing may be sent into the session any more.
    `unit` is the dialogue unit's number, None where the dialect has none. The rest is what a reply needs.
    """

    op: Op
    key: str
    msisdn: str
    text: str
    ended: bool
    service: Address
    subscriber: Address
    value: Value | None
    tlvs: Tlvs
    unit: int | None = None

    @property
    def numbered(self) -> bool:
        """Whether the network numbers its sessions; else all of a phone have one key."""
        return self.key != numbering.key_of(self.msisdn, None)


def read(pdu: DeliverSm, dialect: Dialect = STANDARD) -> Indication | None:
    """Read a deliver_sm; None when it is no USSD but an SMS or a receipt. Never raises."""
    operation = operation_of(pdu, dialect)
    if operation is None:
        return None
    op, value = operation
    msisdn = _msisdn(pdu.source)
    return Indication(
        op=op,
        key=numbering.key_of(msisdn, numbering.number_of(pdu, dialect.session)),
        msisdn=msisdn,
        text=dialled(pdu, dialect) if op == "begin" else text_of(pdu, dialect),
        ended=numbering.ended(pdu) or op == "release",
        service=pdu.destination,
        subscriber=pdu.source,
        value=value,
        tlvs=pdu.tlvs,
        unit=numbering.unit_of(pdu, dialect.session),
    )


def reply(indication: Indication, text: str, end: bool, dialect: Dialect = STANDARD) -> SubmitSm:
    """Return the submit_sm that shows `text`: a request for an answer, or with `end` the last text of the session.

    The session's numbers are echoed, the dialogue unit's goes up by one. Keep the text within `dialect.fits`.
    """
    value = dialect.ending(indication.value) if end else dialect.ask
    echo = numbering.echoed(indication.tlvs, dialect.session, end=end)
    return _shown(text, value, echo, indication.service, indication.subscriber, dialect)


def push(
    text: str, *, ask: bool, service: Address, subscriber: Address, number: int, dialect: Dialect = STANDARD
) -> SubmitSm:
    """Return the submit_sm that begins a session of ours: USSR to `ask`, else USSN to tell.

    `number` (any count that goes up) numbers it where the dialect leaves that to us.
    """
    fresh = numbering.fresh(dialect.session, number) if dialect.numbered else {}
    return _shown(text, dialect.ask if ask else dialect.tell, fresh, service, subscriber, dialect)


def pushed_key(request: SubmitSm, dialect: Dialect = STANDARD) -> str | None:
    """Return the key of a session that we begin with this request; None where the network is to number it.

    Till its first indication tells the number, the MSISDN is all there is.
    """
    number = numbering.number_of(request, dialect.session)
    if number is None and dialect.session != numbering.NONE:
        return None
    return numbering.key_of(_msisdn(request.destination), number)


def _shown(text: str, value: Value, numbers: Tlvs, service: Address, subscriber: Address, dialect: Dialect) -> SubmitSm:
    data_coding, octets = dialect.encode(text)
    return SubmitSm(
        service_type=service_type(value, dialect),
        source=service,
        destination=subscriber,
        data_coding=data_coding,
        short_message=octets,
        tlvs={**written(value, dialect), **numbers},
    )


def _msisdn(address: Address) -> str:
    return address.number.removeprefix("+")
