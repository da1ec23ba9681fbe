"""Commands run as a person runs them, in a folder of their own with the sample centres."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable
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
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder after `caredial init --sample`."""
    folder = tmp_path_factory.mktemp("sample")
    result = CliRunner().invoke(main, ["init", "--sample", "--config", str(folder / "caredial.toml")])
    assert result.exit_code == 0, result.output
    return folder


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
