"""The national tables, beside those of two programs that nobody here wrote."""

from __future__ import annotations

import hashlib
import json
import subprocess
from pathlib import Path

import pytest

from smpp.text import gsm7
from smpp.text.gsm7 import Shift
from smpp.text.national import EXTENSION_TABLE, IDENTIFIERS, LOCKING, SINGLE, Table

# By identifier: locking and single shift table of AOSP's GsmAlphabet.java (commit 123007b3), as the first 16 digits of
# the SHA-256 of their 128 characters in UTF-8, void ones and the escape as a space.
ANDROID = {
    0: ("f789ac76c65a65fa", "a8973cf1cf8dd39e"),
    1: ("7ee550059e619424", "f7220d1cb3fbb6bc"),
    2: (None, "ead4990331eb0b68"),
    3: ("ea0159b85b82a684", "bdd0fd1a21e6c7be"),
    4: ("b9468b826a653aa1", "0f1647a2d5472554"),
    5: ("4fc54935b740d714", "6383ae39f7f043fd"),
    6: ("14cb275812a39935", "8d02cb6f6b72a39c"),
    7: ("0795e0befcc95611", "9af2baa943ffd8e1"),
    8: ("64fdea74d98bc079", "dbff586704af3772"),
    9: ("8c628188b97f5a46", "fc6277aad0e90085"),
    10: ("d726d6a43a96712d", "5382948007c95917"),
    11: ("b616ad5256f8baf6", "8797147aae3e7c93"),
    12: ("8eb349f449e034ea", "85c1b2ed2b97e6c8"),
    13: ("e13697b82e71df5e", "f4326557a3ecfcc0"),
}

SAMPLES = [  # language, table, septet, character: from the pages of 3GPP 23.038 annex A
    ("turkish", LOCKING, 0x07, "ı"), ("turkish", SINGLE, 0x53, "Ş"),
    ("spanish", SINGLE, 0x09, "ç"), ("spanish", SINGLE, 0x75, "ú"),
    ("portuguese", LOCKING, 0x15, "∞"), ("portuguese", SINGLE, 0x61, "Â"),
    ("bengali", LOCKING, 0x00, "\u0981"), ("bengali", SINGLE, 0x19, "\u09e6"),
    ("gujarati", LOCKING, 0x7F, "\u0af1"), ("gujarati", SINGLE, 0x1A, "\u0965"),
    ("hindi", LOCKING, 0x34, "4"), ("hindi", SINGLE, 0x3A, "\u0971"),
    ("kannada", LOCKING, 0x24, "\u0ca1"), ("kannada", SINGLE, 0x26, "\u0cde"),
    ("malayalam", LOCKING, 0x7F, "\u0d79"), ("malayalam", SINGLE, 0x34, "\u0d7f"),
    ("oriya", LOCKING, 0x60, "\u0b56"), ("oriya", SINGLE, 0x2C, "\u0b71"),
    ("punjabi", LOCKING, 0x4A, "\u0a36"), ("punjabi", SINGLE, 0x2D, "\u0a75"),
    ("tamil", LOCKING, 0x3C, "\u0ba9"), ("tamil", SINGLE, 0x24, "\u0bee"),
    ("telugu", LOCKING, 0x4F, "\u0c3d"), ("telugu", SINGLE, 0x22, "\u0c6c"),
    ("urdu", LOCKING, 0x06, "\u06a6"), ("urdu", SINGLE, 0x3F, "\u06d4"),
]  # fmt: skip


def digest(table: Table) -> str:
    characters = "".join(table.get(septet, " ") for septet in range(128))
    return hashlib.sha256(characters.encode()).hexdigest()[:16]


@pytest.mark.parametrize("language", sorted(ANDROID))
def test_tables_are_androids(language: int) -> None:
    locking, single = ANDROID[language]
    assert digest(SINGLE[language]) == single
    assert (digest(LOCKING[language]) if language in LOCKING else None) == locking


def test_every_language_has_a_single_shift_table_and_only_spanish_no_locking_one() -> None:
    assert set(SINGLE) == {0, *IDENTIFIERS.values()}
    assert set(SINGLE) - set(LOCKING) == {IDENTIFIERS["spanish"]}


@pytest.mark.parametrize(("language", "tables", "septet", "character"), SAMPLES)
def test_samples_of_the_standard(language: str, tables: dict[int, Table], septet: int, character: str) -> None:
    assert tables[dict(IDENTIFIERS)[language]][septet] == character


def test_no_table_has_a_character_for_the_escape_nor_beyond_seven_bits() -> None:
    for table in (*LOCKING.values(), *SINGLE.values()):
        assert set(table) <= set(range(128)) - {gsm7.ESC}
        assert all(len(character) == 1 for character in table.values())


def test_the_latin_single_tables_keep_the_default_extension() -> None:
    for language in ("turkish", "spanish"):
        assert {**SINGLE[dict(IDENTIFIERS)[language]]}.items() >= EXTENSION_TABLE.items()


CODER = """
const { gsmCoder } = require(process.argv[1]);
const [language, octets] = JSON.parse(process.argv[2]);
console.log(JSON.stringify(octets.map((hex) => gsmCoder.decode(Buffer.from(hex, 'hex'), language))));
"""


@pytest.mark.parametrize(
    ("language", "shift"), [(0, Shift()), (1, Shift(1, 1)), (2, Shift(0, 2)), (3, Shift(3, 3))], ids=str
)
def test_the_npm_package_smpp_reads_the_same(language: int, shift: Shift, node_modules: Path) -> None:
    singles = [bytes([septet]) for septet in range(128) if septet != gsm7.ESC]
    pairs = [bytes([gsm7.ESC, septet]) for septet in SINGLE[shift.single] if septet != 0x0D]
    octets = [octet.hex() for octet in singles + pairs]

    told = subprocess.run(
        ["node", "-e", CODER, str(node_modules / "smpp"), json.dumps([language, octets])],
        capture_output=True, check=True, text=True,
    )  # fmt: skip

    assert json.loads(told.stdout) == [gsm7.decode(bytes.fromhex(octet), shift) for octet in octets]
