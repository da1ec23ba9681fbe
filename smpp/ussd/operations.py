"""Which operation a USSD PDU is, in a TLV or in service_type (SMPP 5.0 4.8.4.64; DIALECTS for the rest)."""

import re
from typing import Final

from smpp.pdu import ShortMessage
from smpp.ussd.dialect import OPS, Dialect, Op, Value
from smpp.ussd.numbering import TlvValue, ended

IN_SERVICE_TYPE: Final = "service_type"
NO_SMS_TYPE: Final = 0x3C
"""esm_class bits 5-2: set in receipts and acknowledgements (5.2.12), which are never USSD."""


def operation_of(pdu: ShortMessage, dialect: Dialect) -> tuple[Op, Value | None] | None:
    """Return what a deliver_sm means and the value that says so; None for one that is no USSD. Never raises.

    A value that the dialect does not know counts as a release: nothing is sent into a session that is not understood.
    Without a value the session's end bit, a dialled code, or else an answer is guessed from what is there.
    """
    if dialect.operation == IN_SERVICE_TYPE:
        op = meaning(pdu.service_type, dialect)
        return op and (op, pdu.service_type)
    value = value_of(pdu, dialect)
    if value is not None:
        return meaning(value, dialect) or "release", value
    if pdu.service_type.upper() != dialect.service_type.upper() or pdu.esm_class & NO_SMS_TYPE:
        return None
    return _guess(pdu, dialect), None


def value_of(pdu: ShortMessage, dialect: Dialect) -> Value | None:
    """Return the value that names the operation, None where there is none; a TLV by its bare tag is a number."""
    if dialect.operation == IN_SERVICE_TYPE:
        return pdu.service_type or None
    value = pdu.tlvs.get(dialect.operation)
    if isinstance(value, bytes):
        return int.from_bytes(value, "big")
    return value


def meaning(value: Value, dialect: Dialect) -> Op | None:
    """Return what an indication's value means in this dialect."""
    return next((op for op in OPS if value in getattr(dialect, op)), None)


def written(value: Value, dialect: Dialect) -> dict[str, TlvValue]:
    """Return the TLV that tells an operation; none where service_type does."""
    if dialect.operation == IN_SERVICE_TYPE or isinstance(value, str):
        return {}
    return {dialect.operation: bytes([value]) if dialect.operation.startswith("0x") else value}


def service_type(value: Value, dialect: Dialect) -> str:
    """Return the service_type of a PDU with this operation."""
    return str(value) if dialect.operation == IN_SERVICE_TYPE else dialect.service_type


def text_of(pdu: ShortMessage, dialect: Dialect) -> str:
    """Read the text, wherever it is."""
    return dialect.decode(pdu.data_coding, pdu.payload)


def dialled(pdu: ShortMessage, dialect: Dialect) -> str:
    """Return the code in its full form, from the text or from destination_addr, with its `*` and `#` if they lack."""
    places = [text_of(pdu, dialect).strip(), pdu.destination.number.strip()]
    if dialect.code == "destination":
        places.reverse()
    code = next(filter(None, places), "")
    if not code:
        return ""
    code = code if code[0] in "*#" else f"*{code}"
    return code if code.endswith("#") else f"{code}#"


def _guess(pdu: ShortMessage, dialect: Dialect) -> Op:
    """Name the operation of a gateway that sends none: a session ended, a dialled code, or an answer."""
    if ended(pdu):
        return "release"
    return "begin" if re.fullmatch(r"[*#][0-9*#]*#", text_of(pdu, dialect).strip()) else "answer"
