"""The signing keys: Ed25519 private keys (PKCS #8 PEM) in a directory of their own, `tcode-001.pem` and on.

The file with the highest number signs, every file verifies. Rotating adds a file and never touches another, so
vouchers already sent stay good; deleting a file revokes what it signed. The daemon and the command line may use
the same directory at the same time: a key made by one is found by the other at its next voucher.
"""

from __future__ import annotations

import json
import os
import re
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

HIGHEST_ID = 255
_NAME = re.compile(r"tcode-(\d{3})\.pem")

Seen = frozenset[tuple[str, int, int]]  # file name, inode, nanoseconds of its last change


class BadKeys(Exception):
    """The key directory cannot be used. The message names the file and says what to do."""

    retry = False


@dataclass(frozen=True, slots=True)
class _Keys:
    """One look at the directory, swapped as a whole so that threads never see half of a change."""

    seen: Seen
    private: Mapping[int, Ed25519PrivateKey]
    public: Mapping[int, Ed25519PublicKey]


class Keyring:
    """The keys of one directory. Safe to share between threads. Raises BadKeys if the directory is unusable.

    Where a file goes bad later (half copied, opened to others), the keys read before stay in use and `problem`
    says what is wrong, until the directory is in order again.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        _make_private(directory)
        if not _look(directory):
            _add(directory, 1)
        self._keys = _load(directory)
        self.problem: str | None = None

    def current(self) -> tuple[int, Ed25519PrivateKey]:
        """The newest key and its id, also when another process has just made it."""
        private = self._fresh().private
        if not private:
            raise BadKeys(f"{self._directory}: no key is left; bring one back or run `caredial tcode rotate`")
        newest = max(private)
        return newest, private[newest]

    def public(self, key_id: int) -> Ed25519PublicKey | None:
        """The public half of a key; None if there is no such key (any more)."""
        return self._fresh().public.get(key_id)

    def rotate(self) -> int:
        """Makes a new key, which signs from now on. Returns its id."""
        newest = max((key_id for key_id, _ in _files(_look(self._directory))), default=0)
        while not _add(self._directory, newest + 1):  # another process took this id just now
            newest += 1
        self._keys = _load(self._directory)
        return newest + 1

    def public_bundle(self) -> str:
        """All public keys as a JSON Web Key Set (RFC 7517, RFC 8037): what a kiosk needs to check offline."""
        public = self._fresh().public
        return json.dumps({"keys": [_jwk(key_id, key) for key_id, key in sorted(public.items())]})

    def _fresh(self) -> _Keys:
        try:
            if _look(self._directory) != self._keys.seen:
                self._keys = _load(self._directory)
            self.problem = None
        except (BadKeys, OSError) as error:
            self.problem = str(error)
        return self._keys


class PublicBundle:
    """Public keys read from `Keyring.public_bundle`; enough for `voucher.verify`, without any network."""

    def __init__(self, bundle: str) -> None:
        """Raises BadKeys for a text that is no JWK set of Ed25519 keys."""
        try:
            self._keys = {int(jwk["kid"]): _from_jwk(jwk) for jwk in json.loads(bundle)["keys"]}
        except (ValueError, KeyError, TypeError) as error:
            raise BadKeys("not a JWK set of Ed25519 keys") from error

    def public(self, key_id: int) -> Ed25519PublicKey | None:
        return self._keys.get(key_id)


def _jwk(key_id: int, key: Ed25519PublicKey) -> dict[str, str]:
    x = urlsafe_b64encode(key.public_bytes_raw()).rstrip(b"=").decode()
    return {"kty": "OKP", "crv": "Ed25519", "use": "sig", "kid": str(key_id), "x": x}


def _from_jwk(jwk: Mapping[str, str]) -> Ed25519PublicKey:
    if (jwk["kty"], jwk["crv"]) != ("OKP", "Ed25519"):
        raise ValueError("not an Ed25519 key")
    return Ed25519PublicKey.from_public_bytes(urlsafe_b64decode(jwk["x"] + "="))


def _make_private(directory: Path) -> None:
    directory.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):
        directory.mkdir(mode=0o700)
    if not directory.is_dir():
        raise BadKeys(f"{directory}: must be a directory")
    _refuse_open(directory, "700")


def _refuse_open(path: Path, mode: str) -> None:
    if path.stat().st_mode & 0o077:
        raise BadKeys(f"{path}: other users can reach this; run: chmod {mode} {path}")


def _look(directory: Path) -> Seen:
    found: set[tuple[str, int, int]] = set()
    with os.scandir(directory) as entries:
        for entry in entries:
            if _NAME.fullmatch(entry.name):
                with suppress(FileNotFoundError):  # deleted while we looked
                    status = entry.stat()
                    found.add((entry.name, status.st_ino, status.st_mtime_ns))
    return frozenset(found)


def _files(seen: Seen) -> list[tuple[int, str]]:
    return sorted((int(match[1]), name) for name, *_ in seen if (match := _NAME.fullmatch(name)))


def _load(directory: Path) -> _Keys:
    seen = _look(directory)
    private = {key_id: _read(directory / name, key_id) for key_id, name in _files(seen)}
    return _Keys(seen, private, {key_id: key.public_key() for key_id, key in private.items()})


def _read(path: Path, key_id: int) -> Ed25519PrivateKey:
    if not 1 <= key_id <= HIGHEST_ID:
        raise BadKeys(f"{path}: key ids go from 001 to {HIGHEST_ID}")
    _refuse_open(path, "600")
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise BadKeys(f"{path}: not an unencrypted private key in PEM form") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise BadKeys(f"{path}: not an Ed25519 key")
    return key


def _add(directory: Path, key_id: int) -> bool:
    """Writes a new key under this id, whole or not at all; False if the id is taken."""
    if key_id > HIGHEST_ID:
        raise BadKeys(f"{directory}: all {HIGHEST_ID} key ids are used; delete the oldest keys' files")
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    draft = directory / f".new-{secrets.token_hex(8)}"
    _write(draft, pem)
    try:
        # link() refuses an existing name, which rename() would overwrite.
        os.link(draft, directory / f"tcode-{key_id:03}.pem")
    except FileExistsError:
        return False
    finally:
        draft.unlink()
    _flush(directory)
    return True


def _write(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _flush(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
