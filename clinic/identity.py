"""Identity numbers (GB 11643): checked, sealed at rest, found by a keyed digest.

One master key (32 octets, in a file of mode 600) gives two keys by HKDF: one seals (Fernet: AES-128-CBC and
HMAC-SHA256), one digests (HMAC-SHA256). The digest finds a person without opening anybody's number.
"""

from __future__ import annotations

import base64
import datetime as dt
import hmac
import os
import secrets
import tempfile
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from stdnum.cn import ric
from stdnum.exceptions import InvalidChecksum, ValidationError

from clinic.errors import BadIdentity
from conf.texts.words import Word

KEY_OCTETS = 32
LENGTH = 18
PROVISIONAL = "provisional:"
"""How the digest of who has no number yet begins; that of a number is hexadecimal."""


@dataclass(frozen=True, slots=True)
class SealedIdentity:
    """An identity number that nobody can read without the key, with what the number says of its holder."""

    sealed: bytes
    digest: str
    birth: dt.date
    sex: str


class IdentityLength(BadIdentity):
    """Not 18 characters; `count` are there."""

    tell = "identity.length"

    def __init__(self, count: int) -> None:
        super().__init__(count)
        self.count = count

    @property
    def words(self) -> dict[str, Word]:
        return {"count": self.count}


class IdentityDate(BadIdentity):
    """The seventh to the fourteenth digit are no date."""

    tell = "identity.date"


class IdentityCheck(BadIdentity):
    """The last character does not fit the others: one of them is wrong, or two have changed places."""

    tell = "identity.check"


def parse(written: str) -> str:
    """The 18 characters of a valid number (full-width forms, blanks and a small x are accepted).

    BadIdentity, which says what is wrong as far as one can know it: length, date or check digit.
    """
    number = ric.compact("".join(unicodedata.normalize("NFKC", written).split()))
    if len(number) != LENGTH:
        raise IdentityLength(len(number))
    if not (number.isascii() and number[:-1].isdigit() and (number[-1].isdigit() or number[-1] == "X")):
        raise BadIdentity
    try:
        ric.get_birth_date(number)
    except ValidationError:
        raise IdentityDate from None
    try:
        return str(ric.validate(number))
    except InvalidChecksum:
        raise IdentityCheck from None
    except ValidationError:  # no such county
        raise BadIdentity from None


class Vault:
    """Seals and finds identity numbers, and locks any small blob that may hold one."""

    def __init__(self, master: bytes) -> None:
        if len(master) != KEY_OCTETS:
            raise ValueError(f"the identity key has {len(master)} octets, not {KEY_OCTETS}")
        self._fernet = Fernet(base64.urlsafe_b64encode(_derive(master, b"caredial seal")))
        self._digest_key = _derive(master, b"caredial digest")

    @classmethod
    def open(cls, path: Path) -> Vault:
        """The vault of this key file, which is made at the first start (mode 600, written whole or not at all)."""
        if not path.exists():
            _make_key(path)
        return cls(path.read_bytes())

    def seal(self, number: str) -> SealedIdentity:
        """Check and seal `number`; BadIdentity when it is none."""
        valid = parse(number)
        return SealedIdentity(
            sealed=self.lock(valid.encode()),
            digest=self._digest(valid),
            birth=ric.get_birth_date(valid),
            sex="male" if int(valid[16]) % 2 else "female",
        )

    def digest(self, number: str) -> str:
        """What finds the holder of `number`; BadIdentity when it is none."""
        return self._digest(parse(number))

    def _digest(self, valid: str) -> str:
        return hmac.digest(self._digest_key, valid.encode(), "sha256").hex()

    def provisional(self, *, birth: dt.date, sex: str) -> SealedIdentity:
        """What stands for a number that is not given yet, as a newborn's: another one each time, and nobody's."""
        mark = f"{PROVISIONAL}{secrets.token_hex(16)}"
        return SealedIdentity(self.lock(mark.encode()), mark, birth, sex)

    def lock(self, blob: bytes) -> bytes:
        return self._fernet.encrypt(blob)

    def unlock(self, blob: bytes) -> bytes:
        """The blob as it was; ValueError when it was locked with another key or changed since."""
        try:
            return self._fernet.decrypt(blob)
        except InvalidToken:
            raise ValueError("locked with another key, or damaged") from None


def _derive(master: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(master)


def _make_key(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, name = tempfile.mkstemp(dir=path.parent)  # mkstemp gives mode 600
    with os.fdopen(handle, "wb") as file:
        file.write(os.urandom(KEY_OCTETS))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(name, path)  # never over a key that another process made meanwhile
    except FileExistsError:
        pass
    finally:
        os.unlink(name)
