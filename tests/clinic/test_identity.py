"""Identity numbers: checked, sealed, found by digest; the key file."""

from __future__ import annotations

import datetime as dt
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from clinic.errors import BadIdentity
from clinic.identity import KEY_OCTETS, PROVISIONAL, Vault, parse

WOMAN = "110101195808142424"
MAN = "360426199101010071"


def with_check(seventeen: str) -> str:
    """GB 11643: ISO 7064 MOD 11-2."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(digit) * weight for digit, weight in zip(seventeen, weights, strict=True))
    return seventeen + "10X98765432"[total % 11]


@pytest.mark.parametrize("number", [WOMAN, MAN])
def test_a_valid_number_is_itself(number: str) -> None:
    assert with_check(number[:17]) == number
    assert parse(number) == number


def test_it_may_be_typed_as_phones_type_it() -> None:
    number = next(
        candidate for serial in range(1000) if (candidate := with_check(f"11010119900101{serial:03d}")).endswith("X")
    )
    assert parse(number.lower()) == number
    assert parse(f" {number[:6]} {number[6:14]} {number[14:]} ") == number
    full_width = number.translate({ord(c): ord(c) + 0xFEE0 for c in number})
    assert parse(full_width) == number


@pytest.mark.parametrize(
    "written",
    [
        "",
        "hello",
        WOMAN[:17],
        WOMAN + "0",
        WOMAN[:17] + "5",  # the check digit is wrong
        with_check("11010119901301001"),  # month 13
        with_check("11010119900230001"),  # 30 February
        with_check("99010119900101001"),  # no such place
        "110101580814242",  # the 15 digits of before 1999
    ],
)
def test_what_is_no_identity_number_is_refused(written: str) -> None:
    with pytest.raises(BadIdentity):
        parse(written)


def test_no_slip_of_one_digit_passes() -> None:
    for place in range(17):
        for digit in "0123456789":
            slip = WOMAN[:place] + digit + WOMAN[place + 1 :]
            if slip != WOMAN:
                with pytest.raises(BadIdentity):
                    parse(slip)


def test_sealing_tells_birth_and_sex_and_hides_the_digits(vault: Vault) -> None:
    woman, man = vault.seal(WOMAN), vault.seal(MAN)
    assert (woman.birth, woman.sex) == (dt.date(1958, 8, 14), "female")
    assert (man.birth, man.sex) == (dt.date(1991, 1, 1), "male")
    assert WOMAN.encode() not in woman.sealed
    assert WOMAN not in woman.digest
    assert vault.unlock(woman.sealed) == WOMAN.encode()


def test_one_number_has_one_digest_and_never_twice_the_same_seal(vault: Vault) -> None:
    first, second = vault.seal(WOMAN), vault.seal(f" {WOMAN} ")
    assert first.digest == second.digest
    assert first.sealed != second.sealed
    assert vault.seal(MAN).digest != first.digest


def test_another_key_finds_and_opens_nothing(vault: Vault) -> None:
    other = Vault(b"o" * KEY_OCTETS)
    sealed = vault.seal(WOMAN)
    assert other.seal(WOMAN).digest != sealed.digest
    with pytest.raises(ValueError, match="another key"):
        other.unlock(sealed.sealed)


def test_a_changed_seal_is_noticed(vault: Vault) -> None:
    blob = bytearray(vault.lock(b"something"))
    blob[20] ^= 1
    with pytest.raises(ValueError, match="damaged"):
        vault.unlock(bytes(blob))


def test_the_key_is_made_once_for_us_alone(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "identity.key"
    digest = Vault.open(path).seal(WOMAN).digest
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert len(path.read_bytes()) == KEY_OCTETS
    assert [entry.name for entry in path.parent.iterdir()] == ["identity.key"]
    assert Vault.open(path).seal(WOMAN).digest == digest


def test_processes_that_start_together_agree_on_one_key(tmp_path: Path) -> None:
    path = tmp_path / "identity.key"
    with ThreadPoolExecutor(8) as pool:
        digests = {vault.seal(WOMAN).digest for vault in pool.map(lambda _: Vault.open(path), range(8))}
    assert len(digests) == 1


def test_a_cut_key_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "identity.key"
    path.write_bytes(b"short")
    with pytest.raises(ValueError, match="5 octets, not 32"):
        Vault.open(path)


def test_what_stands_for_a_number_is_nobodys_and_another_one_each_time() -> None:
    vault = Vault(b"k" * 32)
    one, other = (vault.provisional(birth=dt.date(2027, 3, 1), sex="female") for _ in range(2))
    assert (one.birth, one.sex) == (dt.date(2027, 3, 1), "female")
    assert one.digest.startswith(PROVISIONAL)
    assert one.digest != other.digest
    assert vault.unlock(one.sealed).decode() == one.digest
    with pytest.raises(BadIdentity):
        vault.digest(one.digest)
    assert vault.digest("110101195808142424") == vault.seal("110101195808142424").digest
