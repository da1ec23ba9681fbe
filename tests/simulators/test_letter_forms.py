"""Messages of phones as odd networks write them."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from simulators.letter_forms import FORMS, LetterForm
from smpp.pdu import Address
from smpp.text import gsm7


def test_every_name_is_a_form() -> None:
    assert set(get_args(LetterForm)) == FORMS.keys()


@pytest.mark.parametrize(
    ("form", "coding", "octets"),
    [
        ("standard", 0, b"BOOK"),
        ("ucs2", 8, b"\0B\0O\0O\0K"),
        ("bom", 8, b"\xfe\xff\0B\0O\0O\0K"),
        ("bom-little-endian", 8, b"\xff\xfeB\0O\0O\0K\0"),
        ("odd-octet", 8, b"\0B\0O\0O\0K\0"),
        ("coding-15", 0x0F, b"BOOK"),
        ("coding-24", 0x18, b"\0B\0O\0O\0K"),
        ("coding-72", 0x48, b"\0B\0O\0O\0K"),
        ("packed", 0, bytes.fromhex("c2e77309")),
        ("trailing-nul", 0, b"BOOK\0"),
        ("part-0", 0, b"BOOK"),  # it has no parts
        ("cut-header", 0, b"\xfe\0\3BOOK"),
    ],
)
def test_a_text(make_network: Any, form: LetterForm, coding: int, octets: bytes) -> None:
    network = make_network(phone_form=form)
    esme = network.bound()
    network.text("BOOK")
    (pdu,) = esme.mail
    assert (pdu.data_coding, pdu.short_message) == (coding, octets)


@pytest.mark.parametrize(
    ("form", "source"),
    [
        ("standard", Address("8615400000001", 1, 1)),
        ("plus-sign", Address("+8615400000001", 1, 1)),
        ("ton-0", Address("8615400000001", 0, 0)),
    ],
)
def test_a_number(make_network: Any, form: LetterForm, source: Address) -> None:
    network = make_network(phone_form=form)
    esme = network.bound()
    network.text("BOOK")
    assert esme.mail[0].source == source


def test_a_header_stays_where_it_was(make_network: Any) -> None:
    network = make_network(phone_form="packed")
    esme = network.bound()
    network.text("x" * 200)
    first = esme.mail[0].short_message
    assert first[:6] == bytes.fromhex("050003010201")
    assert gsm7.unpack(first[6:], fill=1) == b"x" * 153


def test_a_part_that_has_no_place(make_network: Any) -> None:
    network = make_network(phone_form="part-0")
    esme = network.bound()
    network.text("x" * 200)
    assert [pdu.short_message[:6] for pdu in esme.mail] == [bytes.fromhex("050003010200")] * 2


def test_a_text_in_message_payload_changes_too(make_network: Any) -> None:
    network = make_network(phone_form="trailing-nul", phone_segments="payload")
    esme = network.bound()
    network.text("x" * 200)
    assert esme.mail[0].tlvs["message_payload"] == b"x" * 200 + b"\0"
