"""A place to measure on: a database with one clinic session of many places and as many residents."""

from __future__ import annotations

import datetime as dt
import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import make_url, text
from sqlalchemy.orm import Session

from clinic import visits
from clinic.identity import SealedIdentity
from clinic.installation import Installation
from clinic.residents import NewPerson, register, relate
from clinic.subscribers import known
from clinic.tables import Centre, ClinicSession, Department
from gateway.store import Store, connect

HOUSE = Installation("http://127.0.0.1:8080", "12580120", "*120#", "12580")
NOW = HOUSE.now().replace(hour=6)


def phone(n: int) -> str:
    return f"+86154{n:08d}"


def book(store: Store, who: int) -> None:
    """Book the next place for this resident (from 0)."""
    store.run_now(
        visits.book,
        clinic_session=1,
        patient=who + 1,
        phone=phone(who),
        language="zh",
        occasion=secrets.token_hex(8),
        installation=HOUSE,
        now=NOW,
    )


@contextmanager
def stores(people: int) -> Iterator[dict[str, Store]]:
    """A filled store by kind of database: SQLite, and PostgreSQL where CAREDIAL_BENCH_POSTGRESQL has an URL."""
    with tempfile.TemporaryDirectory() as folder:
        urls = {"SQLite": f"sqlite:///{Path(folder) / 'bench.db'}"}
        if os.environ.get("CAREDIAL_BENCH_POSTGRESQL"):
            urls["PostgreSQL"] = own_schema(os.environ["CAREDIAL_BENCH_POSTGRESQL"])
        made = {}
        for name, url in urls.items():
            store = made[name] = Store(connect(url, threads=16))
            store.upgrade()
            store.run_now(_fill, people)
        yield made
        for store in made.values():
            store.engine.dispose()


def own_schema(url: str) -> str:
    """The same database in an empty schema of our own: nothing that is in it already is touched."""
    engine = connect(url)
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA IF EXISTS caredial_bench CASCADE"))
        connection.execute(text("CREATE SCHEMA caredial_bench"))
    engine.dispose()
    own = make_url(url).update_query_dict({"options": "-csearch_path=caredial_bench"})
    return own.render_as_string(hide_password=False)


def _fill(session: Session, people: int) -> None:
    centre = Centre(code="B", name_zh="中心", name_en="Centre")
    session.add(centre)
    session.flush()
    department = Department(centre_id=centre.id, code="B", name_zh="全科", name_en="General")
    session.add(department)
    session.flush()
    session.add(
        ClinicSession(
            department_id=department.id,
            day=NOW.date(),
            half="am",
            starts=dt.time(8),
            ends=dt.time(23, 59),
            capacity=1_000_000,
            fee=0,
            release_at=NOW - dt.timedelta(days=1),
        )
    )
    for n in range(people):
        identity = SealedIdentity(b"-", f"digest-{n}", dt.date(1990, 1, 1), "male")
        resident = register(session, NewPerson("王芳", identity), centre=centre.id, now=NOW)
        relate(session, known(session, phone(n), NOW), resident, "王芳")
