"""The small clinic a day ahead of its sessions, and its notices about visits in few words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import select, update

from clinic import kiosks, visit_notices, vouchers
from clinic.jobs import Found
from clinic.queue import calling
from clinic.rules import NoticeRules, Rules
from clinic.sessions import changes
from clinic.tables import ClinicSession, Message, Subscriber, Visit
from tests.clinic.conftest import HOUSE, NOW


@dataclass
class Notices:
    """`at(9, 17)` is 17:00 on the ninth of March 2027, a Tuesday."""

    clinic: Any
    rules: Rules
    seen_texts: int = 0

    def at(self, day: int, hour: int, minute: int = 0) -> None:
        self.clinic.moment = NOW.replace(day=day, hour=hour, minute=minute)

    def change(self, **rules: Any) -> None:
        self.rules = replace(self.rules, notices=replace(self.rules.notices, **rules))

    def scan(self, most: int = 500) -> Found:
        found: Found = self.act(visit_notices.scan, most=most)
        return found

    def act(self, fn: Callable[..., Any], **given: Any) -> Any:
        return self.clinic.run(fn, rules=self.rules, installation=HOUSE, now=self.clinic.moment, **given)

    def told(self) -> list[tuple[str, str]]:
        """What was written since the last look: kind and text."""
        rows = self.clinic.rows(Message.kind, Message.text)
        new, self.seen_texts = rows[self.seen_texts :], len(rows)
        return new

    def kinds(self) -> list[str]:
        return [kind for kind, _ in self.told()]

    def states(self) -> list[str]:
        return list(self.clinic.rows(Visit.state))

    def arrive(self, *visits: Any, kiosk: int = 1) -> None:
        """They scan their T-codes at a kiosk of the first centre."""
        view, _ = self.clinic.run(kiosks.enrol, centre="DY", name="Hall", now=self.clinic.moment)
        for visit in visits:
            checked = self.clinic.run(
                vouchers.use, claims=None, number=visit.number, kiosk=view, now=self.clinic.moment
            )
            assert checked.outcome == "genuine"

    def call(self, offered: int = 1) -> calling.Called:
        called: calling.Called = self.act(calling.call_next, offered=offered, by="test")
        return called

    def follow(self, offered: int, most: int = 100) -> changes.Followed:
        done: changes.Followed = self.act(changes.follow, offered=offered, most=most)
        return done

    def session(self, offered: int) -> Any:
        """State, places taken, last number, whether unfinished."""
        columns = ClinicSession.state, ClinicSession.taken, ClinicSession.last_number, ClinicSession.change
        row = self.clinic.run(lambda s: s.execute(select(*columns).where(ClinicSession.id == offered)).one())
        return (*row[:3], row[3] is not None)


@pytest.fixture
def notices(clinic: Any) -> Notices:
    rules = NoticeRules(at=dt.time(9), visit_eve=dt.time(17), visit_hours=2, queue_near=3)
    made = Notices(clinic, Rules(quiet_from=dt.time(21), quiet_until=dt.time(8), notices=rules))
    made.at(8, 7, 30)
    return made


def at_once(threads: int, act: Callable[[int], Any]) -> list[Any]:
    """`act(0)`, `act(1)`, ... begun in the same moment, each in a thread; what they gave, or what they raised."""
    gate = Barrier(threads)

    def begin(n: int) -> Any:
        gate.wait(30)
        try:
            return act(n)
        except Exception as error:  # noqa: BLE001  the test looks at it
            return error

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(begin, range(threads)))


AS_LARGE = ("enable_seqscan", "enable_bitmapscan", "enable_sort")
"""What PostgreSQL does with tables of few rows, whatever autovacuum has counted in them by now."""


def plan_of(store: Any, query: Any, *, as_it_is: bool = False) -> str:
    """How the database would find this, were its tables large; or as large as they are (`as_it_is`)."""
    with store.engine.connect() as connection:
        compiled = query.compile(connection, compile_kwargs={"render_postcompile": True})
        postgresql = connection.dialect.name == "postgresql"
        if postgresql and not as_it_is:
            for setting in AS_LARGE:
                connection.exec_driver_sql(f"set local {setting} = off")
        explain = "explain" if postgresql else "explain query plan"
        given = [compiled.params[name] for name in compiled.positiontup] if compiled.positional else compiled.params
        processed = _bound(compiled, given)
        rows = connection.exec_driver_sql(f"{explain} {compiled}", processed)
        return "\n".join(" ".join(map(str, row)) for row in rows)


def _bound(compiled: Any, given: Any) -> Any:
    """The parameters as the driver takes them."""
    processors = compiled._bind_processors
    if isinstance(given, dict):
        return {name: processors[name](value) if name in processors else value for name, value in given.items()}
    return tuple(
        processors[name](value) if name in processors else value
        for name, value in zip(compiled.positiontup, given, strict=True)
    )


def wrong(clinic: Any, phone: str) -> None:
    """Somebody there has said that it is not the number of whom we think."""
    said = update(Subscriber).where(Subscriber.phone == phone).values(wrong_at=clinic.moment)
    clinic.run(lambda session: session.execute(said) and None)
