"""submit_multi: its recipients, and whom its answer names."""

from __future__ import annotations

import pytest

from smpp import status
from smpp.codec import HEADER, decode, encode
from smpp.pdu import Address, DistributionList, PduError, SubmitMulti, SubmitMultiResp, Unsuccessful, answer_to

NOTICE = SubmitMulti(
    sequence=13,
    source=Address("10086", 0, 1),
    destinations=(Address("86138", 1, 1), DistributionList("nurses")),
    short_message=b"hello",
    tlvs={"user_message_reference": 7},
)
BODY = bytes.fromhex(
    "00" "0001" "313030383600"
    "02" "01" "0101" "383631333800" "02" "6e757273657300"
    "00" "00" "00" "00" "00" "00" "00" "00" "00" "05" "68656c6c6f" "02040002" "0007"
)  # fmt: skip


def pdu(operation: type, body: bytes) -> bytes:
    return HEADER.pack(16 + len(body), operation.command_id, 0, 13) + body


def test_a_message_to_a_number_and_a_list() -> None:
    assert encode(NOTICE) == pdu(SubmitMulti, BODY)
    assert decode(encode(NOTICE)) == NOTICE
    assert NOTICE.payload == b"hello"
    assert SubmitMulti(tlvs={"message_payload": b"long"}).payload == b"long"


def test_its_answer_names_who_gets_nothing() -> None:
    answer = answer_to(NOTICE)
    assert answer == SubmitMultiResp(sequence=13)
    failed = SubmitMultiResp(
        sequence=13, message_id="42", unsuccess_sme=(Unsuccessful(Address("86138", 1, 1), status.ESME_RINVDSTADR),)
    )

    assert encode(failed) == pdu(SubmitMultiResp, bytes.fromhex("3432000101013836313338000000000b"))
    assert decode(encode(failed)) == failed


@pytest.mark.parametrize(
    ("destinations", "wrong"),
    [
        ((), status.ESME_RINVNUMDESTS),
        ((Address("1"),) * 255, status.ESME_RINVNUMDESTS),
        ((Address("1" * 21),), status.ESME_RINVDSTADR),
        ((Address("1\x002"),), status.ESME_RINVDSTADR),
        ((Address("社"),), status.ESME_RINVDSTADR),
        ((Address("1", 256),), status.ESME_RINVDSTADR),
        ((DistributionList("x" * 21),), status.ESME_RINVDLNAME),
    ],
)
def test_recipients_that_do_not_fit_are_refused(destinations: tuple[Address, ...], wrong: int) -> None:
    with pytest.raises(PduError) as error:
        encode(SubmitMulti(destinations=destinations))
    assert error.value.status == wrong


@pytest.mark.parametrize("code", [-1, 2**32])
def test_a_status_that_does_not_fit_is_refused(code: int) -> None:
    with pytest.raises(PduError):
        encode(SubmitMultiResp(unsuccess_sme=(Unsuccessful(Address("1"), code),)))


def test_more_failures_than_can_be_counted_are_refused() -> None:
    with pytest.raises(PduError):
        encode(SubmitMultiResp(unsuccess_sme=(Unsuccessful(),) * 256))


@pytest.mark.parametrize(
    ("destinations", "wrong"),
    [
        (b"", status.ESME_RINVNUMDESTS),
        (b"\0", status.ESME_RINVNUMDESTS),
        (b"\xff" + b"\2x\0" * 255, status.ESME_RINVNUMDESTS),
        (b"\1" + b"\3", status.ESME_RINVDESTFLAG),
        (b"\2" + b"\2x\0", status.ESME_RINVDESTFLAG),
        (b"\1" + b"\1\1", status.ESME_RINVDSTADR),
        (b"\1" + b"\1\1\x01861", status.ESME_RINVDSTADR),
        (b"\1" + b"\1\1\1" + b"8" * 21 + b"\0", status.ESME_RINVDSTADR),
        (b"\1" + b"\2" + b"x" * 21 + b"\0", status.ESME_RINVDLNAME),
        (b"\1" + b"\2nurses", status.ESME_RINVDLNAME),
    ],
)
def test_recipients_that_cannot_be_read_are_named(destinations: bytes, wrong: int) -> None:
    with pytest.raises(PduError) as error:
        decode(pdu(SubmitMulti, BODY[:9] + destinations))
    assert (error.value.status, error.value.sequence) == (wrong, 13)


def test_an_answer_that_ends_early_is_refused() -> None:
    whole = bytes.fromhex("3432000101013836313338000000000b")

    for cut in range(1, len(whole)):
        with pytest.raises(PduError):
            decode(pdu(SubmitMultiResp, whole[:cut]))
