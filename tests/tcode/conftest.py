from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from tcode import voucher
from tcode.keyring import Keyring
from tcode.voucher import Claims


@pytest.fixture(scope="session")
def keyring(tmp_path_factory: pytest.TempPathFactory) -> Keyring:
    return Keyring(tmp_path_factory.mktemp("var") / "keys")


@pytest.fixture(scope="session")
def claims() -> Claims:
    return Claims(number="123456789092", centre=31, day=dt.date(2027, 3, 8), half="am", queue=17)


@pytest.fixture(scope="session")
def signed(claims: Claims, keyring: Keyring) -> str:
    """The text of a genuine T-code."""
    return voucher.sign(claims, keyring)


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "var" / "keys"
