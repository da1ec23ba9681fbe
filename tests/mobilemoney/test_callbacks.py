"""Whose callback is it?"""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from mobilemoney.callbacks import Addresses, NotTheirs, Shown, check_shown, open_key

ID = "5f0c9ad4-7b1b-4b58-9d5b-1a2b3c4d5e6f"
HERE = Addresses("https://clinic.example", b"k" * 32)


def test_an_address_is_good_for_its_payment_and_its_provider() -> None:
    provider, correlation, token = HERE.of("main", ID).rsplit("/", 3)[1:]
    assert HERE.of("main", ID).startswith(f"https://clinic.example/payments/callback/main/{ID}/")
    assert len(token) == 43
    HERE.check(provider, correlation, token)


@pytest.mark.parametrize(
    ("provider", "correlation", "token"),
    [
        ("other", ID, HERE.token("main", ID)),
        ("main", ID.replace("5", "6", 1), HERE.token("main", ID)),
        ("main", ID, HERE.token("main", ID)[:-1]),
        ("main", ID, ""),
        ("main", ID, "令牌\udcff"),
        ("main", ID, Addresses(HERE.base, b"l" * 32).token("main", ID)),
        ("main\n" + ID, "", HERE.token("main", ID)),
    ],
)
def test_another_token_is_refused(provider: str, correlation: str, token: str) -> None:
    with pytest.raises(NotTheirs):
        HERE.check(provider, correlation, token)


def test_what_is_shown_beside_must_fit() -> None:
    body = b'{"a":1}'
    digest = hashlib.sha256(body).hexdigest()
    check_shown(Shown(), body, ID)
    check_shown(Shown("s", digest.upper(), ID), body, ID, secret="s")
    for shown, secret in (
        (Shown("", "", ID), "s"),
        (Shown("t", "", ID), "s"),
        (Shown("", digest[:-1] + "0" if digest[-1] != "0" else digest[:-1] + "1"), ""),
        (Shown("", "", ID[:-1]), ""),
    ):
        with pytest.raises(NotTheirs):
            check_shown(shown, body, ID, secret=secret)


def test_the_key_is_made_once_and_for_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "callback.key"
    key = open_key(path)
    assert (len(key), path.stat().st_mode & 0o777) == (32, 0o600)
    assert open_key(path) == key
    path.write_bytes(b"short")
    with pytest.raises(ValueError, match="32 octets"):
        open_key(path)


def test_nothing_secret_is_shown_by_accident() -> None:
    assert "kkk" not in repr(HERE)
    assert "hush" not in repr(Shown("hush"))
