"""Prepared texts: octet by octet what `encode` makes of `compose`, for every way a link may be set."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from smpp.codec import decode, encode
from smpp.messages import compose, prepare
from smpp.pdu import PduError, SubmitSm
from smpp.segments import TextTooLong
from smpp.settings import LinkSettings
from smpp.status import ESME_RINVDSTADR, ESME_RINVEXPIRY

NOTICE = "您好，请于明日上午到社区卫生服务中心接种流感疫苗。回TD退订"
LINKS = st.builds(
    LinkSettings,
    service_type=st.sampled_from(["", "CMT", "USSD1"]),
    source_ton=st.integers(0, 7),
    source_npi=st.integers(0, 18),
    destination_ton=st.integers(0, 7),
    destination_npi=st.integers(0, 18),
    default_alphabet=st.sampled_from(["gsm7", "gsm7_packed", "latin1", "ascii"]),
    encodings=st.sampled_from([("gsm7", "ucs2"), ("gsm7", "latin1", "ucs2"), ("latin1", "ucs2"), ("ucs2",)]),
    national_shifts=st.sampled_from([(), ("turkish",), ("hindi", "turkish")]),
    segments=st.sampled_from(["udh8", "udh16", "sar", "payload"]),
    receipts=st.booleans(),
)
TEXTS = st.one_of(
    st.text(max_size=200),
    st.builds(str.__mul__, st.sampled_from(["Booked ", "预约", "İptal é[", "déjà", "👩🏽‍⚕️"]), st.integers(0, 120)),
)
NUMBERS = st.from_regex(r"\+?[0-9]{1,20}", fullmatch=True)
VALIDITIES = st.sampled_from(["", "000001000000000R", "261128013000000+"])


@settings(max_examples=300)
@given(
    link=LINKS,
    source=st.sampled_from(["12580120", "CareDial", "+8612580"]),
    text=TEXTS,
    destination=NUMBERS,
    reference=st.integers(0, 100_000),
    validity=VALIDITIES,
)
@example(LinkSettings(segments="udh16"), "12580120", NOTICE * 4, "+8615400000001", 0xFFFF, "000001000000000R")
@example(LinkSettings(segments="sar"), "12580120", NOTICE * 4, "+8615400000001", 0, "")
@example(LinkSettings(), "12580120", NOTICE * 4, "+8615400000001", 0x01FF, "")
def test_prepared_is_what_is_composed(
    link: LinkSettings, source: str, text: str, destination: str, reference: int, validity: str
) -> None:
    submits = compose(link, source=source, destination=destination, text=text, reference=reference)
    expected = [encode(replace(submit, validity_period=validity)) for submit in submits]
    assert prepare(link, source=source, text=text).octets(destination, reference, validity) == expected


def test_one_text_for_many_recipients() -> None:
    prepared = prepare(LinkSettings(), source="12580120", text=NOTICE)
    written = [prepared.octets(f"+86154{n:08}", n, "000001000000000R") for n in (1, 2)]
    submits = [decode(octets) for (octets,) in written]
    assert [(pdu.destination.number, pdu.sequence) for pdu in submits if isinstance(pdu, SubmitSm)] == [
        ("8615400000001", 0),
        ("8615400000002", 0),
    ]


@pytest.mark.parametrize(("method", "submits"), [("udh8", 3), ("udh16", 3), ("sar", 3), ("payload", 1)])
def test_what_is_paid_for_is_counted_even_where_the_smsc_parts_it(method: Any, submits: int) -> None:
    prepared = prepare(LinkSettings(segments=method), source="12580120", text="约" * 135)
    assert (prepared.segments, len(prepared.octets("+8615400000001", 1))) == (3, submits)


@pytest.mark.parametrize(
    ("destination", "validity", "wrong"),
    [
        ("1" * 21, "", ESME_RINVDSTADR),
        ("154\0", "", ESME_RINVDSTADR),
        ("１５４", "", ESME_RINVDSTADR),
        ("154", "0" * 17, ESME_RINVEXPIRY),
    ],
)
def test_what_does_not_fit_is_an_error(destination: str, validity: str, wrong: int) -> None:
    prepared = prepare(LinkSettings(), source="12580120", text="Booked")
    with pytest.raises(PduError) as error:
        prepared.octets(destination, 1, validity)
    assert error.value.status == wrong


def test_a_text_that_is_too_long_or_a_sender_that_does_not_fit() -> None:
    with pytest.raises(TextTooLong):
        prepare(LinkSettings(), source="12580120", text="约" * 67 * 256)
    with pytest.raises(PduError):
        prepare(LinkSettings(), source="1" * 21, text="Booked")


@pytest.mark.parametrize("method", ["udh8", "udh16", "sar", "payload"])
@pytest.mark.parametrize("text", ["Your visit. " * 30, NOTICE * 10, NOTICE], ids=["gsm", "zh", "short"])
def test_tshark_reads_it(tshark: Any, method: Any, text: str) -> None:
    prepared = prepare(LinkSettings(segments=method), source="12580120", text=text)
    written = prepared.octets("+8615400000001", 300, "000001000000000R")
    assert tshark.malformed(written) == ""
    rows = tshark.fields(written, "smpp.destination_addr", "smpp.source_addr")
    assert rows == [["8615400000001", "12580120"]] * len(written)
    if method == "sar" and len(written) > 1:
        parts = tshark.fields(written, "smpp.sar_msg_ref_num", "smpp.sar_segment_seqnum")
        assert parts == [["300", str(number)] for number in range(1, len(written) + 1)]
    if method in {"udh8", "udh16"} and len(written) > 1:
        parts = tshark.fields(written, "gsm_sms.udh.mm.msg_parts", "gsm_sms.udh.mm.msg_part")
        assert parts == [[str(len(written)), str(number)] for number in range(1, len(written) + 1)]
