from __future__ import annotations

import stat
import threading
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tcode import voucher
from tcode.keyring import BadKeys, Keyring, PublicBundle
from tcode.voucher import Claims, Forged


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_first_start_makes_one_key_that_only_the_owner_reads(directory: Path) -> None:
    Keyring(directory)
    assert [path.name for path in directory.iterdir()] == ["tcode-001.pem"]
    assert mode(directory) == 0o700
    assert mode(directory / "tcode-001.pem") == 0o600
    assert (directory / "tcode-001.pem").read_bytes().startswith(b"-----BEGIN PRIVATE KEY-----")


def test_the_next_start_uses_the_same_key(directory: Path, claims: Claims) -> None:
    signed = voucher.sign(claims, Keyring(directory))
    assert voucher.verify(signed, Keyring(directory)) == claims
    assert len(list(directory.iterdir())) == 1


def test_after_rotating_the_new_key_signs_and_the_old_one_still_verifies(directory: Path, claims: Claims) -> None:
    keys = Keyring(directory)
    before = voucher.sign(claims, keys)
    assert keys.rotate() == 2
    after = voucher.sign(claims, keys)
    assert before != after
    assert keys.current()[0] == 2
    assert voucher.verify(before, keys) == voucher.verify(after, keys) == claims


def test_the_daemon_sees_that_the_command_line_has_rotated(directory: Path, claims: Claims) -> None:
    daemon = Keyring(directory)
    voucher.sign(claims, daemon)
    command_line = Keyring(directory)
    command_line.rotate()
    assert voucher.verify(voucher.sign(claims, command_line), daemon) == claims
    assert daemon.current()[0] == 2


def test_a_key_whose_file_is_deleted_is_revoked(directory: Path, claims: Claims) -> None:
    keys = Keyring(directory)
    old = voucher.sign(claims, keys)
    keys.rotate()
    (directory / "tcode-001.pem").unlink()
    with pytest.raises(Forged):
        voucher.verify(old, keys)


def test_starting_and_rotating_from_many_threads_loses_no_key(directory: Path) -> None:
    rings: list[Keyring] = []
    starters = [threading.Thread(target=lambda: rings.append(Keyring(directory))) for _ in range(8)]
    for thread in starters:
        thread.start()
    for thread in starters:
        thread.join()
    assert [path.name for path in directory.iterdir()] == ["tcode-001.pem"]
    taken: list[int] = []
    rotators = [threading.Thread(target=lambda ring=ring: taken.append(ring.rotate())) for ring in rings]
    for thread in rotators:
        thread.start()
    for thread in rotators:
        thread.join()
    assert sorted(taken) == list(range(2, 10))
    assert len(list(directory.iterdir())) == 9  # and no draft is left behind


def test_keys_that_others_can_reach_are_refused_with_the_cure(directory: Path) -> None:
    Keyring(directory)
    (directory / "tcode-001.pem").chmod(0o640)
    with pytest.raises(BadKeys, match=r"chmod 600 .*tcode-001\.pem"):
        Keyring(directory)
    (directory / "tcode-001.pem").chmod(0o600)
    directory.chmod(0o755)
    with pytest.raises(BadKeys, match="chmod 700"):
        Keyring(directory)


@pytest.mark.parametrize(
    "content", [b"", b"not a key", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"]
)
def test_a_broken_file_is_named(directory: Path, content: bytes) -> None:
    Keyring(directory)
    (directory / "tcode-001.pem").write_bytes(content)
    with pytest.raises(BadKeys, match=r"tcode-001\.pem: not an unencrypted private key"):
        Keyring(directory)


def test_a_key_of_another_kind_is_refused(directory: Path) -> None:
    Keyring(directory)
    other = generate_private_key(SECP256R1())
    pem = other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (directory / "tcode-001.pem").write_bytes(pem)
    with pytest.raises(BadKeys, match="not an Ed25519 key"):
        Keyring(directory)


def test_a_file_that_goes_bad_later_stops_nothing_but_is_told(directory: Path, claims: Claims) -> None:
    keys = Keyring(directory)
    signed = voucher.sign(claims, keys)
    half_copied = directory / "tcode-002.pem"
    half_copied.write_bytes(b"-----BEGIN PRIV")
    half_copied.chmod(0o600)
    assert voucher.verify(signed, keys) == claims
    assert keys.current()[0] == 1
    assert "tcode-002.pem" in (keys.problem or "")
    half_copied.unlink()
    assert voucher.verify(signed, keys) == claims
    assert keys.problem is None


def test_a_file_in_the_place_of_the_directory_is_told(directory: Path) -> None:
    directory.parent.mkdir()
    directory.write_text("")
    with pytest.raises(BadKeys, match="must be a directory"):
        Keyring(directory)


def test_key_ids_end_at_255(directory: Path) -> None:
    keys = Keyring(directory)
    (directory / "tcode-001.pem").rename(directory / "tcode-255.pem")
    with pytest.raises(BadKeys, match="all 255 key ids"):
        keys.rotate()


def test_other_files_in_the_directory_are_left_alone(directory: Path) -> None:
    Keyring(directory)
    (directory / "README").write_text("these are our keys")
    assert Keyring(directory).current()[0] == 1


def test_the_public_bundle_holds_no_private_key(directory: Path, claims: Claims) -> None:
    keys = Keyring(directory)
    keys.rotate()
    bundle = keys.public_bundle()
    assert '"d"' not in bundle
    assert PublicBundle(bundle).public(2) is not None
    assert PublicBundle(bundle).public(3) is None
    assert voucher.verify(voucher.sign(claims, keys), PublicBundle(bundle)) == claims


@pytest.mark.parametrize(
    "bundle", ["", "[]", "{}", '{"keys": [{"kid": "1"}]}', '{"keys": [{"kid": "1", "kty": "RSA", "crv": ""}]}']
)
def test_a_bundle_that_is_none_is_refused(bundle: str) -> None:
    with pytest.raises(BadKeys):
        PublicBundle(bundle)
