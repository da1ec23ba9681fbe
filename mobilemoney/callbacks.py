"""Callbacks: whose are they? An address that only the provider was told, and what else it can show.

Each payment has its own address: `.../payments/callback/PROVIDER/CORRELATION/TOKEN`, where the token is an HMAC-SHA256
over provider and correlation id by a key of this installation. Nobody can guess it, and it is good for one payment,
so it is checked without asking the database. A provider may show a shared secret and the body's hash as well.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from mobilemoney.dialects import Dialect

PREFIX: Final = "/payments/callback"
KEY_OCTETS: Final = 32


class NotTheirs(Exception):
    """This callback is not the provider's, or was changed on its way; `status` is what it is answered with."""

    def __init__(self, why: str, status: int = 403) -> None:
        super().__init__(why)
        self.status = status


def open_key(path: Path) -> bytes:
    """The key of callbacks; made where it is missing, for its owner alone. ValueError where it is too short."""
    if not path.exists():
        _make_key(path)
    key = path.read_bytes()
    if len(key) != KEY_OCTETS:
        raise ValueError(f"{path} should hold {KEY_OCTETS} octets")
    return key


def _make_key(path: Path) -> None:
    """Whole or not at all, and never over one that another process has made meanwhile."""
    new = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(secrets.token_bytes(KEY_OCTETS))
        file.flush()
        os.fsync(file.fileno())
    with suppress(FileExistsError):
        os.link(new, path)
    new.unlink()


@dataclass(frozen=True, slots=True)
class Addresses:
    """Writes and checks the addresses of callbacks. `base` is where the provider reaches our pages, without a slash."""

    base: str
    key: bytes = field(repr=False)

    def of(self, provider: str, correlation_id: str) -> str:
        return f"{self.base}{PREFIX}/{provider}/{correlation_id}/{self.token(provider, correlation_id)}"

    def token(self, provider: str, correlation_id: str) -> str:
        digest = hmac.digest(self.key, f"callback\n{provider}\n{correlation_id}".encode(), "sha256")
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    def check(self, provider: str, correlation_id: str, token: str) -> None:
        """Raises NotTheirs. What an address holds may be any text."""
        ours = self.token(provider, correlation_id).encode()
        if not hmac.compare_digest(ours, token.encode("utf-8", "replace")):
            raise NotTheirs("a token that is not this payment's")


@dataclass(frozen=True, slots=True)
class Shown:
    """What a callback has in its headers: API key, hash of the body, correlation id; "" where it has none."""

    key: str = field(default="", repr=False)
    content_hash: str = ""
    correlation_id: str = ""


def check_shown(shown: Shown, body: bytes, correlation_id: str, *, secret: str = "") -> None:
    """Raises NotTheirs for a wrong secret (where one is agreed on), hash, or correlation id (where they are shown)."""
    if secret and not hmac.compare_digest(secret.encode(), shown.key.encode("utf-8", "replace")):
        raise NotTheirs("the shared secret is missing or wrong")
    if shown.content_hash:
        digest = hashlib.sha256(body).hexdigest()
        if not hmac.compare_digest(digest, shown.content_hash.strip().lower()):
            raise NotTheirs("the hash of another body")
    if shown.correlation_id and shown.correlation_id != correlation_id:
        raise NotTheirs("the correlation id of another payment")


def headers(dialect: Dialect) -> tuple[str, str, str]:
    """The names of the headers that `Shown` is read from."""
    return dialect.key_header or "X-API-Key", dialect.hash_header or "X-Content-Hash", dialect.correlation_header
