from __future__ import annotations

import datetime as dt
from dataclasses import replace

import base45
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from tcode import number, voucher
from tcode.keyring import Keyring, PublicBundle
from tcode.voucher import Claims, Forged, WrongDay

every_claims = st.builds(
    Claims,
    number=st.builds(number.mint),
    centre=st.integers(0, 2**24 - 1),
    day=st.dates(voucher.FIRST_DAY, voucher.FIRST_DAY + dt.timedelta(days=2**16 - 1)),
    half=st.sampled_from(voucher.HALVES),
    queue=st.integers(0, 2**16 - 1),
)


def octets(text: str) -> bytes:
    decoded: bytes = base45.b45decode(text.removeprefix("CD1:"))
    return decoded


def text_of(raw: bytes) -> str:
    encoded: bytes = base45.b45encode(raw)
    return "CD1:" + encoded.decode()


def test_its_form_is_the_documented_one(signed: str) -> None:
    assert signed.startswith("CD1:")
    assert len(signed) == 121
    raw = octets(signed)
    assert raw[0] == 0x10  # version 1, morning
    assert raw[1] == 1  # key 1
    assert int.from_bytes(raw[2:7]) == 123456789092
    assert int.from_bytes(raw[7:10]) == 31
    assert dt.date(2020, 1, 1) + dt.timedelta(days=int.from_bytes(raw[10:12])) == dt.date(2027, 3, 8)
    assert int.from_bytes(raw[12:14]) == 17
    assert len(raw) == 14 + 64


@given(every_claims)
def test_what_was_signed_is_read_back(keyring: Keyring, every: Claims) -> None:
    assert voucher.verify(voucher.sign(every, keyring), keyring) == every


@given(every_claims)
def test_a_text_never_ends_in_a_space_that_a_scanner_would_drop(keyring: Keyring, every: Claims) -> None:
    text = voucher.sign(every, keyring)
    assert text == text.strip()
    assert len(text) == 121


def test_a_kiosk_checks_offline_with_the_public_keys_alone(signed: str, keyring: Keyring, claims: Claims) -> None:
    kiosk = PublicBundle(keyring.public_bundle())
    read = voucher.verify(signed, kiosk)
    assert read == claims
    voucher.check_day(read, dt.date(2027, 3, 8))
    with pytest.raises(WrongDay) as wrong:
        voucher.check_day(read, dt.date(2027, 3, 9))
    assert wrong.value.day == dt.date(2027, 3, 8)


def test_every_bit_flipped_is_found(signed: str, keyring: Keyring) -> None:
    raw = octets(signed)
    for bit in range(len(raw) * 8):
        flipped = bytearray(raw)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(Forged):
            voucher.verify(text_of(bytes(flipped)), keyring)


def test_every_character_changed_is_found(signed: str, keyring: Keyring) -> None:
    for place in range(len(signed)):
        other = "0" if signed[place] != "0" else "1"
        with pytest.raises(Forged):
            voucher.verify(signed[:place] + other + signed[place + 1 :], keyring)


def test_another_installation_s_voucher_is_forged_here(claims: Claims, keyring: Keyring) -> None:
    class Elsewhere:
        def current(self) -> tuple[int, Ed25519PrivateKey]:
            return 1, Ed25519PrivateKey.generate()

    with pytest.raises(Forged):
        voucher.verify(voucher.sign(claims, Elsewhere()), keyring)


def test_a_signature_of_the_same_key_for_another_purpose_is_no_voucher(signed: str, keyring: Keyring) -> None:
    payload = octets(signed)[:14]
    _, private = keyring.current()
    with pytest.raises(Forged):
        voucher.verify(text_of(payload + private.sign(payload)), keyring)


def test_a_signed_form_that_is_not_known_is_refused(signed: str, keyring: Keyring) -> None:
    key_id, private = keyring.current()
    for payload in (
        bytes([0x20, key_id]) + octets(signed)[2:14],  # version 2
        bytes([0x12, key_id]) + octets(signed)[2:14],  # a bit that means nothing yet
        bytes([0x10, key_id]) + bytes(12),  # number 0
    ):
        with pytest.raises(Forged):
            voucher.verify(text_of(payload + private.sign(voucher.DOMAIN + payload)), keyring)


@given(st.one_of(st.text(), st.text(st.sampled_from(base45.BASE45_CHARSET), min_size=117, max_size=117)))
def test_no_text_does_worse_than_forged(keyring: Keyring, text: str) -> None:
    for attempt in (text, "CD1:" + text):
        with pytest.raises(Forged):
            voucher.verify(attempt, keyring)


@pytest.mark.parametrize(
    "change",
    [
        {"centre": 2**24},
        {"centre": -1},
        {"queue": 2**16},
        {"day": dt.date(2019, 12, 31)},
        {"number": "1"},
        {"half": "night"},
    ],
)
def test_claims_that_do_not_fit_are_never_signed(claims: Claims, keyring: Keyring, change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        voucher.sign(replace(claims, **change), keyring)  # type: ignore[arg-type]
