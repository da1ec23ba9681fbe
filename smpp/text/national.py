"""National language tables of the GSM alphabet (3GPP 23.038 annexes A.2, A.3 and table 6.2.1.2.4).

A locking table takes the default alphabet's place, a single shift table its extension table's. The user data header of
a message names them (23.040 sections 9.2.3.24.15 and .16). Spanish has a single shift table only.

Misprints of the standard are read as Android does: Kannada locking 0x24 is U+0CA1 (the standard repeats U+0CAA), Tamil
single 0x24 is U+0BEE, Telugu single 0x22 and 0x23 are U+0C6C and U+0C6D.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from smpp.kinds import NationalLanguage

Table = Mapping[int, str]
"""Septet to character; a septet that has none is absent, and so is 0x1B (escape)."""

IDENTIFIERS: Final[Mapping[NationalLanguage, int]] = MappingProxyType(
    {
        "turkish": 1,
        "spanish": 2,
        "portuguese": 3,
        "bengali": 4,
        "gujarati": 5,
        "hindi": 6,
        "kannada": 7,
        "malayalam": 8,
        "oriya": 9,
        "punjabi": 10,
        "tamil": 11,
        "telugu": 12,
        "urdu": 13,
    }
)

DEFAULT_TABLE: Final = (
    "@£$¥èéùìòÇ\nØø\rÅå"
    "Δ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ"
    " !\"#¤%&'()*+,-./"
    "0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNO"
    "PQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmno"
    "pqrstuvwxyzäöñüà"
)
"""The default alphabet (6.2.1), septet 0x00 first. 0x1B is the escape, no character."""

EXTENSION_TABLE: Final = {
    0x0A: "\f", 0x14: "^", 0x28: "{", 0x29: "}", 0x2F: "\\", 0x3C: "[", 0x3D: "~", 0x3E: "]", 0x40: "|", 0x65: "€",
}  # fmt: skip
"""Second septet after the escape, to its character (6.2.1.1)."""

_ESC: Final = 0x1B
_LETTERS: Final = dict(zip(range(0x61, 0x7B), "abcdefghijklmnopqrstuvwxyz", strict=True))
_CAPITALS: Final = dict(zip(range(0x41, 0x5B), "ABCDEFGHIJKLMNOPQRSTUVWXYZ", strict=True))


def _changed(table: str, changes: dict[int, str]) -> Table:
    """Return a table of 128 characters with some of them changed."""
    return {septet: char for septet, char in enumerate(table) if septet != _ESC} | changes


def _run(first: int, characters: str) -> dict[int, str]:
    return {septet: char for septet, char in enumerate(characters, first) if char != " "}


# Scripts of India. Their tables have one layout: where Hindi has the n-th character of its Unicode block, the others
# have the n-th of theirs, or nothing.

_BLOCKS: Final = {4: 0x0980, 5: 0x0A80, 6: 0x0900, 7: 0x0C80, 8: 0x0D00, 9: 0x0B00, 10: 0x0A00, 11: 0x0B80, 12: 0x0C00}

_PLACES: Final = (  # first septet, offsets in the block
    (0x00, "01 02 03 05 06 07 08 09 0a 0b"),
    (0x0B, "0c 0d"),
    (0x0E, "0e 0f 10 11 12 13 14 15 16 17 18 19 1a"),
    (0x1C, "1b 1c 1d 1e"),
    (0x22, "1f 20 21 22 23 24"),
    (0x2A, "25 26"),
    (0x2D, "27"),
    (0x2F, "28"),
    (0x3C, "29 2a 2b"),
    (0x40, "2c 2d 2e 2f 30 31 32 33 34 35 36 37 38 39 3c 3d 3e 3f"),
    (0x52, "40 41 42 43 44 45 46 47 48 49 4a 4b 4c 4d"),
)
_COMMON: Final = {0x0A: "\n", 0x0D: "\r", 0x28: ")", 0x29: "(", 0x2C: ",", 0x2E: ".", 0x3F: "?"}

_VOID: Final = {  # offsets that have no character in the language's table
    4: "0d 0e 11 12 29 31 33 34 35 45 46 49 4a",
    5: "0e 12 29 31 34 46 4a",
    6: "",
    7: "01 0d 11 29 34 45 49",
    8: "01 0d 11 29 3c 45 49",
    9: "0d 0e 11 12 29 31 34 45 46 49 4a",
    10: "0b 0c 0d 0e 11 12 29 31 34 37 3d 43 44 45 46 49 4a",
    11: "01 0b 0c 0d 11 16 17 18 1b 1d 20 21 22 25 26 27 2b 2c 2d 3c 3d 43 44 45 49",
    12: "0d 11 29 34 3c 45 49",
}
_OWN: Final = {  # offsets at 0x60 and from 0x7B on
    4: "4e 57 5c 5d 70 71",
    5: "50 60 61 62 63 71",
    6: "50 72 7b 7c 7e 7f",
    7: "55 56 60 61 62 63",
    8: "57 60 61 62 63 79",
    9: "56 57 60 61 62 63",
    10: "51 70 71 72 73 74",
    11: "50 57 70 71 72 79",
    12: "55 56 60 61 62 63",
}


def _indian_locking(language: int) -> Table:
    block, void = _BLOCKS[language], set(bytes.fromhex(_VOID[language]))
    table = _COMMON | _run(0x30, "0123456789:;") | _LETTERS | {0x20: " ", 0x21: "!"}
    for first, offsets in _PLACES:
        for septet, offset in enumerate(bytes.fromhex(offsets), first):
            if offset not in void:
                table[septet] = chr(block + offset)
    own = bytes.fromhex(_OWN[language])
    return table | {septet: chr(block + offset) for septet, offset in zip((0x60, *range(0x7B, 0x80)), own, strict=True)}


_URDU_LOCKING: Final = (
    _COMMON
    | _run(0x30, "0123456789:;")
    | _LETTERS
    | {0x20: " ", 0x21: "!"}
    | _run(0x00, "\u0627\u0622\u0628\u067b\u0680\u067e\u06a6\u062a\u06c2\u067f")
    | _run(0x0B, "\u0679\u067d")
    | _run(0x0E, "\u067a\u067c\u062b\u062c\u0681\u0684\u0683\u0685\u0686\u0687\u062d\u062e\u062f")
    | _run(0x1C, "\u068c\u0688\u0689\u068a")
    | _run(0x22, "\u068f\u068d\u0630\u0631\u0691\u0693")
    | {0x2A: "\u0699", 0x2B: "\u0632", 0x2D: "\u0696", 0x2F: "\u0698"}
    | _run(0x3C, "\u069a\u0633\u0634")
    | _run(0x40, "\u0635\u0636\u0637\u0638\u0639\u0641\u0642\u06a9\u06aa\u06ab\u06af\u06b3\u06b1\u0644\u0645\u0646")
    | _run(0x50, "\u06ba\u06bb\u06bc\u0648\u06c4\u06d5\u06c1\u06be\u0621\u06cc\u06d0\u06d2\u064d\u0650\u064f\u0657")
    | {0x60: "\u0654"}
    | _run(0x7B, "\u0655\u0651\u0653\u0656\u0670")
)

# What A.2.4 to A.2.13 share; then, language by language, what stands from 0x19, 0x1C, 0x2A and 0x30 on.

_ASIAN_SINGLE: Final = (
    _run(0x00, "@£$¥¿\"¤%&'\f*+")
    | _run(0x0E, "-/<=>¡^¡_#*")
    | _run(0x28, "{}")
    | _run(0x3C, "[~]")
    | {0x2F: "\\", 0x40: "|", 0x65: "€"}
    | _CAPITALS
)
_DANDAS: Final = "\u0964\u0965"
_SINGLE_RUNS: Final = {
    4: (
        "\u09e6\u09e7",
        "\u09e8\u09e9\u09ea\u09eb\u09ec\u09ed\u09ee\u09ef\u09df\u09e0\u09e1\u09e2",
        "\u09e3\u09f2\u09f3\u09f4\u09f5",
        "\u09f6\u09f7\u09f8\u09f9\u09fa",
    ),
    5: (_DANDAS, "\u0ae6\u0ae7\u0ae8\u0ae9\u0aea\u0aeb\u0aec\u0aed\u0aee\u0aef", "", ""),
    6: (
        _DANDAS,
        "\u0966\u0967\u0968\u0969\u096a\u096b\u096c\u096d\u096e\u096f\u0951\u0952",
        "\u0953\u0954\u0958\u0959\u095a",
        "\u095b\u095c\u095d\u095e\u095f\u0960\u0961\u0962\u0963\u0970\u0971",
    ),
    7: (_DANDAS, "\u0ce6\u0ce7\u0ce8\u0ce9\u0cea\u0ceb\u0cec\u0ced\u0cee\u0cef\u0cde\u0cf1", "\u0cf2", ""),
    8: (
        _DANDAS,
        "\u0d66\u0d67\u0d68\u0d69\u0d6a\u0d6b\u0d6c\u0d6d\u0d6e\u0d6f\u0d70\u0d71",
        "\u0d72\u0d73\u0d74\u0d75\u0d7a",
        "\u0d7b\u0d7c\u0d7d\u0d7e\u0d7f",
    ),
    9: (
        _DANDAS,
        "\u0b66\u0b67\u0b68\u0b69\u0b6a\u0b6b\u0b6c\u0b6d\u0b6e\u0b6f\u0b5c\u0b5d",
        "\u0b5f\u0b70\u0b71",
        "",
    ),
    10: (
        _DANDAS,
        "\u0a66\u0a67\u0a68\u0a69\u0a6a\u0a6b\u0a6c\u0a6d\u0a6e\u0a6f\u0a59\u0a5a",
        "\u0a5b\u0a5c\u0a5e\u0a75",
        "",
    ),
    11: (
        _DANDAS,
        "\u0be6\u0be7\u0be8\u0be9\u0bea\u0beb\u0bec\u0bed\u0bee\u0bef\u0bf3\u0bf4",
        "\u0bf5\u0bf6\u0bf7\u0bf8\u0bfa",
        "",
    ),
    12: (
        "",
        "\u0c66\u0c67\u0c68\u0c69\u0c6a\u0c6b\u0c6c\u0c6d\u0c6e\u0c6f\u0c58\u0c59",
        "\u0c78\u0c79\u0c7a\u0c7b\u0c7c",
        "\u0c7d\u0c7e\u0c7f",
    ),
    13: (
        "\u0600\u0601",
        "\u06f0\u06f1\u06f2\u06f3\u06f4\u06f5\u06f6\u06f7\u06f8\u06f9\u060c\u060d",
        "\u060e\u060f\u0610\u0611\u0612",
        "\u0613\u0614\u061b\u061f\u0640\u0652\u0658\u066b\u066c\u0672\u0673\u06cd",
    ),
}


def _asian_single(language: int) -> Table:
    table = dict(_ASIAN_SINGLE)
    for first, characters in zip((0x19, 0x1C, 0x2A, 0x30), _SINGLE_RUNS[language], strict=True):
        table |= _run(first, characters)
    return table | ({0x3F: "\u06d4"} if language == IDENTIFIERS["urdu"] else {})


LOCKING: Final[Mapping[int, Table]] = MappingProxyType(
    {
        0: _changed(DEFAULT_TABLE, {}),
        1: _changed(
            DEFAULT_TABLE,
            {0x04: "€", 0x07: "ı", 0x0B: "Ğ", 0x0C: "ğ", 0x1C: "Ş", 0x1D: "ş", 0x40: "İ", 0x60: "ç"},
        ),
        3: _changed(
            DEFAULT_TABLE,
            _run(0x04, "êéúíóç")
            | _run(0x0B, "Ôô")
            | _run(0x0E, "Áá")
            | _run(0x12, "ªÇÀ∞^\\€Ó|")
            | _run(0x1C, "ÂâÊ")
            | {0x24: "º", 0x40: "Í", 0x5B: "Ã", 0x5C: "Õ", 0x5D: "Ú", 0x60: "~", 0x7B: "ã", 0x7C: "õ", 0x7D: "`"},
        ),
        **{language: _indian_locking(language) for language in _BLOCKS},
        13: _URDU_LOCKING,
    }
)
"""Locking table by its language's identifier; 0 is the default alphabet."""

