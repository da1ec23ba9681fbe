"""The last part of a T-code page's address: whoever holds the link sees the page, nobody finds it by trying."""

from __future__ import annotations

import secrets

# No 0 O 1 I l, so that a link can be copied from a small screen by hand; no "-" or "_", because phones leave
# such a character at the end out of the link that they make.
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
LENGTH = 22  # 57 ** 22 > 2 ** 128

_LETTERS = frozenset(ALPHABET)


def mint() -> str:
    """A new token: 22 URL-safe characters, more than 128 random bits."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def well_formed(token: str) -> bool:
    """Whether this could be a token: saves the database the question for everything else."""
    return len(token) == LENGTH and _LETTERS.issuperset(token)
