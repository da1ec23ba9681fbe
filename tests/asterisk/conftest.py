"""A real Asterisk and real SIP telephones, in folders of their own and at free ports of loopback."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.asterisk.observer import Observer
from tests.asterisk.server import OBSERVER_SECRET, ROOT, SECRET, Asterisk
from tests.asterisk.sipp import Sipp


@pytest.fixture(scope="session")
def asterisk_program() -> Path:
    """The folder that bin/asterisk made."""
    folder = Path(os.environ.get("CAREDIAL_ASTERISK") or ROOT / "var" / "asterisk").absolute()
    if not (folder / "version").is_file():
        raise RuntimeError(f"no Asterisk in {folder}; `make test` fetches it")
    return folder


@contextmanager
def _running(program: Path, **options: int) -> Iterator[Asterisk]:
    with tempfile.TemporaryDirectory(prefix="caredial-", ignore_cleanup_errors=True) as folder:
        server = Asterisk(program, Path(folder), **options)
        try:
            server.start()
            yield server
        finally:
            server.kill()


@pytest.fixture(scope="session")
def asterisk(asterisk_program: Path) -> Iterator[Asterisk]:
    """An Asterisk, running, for all tests."""
    with _running(asterisk_program) as server:
        yield server


@pytest.fixture
def new_asterisk(asterisk_program: Path) -> Iterator[Callable[..., Asterisk]]:
    """Starts one more, for a test that stops it or needs it otherwise."""
    with ExitStack() as running:
        yield lambda **options: running.enter_context(_running(asterisk_program, **options))


@pytest.fixture
def sipp(asterisk: Asterisk, tmp_path: Path) -> Iterator[Sipp]:
    """Telephones at that Asterisk."""
    telephones = Sipp(asterisk, tmp_path)
    try:
        yield telephones
    finally:
        telephones.stop()
        asterisk.clear()


@pytest.fixture
def observer(asterisk: Asterisk) -> Iterator[Observer]:
    """Sees and may do everything."""
    with Observer(asterisk.ami, "observer", OBSERVER_SECRET) as account:
        yield account


@pytest.fixture
def gateway_account(asterisk: Asterisk) -> Iterator[Observer]:
    """An account with the rights of the gateway's, as the sample gives them."""
    with Observer(asterisk.ami, "caredial", SECRET, events="agi,call,dtmf,system") as account:
        yield account