SINGLE: Final[Mapping[int, Table]] = MappingProxyType(
    {
        0: EXTENSION_TABLE,
        1: EXTENSION_TABLE | {0x47: "Ğ", 0x49: "İ", 0x53: "Ş", 0x63: "ç", 0x67: "ğ", 0x69: "ı", 0x73: "ş"},
        2: EXTENSION_TABLE
        | {0x09: "ç", 0x41: "Á", 0x49: "Í", 0x4F: "Ó", 0x55: "Ú", 0x61: "á", 0x69: "í", 0x6F: "ó", 0x75: "ú"},
        3: EXTENSION_TABLE
        | {0x05: "ê", 0x09: "ç", 0x0B: "Ô", 0x0C: "ô", 0x0E: "Á", 0x0F: "á", 0x1F: "Ê"}
        | _run(0x12, "ΦΓ^ΩΠΨΣΘ")
        | {0x41: "À", 0x49: "Í", 0x4F: "Ó", 0x55: "Ú", 0x5B: "Ã", 0x5C: "Õ"}
        | {0x61: "Â", 0x69: "í", 0x6F: "ó", 0x75: "ú", 0x7B: "ã", 0x7C: "õ", 0x7F: "â"},
        **{language: _asian_single(language) for language in _SINGLE_RUNS},
    }
)
"""Single shift table by its language's identifier; 0 is the default extension table."""
