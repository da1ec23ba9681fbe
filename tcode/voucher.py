"""The signed voucher in the QR picture: small, checked with the public key alone.

A text `CD1:` and 117 characters of base45 (RFC 9285), so that a QR writer can use its alphanumeric mode (ISO/IEC
18004 7.4.4) and the picture stays at version 5, 37 modules a side, at error correction M. Beneath it 78 octets:

    0      form: version (bits 7..4), half of the day (bit 0: 0 am, 1 pm), bits 3..1 zero
    1      key id, 1..255
    2-6    number, 12 digits as an unsigned integer
    7-9    centre
    10-11  day, counted from 2020-01-01
    12-13  queue number
    14-77  Ed25519 signature (RFC 8032) over DOMAIN + octets 0..13

78 is even, so the text never ends in base45's space character, which a scanner or a form field might drop.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal, Protocol

import base45
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from tcode import number as numbers

Half = Literal["am", "pm"]

PREFIX = "CD1:"
DOMAIN = b"caredial t-code 1\x00"  # a signature made for anything else never passes for a voucher
FIRST_DAY = dt.date(2020, 1, 1)
VERSION = 1
HALVES: tuple[Half, Half] = ("am", "pm")

_PAYLOAD, _SIGNATURE = 14, 64
_TEXT = len(PREFIX) + (_PAYLOAD + _SIGNATURE) * 3 // 2


class Forged(ValueError):
    """Not a voucher that one of our keys signed."""

    retry = False
    tell = "kiosk.forged"


class WrongDay(ValueError):
    """A genuine voucher for another day, which is `day`."""

    retry = False
    tell = "kiosk.wrong_day"

    def __init__(self, day: dt.date) -> None:
        super().__init__(f"this T-code is for {day}")
        self.day = day


@dataclass(frozen=True, slots=True)
class Claims:
    """What a voucher says: one number, good at one centre (1..2**24-1) on one half day, for one queue number."""

    number: str
    centre: int
    day: dt.date
    half: Half
    queue: int


class PublicKeys(Protocol):
    """Where `verify` finds a key: a `Keyring`, or the `PublicBundle` that a kiosk keeps."""

    def public(self, key_id: int) -> Ed25519PublicKey | None: ...


class SigningKeys(Protocol):
    def current(self) -> tuple[int, Ed25519PrivateKey]: ...


def sign(claims: Claims, keys: SigningKeys) -> str:
    """The voucher's text, made with the newest key. Raises ValueError for claims that do not fit the form."""
    key_id, private = keys.current()
    payload = _pack(claims, key_id)
    signature = private.sign(DOMAIN + payload)
    encoded: bytes = base45.b45encode(payload + signature)
    return PREFIX + encoded.decode("ascii")


def verify(text: str, keys: PublicKeys) -> Claims:
    """What a voucher says, once one of our keys is known to have signed it.

    Raises Forged for everything else, whatever the text; never another exception.
    """
    octets = _octets(text)
    payload, signature = octets[:_PAYLOAD], octets[_PAYLOAD:]
    key = keys.public(payload[1])
    if key is None:
        raise Forged("no such key")
    try:
        key.verify(signature, DOMAIN + payload)
    except InvalidSignature:
        raise Forged("the signature is wrong") from None
    return _unpack(payload)


def check_day(claims: Claims, today: dt.date) -> None:
    """Raises WrongDay unless the voucher is for today: all that a kiosk without a network can still check."""
    if claims.day != today:
        raise WrongDay(claims.day)


def _octets(text: str) -> bytes:
    if len(text) != _TEXT or not text.startswith(PREFIX):
        raise Forged("not a T-code")
    try:
        octets: bytes = base45.b45decode(text.removeprefix(PREFIX).encode("ascii"))
    except ValueError:  # UnicodeEncodeError is one too
        raise Forged("not base45") from None
    return octets


def _pack(claims: Claims, key_id: int) -> bytes:
    try:
        return (
            bytes([VERSION << 4 | HALVES.index(claims.half), key_id])
            + int(numbers.parse(claims.number)).to_bytes(5, "big")
            + claims.centre.to_bytes(3, "big")
            + (claims.day - FIRST_DAY).days.to_bytes(2, "big")
            + claims.queue.to_bytes(2, "big")
        )
    except OverflowError as error:
        raise ValueError(f"a voucher cannot carry {claims}") from error


def _unpack(payload: bytes) -> Claims:
    form = payload[0]
    if form >> 4 != VERSION or form & 0b1110:
        raise Forged("a form of voucher that is not known here")
    try:
        return Claims(
            number=numbers.parse(str(int.from_bytes(payload[2:7], "big"))),
            centre=int.from_bytes(payload[7:10], "big"),
            day=FIRST_DAY + dt.timedelta(days=int.from_bytes(payload[10:12], "big")),
            half=HALVES[form & 1],
            queue=int.from_bytes(payload[12:14], "big"),
        )
    except numbers.BadNumber:
        raise Forged("the number's check digits do not fit") from None
