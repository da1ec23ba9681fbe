"""Commands run as a person runs them, in a folder of their own with the sample centres."""

from __future__ import annotations

import datetime as dt
import os
import re
import select as polling
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from clinic import imports, visits
from clinic.identity import Vault
from clinic.installation import Installation
from clinic.residents import NewPerson
from clinic.tables import ClinicSession
from clinic.views import VisitView
from gateway.cli import main
from gateway.store import Store, connect
from tests.kept import kept

ROOT = Path(__file__).parents[3]
SECONDS = 60
SHANGHAI = ZoneInfo("Asia/Shanghai")
PHONE, NAME, IDENTITY = "+8615400000009", "周志强", "110101195808142424"


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("CAREDIAL_CONFIG", raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def caredial() -> Callable[..., Result]:
    """`caredial("db", "version")` -> click's Result."""

    def run(*words: str, **given: Any) -> Result:
        result = CliRunner().invoke(main, words, prog_name="caredial", **given)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return run


@pytest.fixture(scope="session")
def template() -> Path:
    """A folder after `caredial init --sample`, but without a hotline: whoever tests one says which."""
    return kept("sample without a hotline", _sample)


def _sample(folder: Path) -> None:
    result = CliRunner().invoke(main, ["init", "--sample", "--config", str(folder / "caredial.toml")])
    assert result.exit_code == 0, result.output
    config = folder / "caredial.toml"
    config.write_text(config.read_text().partition("\n# The operator")[0])


@dataclass(frozen=True)
class Place:
    """A folder with the sample centres, and its store for looking behind the commands."""

    folder: Path
    store: Store

    def book(self, day: int = 0, **given: Any) -> VisitView:
        """A visit `day` days from today at the first department of the centre DY."""
        now = dt.datetime.now(SHANGHAI)
        offered = self.store.run_now(_session_of, day=now.date() + dt.timedelta(days=day))
        patient = NewPerson(NAME, Vault.open(self.folder / "keys" / "identity.key").seal(IDENTITY))
        visit = {"phone": PHONE, "language": "zh", "occasion": f"test {day}", "patient": patient, **given}
        # Early in the morning every session of the day is still open.
        early = now.replace(hour=0, minute=1)
        house = Installation("http://127.0.0.1:8080", "12580120", "*120#", "12580")
        return self.store.run_now(visits.book, clinic_session=offered, now=early, installation=house, **visit)


def _session_of(session: Any, *, day: dt.date) -> int:
    found = select(ClinicSession).where(ClinicSession.day == day).order_by(ClinicSession.id).limit(1)
    row = session.scalars(found).one()
    row.release_at = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    return int(row.id)


@pytest.fixture
def place(template: Path, tmp_path: Path) -> Any:
    shutil.copytree(template, tmp_path, dirs_exist_ok=True)
    engine = connect(f"sqlite:///{tmp_path / 'caredial.db'}")
    yield Place(tmp_path, Store(engine))
    engine.dispose()


@pytest.fixture
def kinds() -> list[str]:
    return list(imports.kinds())


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


class Running:
    """A `caredial run` under way. `said` is all that it wrote, to both of its outputs."""

    def __init__(self, process: subprocess.Popen[bytes], environment: dict[str, str]) -> None:
        self.process, self.environment, self.said = process, environment, ""

    def wait_for(self, pattern: str) -> re.Match[str]:
        end = time.monotonic() + SECONDS
        while (found := re.search(pattern, self.said)) is None:
            assert time.monotonic() < end, f"{pattern} never came:\n{self.said}"
            assert self._read(1.0) or self.process.poll() is None, f"it ended without {pattern}:\n{self.said}"
        return found

    def end(self) -> int:
        code = self.process.wait(SECONDS)
        while self._read(0):
            pass
        return code

    def _read(self, seconds: float) -> bool:
        out = self.process.stdout
        assert out is not None
        if not polling.select([out], [], [], seconds)[0]:
            return False
        chunk = os.read(out.fileno(), 65536)
        self.said += chunk.decode()
        return bool(chunk)


@contextmanager
def _running(*options: str, **settings: str) -> Iterator[Running]:
    ours = {f"CAREDIAL_{name}": value for name, value in settings.items()}
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **ours}
    process = subprocess.Popen(
        [sys.executable, "-m", "gateway.cli", "run", *options],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        yield Running(process, environment)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(SECONDS)


@pytest.fixture
def running() -> Callable[..., Any]:
    """`with running("--with-simulator", HTTP__PORT="0") as daemon:` is a `caredial run` of its own process."""
    return _running


@pytest.fixture
def ports() -> dict[str, str]:
    return {"HTTP__PORT": "0", "SMPP__LINKS__MAIN__PORT": str(free_port())}
