"""Characters to SMS octets and back."""

from smpp.text.coding import (
    CODINGS,
    GSM7_CODING,
    LATIN1_CODING,
    UCS2_CODING,
    Atom,
    Encoded,
    alphabet,
    atoms,
    decode,
    decode_ucs2,
    encode,
    measure,
    whole,
)

__all__ = [
    "CODINGS",
    "GSM7_CODING",
    "LATIN1_CODING",
    "UCS2_CODING",
    "Atom",
    "Encoded",
    "alphabet",
    "atoms",
    "decode",
    "decode_ucs2",
    "encode",
    "measure",
    "whole",
]
