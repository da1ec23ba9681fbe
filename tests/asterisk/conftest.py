"""A real Asterisk and real SIP telephones, in folders of their own and at free ports of loopback."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.asterisk.hotline import HURRIED, Hotline
from tests.asterisk.observer import Observer
from tests.asterisk.server import OBSERVER_SECRET, ROOT, SECRET, Asterisk
from tests.asterisk.sipp import Sipp
from tests.journeys.conftest import Network
from tests.kept import kept


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


@pytest.fixture(scope="session")
def prompts() -> Path:
    """The folder of the built prompts, spoken in a hurry; it stays in var/, so that only what has changed is built."""
    folder = ROOT / "var" / "prompts-of-tests"
    kept("prompts", lambda home: _build(home / "caredial.toml", folder))
    return folder


def _build(config: Path, folder: Path) -> None:
    config.write_text(f'[ivr.prompts]\nfolder = "{folder}"\nwords_per_minute = {HURRIED}\n')
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:  # other tests may run beside these
        fcntl.flock(lock, fcntl.LOCK_EX)
        for command in (["init", "--sample"], ["prompts", "build"]):
            caredial = [sys.executable, "-m", "gateway.cli", *command, "--config", str(config)]
            subprocess.run(caredial, check=True, timeout=600, stdout=subprocess.DEVNULL)


@pytest.fixture(scope="session")
def sms_centre(node_modules: Path) -> Iterator[Network]:
    network = Network(node_modules)
    yield network
    network.stop()


@contextmanager
def _hotline(folder: Path, network: Network, server: Asterisk, prompts: Path, redis: str) -> Iterator[Hotline]:
    with Hotline(folder, network, server, prompts, redis) as running:
        yield running
        assert running.gateway.stop() == 0, running.gateway.log.read_text()
        assert "Traceback" not in running.gateway.log.read_text()


@pytest.fixture(scope="module")
def hotline(
    tmp_path_factory: pytest.TempPathFactory,
    sms_centre: Network,
    asterisk: Asterisk,
    prompts: Path,
    redis_server: str,
) -> Iterator[Hotline]:
    """The daemon beside the Asterisk of all tests; each test calls from a number of its own."""
    with _hotline(tmp_path_factory.mktemp("hotline"), sms_centre, asterisk, prompts, redis_server) as running:
        yield running


@pytest.fixture
def own_hotline(
    tmp_path: Path, sms_centre: Network, new_asterisk: Callable[..., Asterisk], prompts: Path, redis_url: str
) -> Iterator[Hotline]:
    """A daemon and an Asterisk that a test may kill."""
    with _hotline(tmp_path, sms_centre, new_asterisk(), prompts, redis_url) as running:
        yield running
