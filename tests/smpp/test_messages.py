"""A text as the submits that a link wants."""

from __future__ import annotations

from smpp.messages import compose
from smpp.pdu import Address, SubmitSm
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
