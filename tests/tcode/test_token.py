from __future__ import annotations

import math

import pytest

from tcode import token


def test_a_token_holds_more_than_128_bits() -> None:
    assert token.LENGTH * math.log2(len(set(token.ALPHABET))) > 128


def test_tokens_are_url_safe_well_formed_and_never_the_same() -> None:
    minted = {token.mint() for _ in range(500)}
    assert len(minted) == 500
    assert all(each.isalnum() and each.isascii() and token.well_formed(each) for each in minted)


@pytest.mark.parametrize(
    "text", ["", "a" * 21, "a" * 23, "a" * 21 + "0", "a" * 21 + "/", "a" * 21 + "é", "../../etc/passwd.......x"]
)
def test_what_cannot_be_a_token_is_known_without_the_database(text: str) -> None:
    assert not token.well_formed(text)
