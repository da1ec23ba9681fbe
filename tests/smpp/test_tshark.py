"""tshark reads what we write: every operation, every TLV, every way to write a text."""

from __future__ import annotations

from typing import Any, Final

import pytest
from msgspec.structs import replace

from smpp import messages, tlv
from smpp.codec import encode
from smpp.kinds import SegmentMethod
from smpp.pdu import OPERATIONS, Address, DeliverSm, DistributionList, Pdu, SubmitSm, Unsuccessful
from smpp.settings import LinkSettings
from smpp.ussd import DIALECTS, push

PHONE, SERVICE = Address("8615400000001", 1, 1), Address("12580120")
FIELDS: Final[dict[str, Any]] = {
    "system_id": "clinic", "password": "secret", "source": PHONE, "destination": SERVICE, "esme": SERVICE,
    "message_id": "1f2e", "final_date": "270115080000000+", "message_state": 2, "validity_period": "000001000000000R",
    "destinations": (PHONE, DistributionList("doctors")), "unsuccess_sme": (Unsuccessful(PHONE, 0x0B),),
    "registered_delivery": 1, "short_message": b"hello",
}  # fmt: skip
VALUES: Final[dict[str, Any]] = {"int": 1, "string": "1f", "octets": b"\x80\x01\x02"}
OWN = {"its_session_info": b"\x01\x02", "alert_on_message_delivery": b""}


def full(operation: type[Pdu], number: int) -> Pdu:
    """A PDU of this operation with something in each of its fields."""
    fields = {name: value for name, value in FIELDS.items() if name in operation.__struct_fields__}
    return operation(sequence=number, **fields)


def test_every_operation(tshark: Any) -> None:
    written = [encode(full(operation, number)) for number, operation in enumerate(OPERATIONS, start=1)]
    read = tshark.fields(written, "smpp.command_id", "smpp.sequence_number")
    assert [(int(command, 16), int(number)) for command, number in read] == [
        (operation.command_id, number) for number, operation in enumerate(OPERATIONS, start=1)
    ]
    assert tshark.malformed(written) == ""


def test_every_tlv(tshark: Any) -> None:
    pdus = [
        DeliverSm(sequence=number, source=PHONE, tlvs={parameter.name: OWN.get(parameter.name, VALUES[parameter.kind])})
        for number, parameter in enumerate(tlv.PARAMETERS, start=1)
    ]
    written = [encode(one) for one in pdus]
    tags = [row[0] for row in tshark.fields(written, "smpp.opt_param_tag")]
    assert [int(tag, 16) for tag in tags] == [parameter.tag for parameter in tlv.PARAMETERS]
    assert tshark.malformed(written) == ""


@pytest.mark.parametrize("method", ["udh8", "udh16", "sar", "payload"])
@pytest.mark.parametrize("text", ["Your visit. " * 30, "您的预约成功" * 30, "Ваш визит" * 20], ids=["gsm", "zh", "ru"])
def test_every_way_to_write_a_long_text(tshark: Any, method: SegmentMethod, text: str) -> None:
    settings = LinkSettings(segments=method)
    pdus = messages.compose(settings, source="12580120", destination="+8615400000001", text=text, reference=300)
    written = [encode(replace(one, sequence=number)) for number, one in enumerate(pdus, start=1)]
    assert tshark.malformed(written) == ""
    if method == "sar":
        parts = tshark.fields(written, "smpp.sar_total_segments", "smpp.sar_segment_seqnum", "smpp.sar_msg_ref_num")
        assert parts == [[str(len(pdus)), str(number), "300"] for number in range(1, len(pdus) + 1)]
    if method in {"udh8", "udh16"}:
        parts = tshark.fields(written, "gsm_sms.udh.mm.msg_parts", "gsm_sms.udh.mm.msg_part")
        assert parts == [[str(len(pdus)), str(number)] for number in range(1, len(pdus) + 1)]


def test_ussd_in_every_dialect(tshark: Any) -> None:
    pdus: list[SubmitSm] = [
        replace(push("1 预约", ask=True, service=SERVICE, subscriber=PHONE, number=7, dialect=dialect), sequence=number)
        for number, dialect in enumerate(DIALECTS.values(), start=1)
    ]
    assert tshark.malformed([encode(one) for one in pdus]) == ""
