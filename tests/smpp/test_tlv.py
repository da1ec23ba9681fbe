"""Optional parameters: the standard's table, a maker's own names, and what comes without one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from smpplib import consts

from smpp import status, tlv
from smpp.codec import decode, encode
from smpp.pdu import DeliverSm, PduError
from smpp.settings import VendorTlv

CAUSE = VendorTlv(tag=0x1401, kind="int", size=2)


def test_the_standards_parameters_are_those_of_table_5_7() -> None:
    assert {one.name: one.tag for one in tlv.PARAMETERS} == consts.OPTIONAL_PARAMS
    assert len(tlv.PARAMETERS) == 44


VALUES = {
    "int": lambda one: st.integers(0, 256**one.size - 1),
    "string": lambda one: st.text(st.characters(min_codepoint=1, max_codepoint=255), max_size=64),
    "octets": lambda one: st.binary(max_size=64),
}
some = st.sampled_from(tlv.PARAMETERS).flatmap(lambda one: st.tuples(st.just(one.name), VALUES[one.kind](one)))
unnamed = st.integers(0x1400, 0x3FFF).map(lambda tag: f"0x{tag:04x}")


@given(st.lists(some).map(dict), st.dictionaries(unnamed, st.binary(max_size=20)))
def test_every_parameter_is_read_as_it_was_written(named: dict[str, tlv.Value], others: dict[str, bytes]) -> None:
    assert tlv.parse(tlv.build(named | others)) == named | others


def test_a_makers_parameter_goes_by_its_name_on_that_link_only() -> None:
    names = tlv.dictionary(
        {"cause": CAUSE, "menu": VendorTlv(tag=0x1402, kind="string"), "blob": VendorTlv(tag=0x1403)}
    )
    octets = bytes.fromhex("1401000201f41402000374310014030002cafe")

    assert tlv.parse(octets, names) == {"cause": 500, "menu": "t1", "blob": b"\xca\xfe"}
    assert tlv.build({"cause": 500, "menu": "t1", "blob": b"\xca\xfe"}, names) == octets
    assert tlv.parse(octets) == {"0x1401": b"\x01\xf4", "0x1402": b"t1\0", "0x1403": b"\xca\xfe"}


def test_a_whole_pdu_with_a_makers_parameter() -> None:
    names = tlv.dictionary({"cause": CAUSE})
    message = DeliverSm(sequence=1, short_message=b"*120#", tlvs={"ussd_service_op": 1, "cause": 7})

    assert decode(encode(message, names), names) == message
    assert decode(encode(message, names)).tlvs == {"ussd_service_op": 1, "0x1401": b"\0\x07"}
    with pytest.raises(PduError) as error:
        encode(message)
    assert error.value.status == status.ESME_RINVOPTPARAMVAL


def test_a_makers_integer_may_have_eight_octets() -> None:
    names = tlv.dictionary({"big": VendorTlv(tag=0x1500, kind="int", size=8)})
    assert tlv.parse(tlv.build({"big": 2**64 - 1}, names), names) == {"big": 2**64 - 1}


@pytest.mark.parametrize(
    ("vendor", "message"),
    [
        ({"message_state": CAUSE}, "message_state is the name of a standard parameter"),
        ({"0x1401": CAUSE}, "'0x1401' cannot be a parameter's name"),
        ({"": CAUSE}, "'' cannot be a parameter's name"),
        ({"cause": CAUSE, "reason": CAUSE}, "tag 0x1401 is both cause and reason"),
    ],
)
def test_names_that_would_mislead_are_refused(vendor: dict[str, VendorTlv], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        tlv.dictionary(vendor)


def test_a_dictionary_never_changes() -> None:
    names = tlv.dictionary({"cause": CAUSE})

    with pytest.raises(TypeError):
        names.by_name["other"] = names.by_name["cause"]  # type: ignore[index]
    with pytest.raises(AttributeError):
        names.parameters = ()  # type: ignore[misc]
    assert names == tlv.dictionary({"cause": CAUSE}) != tlv.STANDARD
    assert tlv.dictionary({}) is tlv.STANDARD
    assert hash(names) == hash(tlv.dictionary({"cause": CAUSE}))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("no_such_tlv", b""),
        ("0x", b""),
        ("0x10000", b""),
        ("0x1401", 1),
        ("message_state", "2"),
        ("message_state", -1),
        ("message_state", 256),
        ("message_payload", "text"),
        ("message_payload", b"x" * 65536),
        ("receipted_message_id", b"1f"),
        ("receipted_message_id", "1\0f"),
        ("receipted_message_id", "社"),
    ],
)
def test_a_value_that_does_not_fit_is_refused(name: str, value: tlv.Value) -> None:
    with pytest.raises(PduError, match=name) as error:
        tlv.build({name: value})
    assert error.value.status == status.ESME_RINVOPTPARAMVAL


def test_an_integer_without_octets_stands_under_its_tag() -> None:
    assert tlv.parse(bytes.fromhex("04270000")) == {"0x0427": b""}


def test_of_a_repeated_parameter_the_first_counts() -> None:
    assert tlv.parse(tlv.build({"message_state": 2}) + tlv.build({"message_state": 5})) == {"message_state": 2}


@pytest.mark.parametrize(
    ("octets", "wrong"),
    [
        (b"\x04", status.ESME_RINVOPTPARSTREAM),
        (b"\x04\x27\x00", status.ESME_RINVOPTPARSTREAM),
        (b"\x04\x27\x00\x01", status.ESME_RINVPARLEN),
        (b"\x04\x27\xff\xff\x02", status.ESME_RINVPARLEN),
    ],
)
def test_octets_that_end_inside_a_parameter_are_refused(octets: bytes, wrong: int) -> None:
    with pytest.raises(PduError) as error:
        tlv.parse(octets)
    assert error.value.status == wrong
