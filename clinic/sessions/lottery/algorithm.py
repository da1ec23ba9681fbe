"""The draw itself, and nothing else: what docs/lottery.md writes down, and what anybody can recompute."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection
from typing import Final

SEED_OCTETS: Final = 32


def commitment(seed: bytes) -> str:
    """What is published before anybody enters: the SHA-256 of the seed, in hexadecimal."""
    return hashlib.sha256(seed).hexdigest()


def digest(tickets: Collection[int]) -> str:
    """What is published when entries close: the SHA-256 of the tickets in ascending order, decimal, a line feed after
    each."""
    return hashlib.sha256("".join(f"{ticket}\n" for ticket in sorted(tickets)).encode()).hexdigest()


def score(seed: bytes, ticket: int) -> bytes:
    """HMAC-SHA256 with the seed as its key over the ticket in decimal ASCII."""
    return hmac.digest(seed, str(ticket).encode(), "sha256")


def ranked(seed: bytes, tickets: Collection[int]) -> list[int]:
    """The tickets by their scores, the lowest first: the first in the list has rank 1."""
    return sorted(tickets, key=lambda ticket: score(seed, ticket))
