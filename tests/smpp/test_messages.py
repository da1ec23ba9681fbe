"""A text as the submits that a link wants."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from smpp.kinds import SegmentMethod
from smpp.messages import Preview, compose, preview, shape
from smpp.pdu import Address, SubmitSm
from smpp.segments import TextTooLong, join, part
from smpp.settings import LinkSettings


def test_a_short_text() -> None:
    submits = compose(LinkSettings(), source="12580", destination="+8613800138000", text="Booked", reference=1)

    assert submits == [
        SubmitSm(
            source=Address("12580", 0, 0),
            destination=Address("8613800138000", 1, 1),
            short_message=b"Booked",
            registered_delivery=1,
        )
    ]


def test_a_name_as_sender_is_alphanumeric_whatever_the_settings() -> None:
    settings = LinkSettings(source_ton=3, source_npi=1, receipts=False)

    (submit,) = compose(settings, source="CareDial", destination="8613800138000", text="x", reference=1)

    assert (submit.source, submit.registered_delivery) == (Address("CareDial", 5, 0), 0)


def test_a_long_text_asks_for_a_receipt_of_each_segment() -> None:
    settings = LinkSettings(source_ton=3, source_npi=8, destination_ton=0, destination_npi=0)

    submits = compose(settings, source="12580", destination="8613800138000", text="预约" * 50, reference=5)

    assert [submit.short_message[:6].hex() for submit in submits] == ["050003050201", "050003050202"]
    assert {(submit.source, submit.destination) for submit in submits} == {
        (Address("12580", 3, 8), Address("8613800138000", 0, 0))
    }
    assert {submit.registered_delivery for submit in submits} == {1}


def test_the_service_type_of_the_link() -> None:
    settings = LinkSettings(service_type="CMT")
    (submit,) = compose(settings, source="12580", destination="8613800138000", text="x", reference=1)
    assert submit.service_type == "CMT"


@pytest.mark.parametrize("method", ["udh8", "udh16", "sar", "payload"])
@pytest.mark.parametrize("text", ["Booked", "预约成功：凭取号码到中心就诊。" * 9, "Please come at 9:30 [room 4] " * 9])
def test_every_way_to_send_a_text_that_then_arrives(method: SegmentMethod, text: str) -> None:
    settings = LinkSettings(segments=method)
    submits = compose(settings, source="12580", destination="8613800138000", text=text, reference=0x1234)

    assert join(map(part, submits)) == text
    assert all(len(submit.short_message) <= 160 for submit in submits)
    assert all(bool(submit.short_message) != ("message_payload" in submit.tlvs) for submit in submits)
    told = preview(settings, text)
    assert told.segments == len(submits) or (method == "payload" and len(submits) == 1)
    assert {submit.data_coding for submit in submits} == {told.data_coding}


PREVIEWS: list[tuple[dict[str, Any], str, Preview]] = [
    ({}, "", Preview("gsm7", 0, 0, 1, Decimal("0.05"))),
    ({}, "Booked: 5€", Preview("gsm7", 0, 11, 1, Decimal("0.05"))),
    ({}, "a" * 161, Preview("gsm7", 0, 161, 2, Decimal("0.10"))),
    ({}, "已预约。", Preview("ucs2", 8, 4, 1, Decimal("0.05"))),
    ({}, "约" * 135, Preview("ucs2", 8, 135, 3, Decimal("0.15"))),
    ({"segments": "payload"}, "约" * 135, Preview("ucs2", 8, 135, 3, Decimal("0.15"))),
    ({"encodings": ("gsm7", "latin1", "ucs2")}, "déjà réservé: ê" * 9, Preview("latin1", 3, 135, 1, Decimal("0.05"))),
    ({"national_shifts": ("turkish",)}, "İptal", Preview("gsm7", 0, 6, 1, Decimal("0.05"))),
    ({"default_alphabet": "latin1"}, "[5]", Preview("gsm7", 0, 5, 1, Decimal("0.05"))),
]


@pytest.mark.parametrize(("settings", "text", "expected"), PREVIEWS)
def test_what_a_text_will_cost(settings: dict[str, Any], text: str, expected: Preview) -> None:
    assert preview(LinkSettings(price=Decimal("0.05"), **settings), text) == expected


def test_a_text_that_is_too_long_has_no_price() -> None:
    with pytest.raises(TextTooLong):
        preview(LinkSettings(), "约" * 67 * 256)


def test_links_of_one_shape_cut_a_text_alike() -> None:
    one = LinkSettings(host="10.0.0.1", price=Decimal(3), system_id="one")
    assert shape(one) == shape(LinkSettings())
    assert hash(shape(one)) == hash(shape(LinkSettings()))
    others: list[dict[str, Any]] = [
        {"segments": "udh16"},
        {"encodings": ("latin1", "ucs2")},
        {"default_alphabet": "latin1"},
        {"national_shifts": ("hindi",)},
    ]
    assert len({shape(LinkSettings(**other)) for other in [{}, *others]}) == 5
