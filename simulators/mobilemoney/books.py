"""The platform's books: accounts, transactions, requests; as values that a file can keep."""

from __future__ import annotations

import datetime as dt
import os
from decimal import Decimal
from pathlib import Path
from typing import Literal

import msgspec

Manner = Literal["", "confirms", "declines", "silent"]
"""What the holder of an account does when asked for the PIN; "": as all do."""


class Account(msgspec.Struct):
    """Of a phone, or of a merchant."""

    number: str
    balance: Decimal
    manner: Manner = ""


class Entry(msgspec.Struct):
    """A transaction, from when it was asked for. `reference` is "" until it is finished."""

    type: str  # merchantpay, adjustment, reversal
    correlation: str
    server: str
    amount: Decimal
    currency: str
    debit: tuple[str, str]
    credit: tuple[str, str]
    asked_at: dt.datetime
    client_reference: str = ""
    description: str = ""
    original: str = ""
    callback: str = ""
    taken: Decimal = Decimal(0)  # what has really moved
    status: str = "pending"  # pending, completed, failed
    reference: str = ""
    finished_at: dt.datetime | None = None
    error: tuple[str, str, str] | None = None  # category, code, words
    polls: int = 0


class Books(msgspec.Struct):
    """All that a platform remembers. Keys: account numbers, correlation ids."""

    accounts: dict[str, Account] = msgspec.field(default_factory=dict)
    entries: dict[str, Entry] = msgspec.field(default_factory=dict)

    def by_server(self, server: str) -> Entry | None:
        return next((entry for entry in self.entries.values() if entry.server == server), None)

    def by_reference(self, reference: str) -> Entry | None:
        return next((entry for entry in self.entries.values() if reference and entry.reference == reference), None)

    def returned(self, reference: str) -> Decimal:
        """How much of a transaction has gone back, or is about to."""
        backs = [each for each in self.entries.values() if each.original == reference and each.status != "failed"]
        return sum((each.amount for each in backs), Decimal(0))


def load(path: Path) -> Books:
    """The books in this file; new ones where it is not there. ValueError where it holds something else."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Books)
    except FileNotFoundError:
        return Books()
    except msgspec.DecodeError as error:
        raise ValueError(f"{path} holds no books of this simulator: {error}") from error


def save(path: Path, books: Books) -> None:
    """Whole or not at all."""
    new = path.with_name(path.name + ".new")
    new.write_bytes(msgspec.json.encode(books))
    os.replace(new, path)
