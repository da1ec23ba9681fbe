"""A small clinic on a real database: two centres, three departments, sessions today and tomorrow."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.orm import Session

from clinic.identity import Vault
from clinic.installation import Installation
from clinic.tables import Centre, ClinicSession, Department, Practitioner
from gateway.store import Store, connect

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = dt.datetime(2027, 3, 8, 7, 30, tzinfo=SHANGHAI)  # a Monday, before the morning session
PHONE = "+8615400000001"
OTHER_PHONE = "+8615400000002"
IDENTITY = "110101195808142424"
OTHER_IDENTITY = "360426199101010071"
HOUSE = Installation("http://127.0.0.1:8080", "12580120", "*120#", "12580")


def seed(session: Session) -> None:
    for code, zh, en, place in (
        ("DY", "东苑中心", "Dongyuan Centre", (29.90, 122.90)),
        ("NH", "南河中心", "Nanhe Centre", (29.87, 122.92)),
    ):
        session.add(Centre(code=code, name_zh=zh, name_en=en, latitude=place[0], longitude=place[1]))
    session.flush()
    general = Department(centre_id=1, code="QK", name_zh="全科", name_en="General practice", room="101")
    session.add_all(
        [
            general,
            Department(centre_id=1, code="EB", name_zh="儿童保健", name_en="Child health"),
            Department(centre_id=2, code="ZY", name_zh="中医", name_en="Chinese medicine"),
        ]
    )
    session.flush()
    session.add(Practitioner(centre_id=1, department_id=1, code="1", name_zh="欧阳雨桐", name_en="Dr Yutong Ouyang"))
    session.flush()
    for day in (NOW.date(), NOW.date() + dt.timedelta(days=1)):
        session.add(clinic_session(1, day, "am", practitioner=1))
        session.add(clinic_session(1, day, "pm"))
        session.add(clinic_session(3, day, "am", capacity=2))


def clinic_session(
    department: int, day: dt.date, half: Any, *, practitioner: int | None = None, capacity: int = 40
) -> ClinicSession:
    hours = (dt.time(8), dt.time(11, 30)) if half == "am" else (dt.time(14), dt.time(17, 30))
    return ClinicSession(
        department_id=department,
        practitioner_id=practitioner,
        day=day,
        half=half,
        starts=hours[0],
        ends=hours[1],
        capacity=capacity,
        fee=1250,
        release_at=NOW - dt.timedelta(days=7),
    )


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """A store on a fresh database (SQLite and PostgreSQL in turn) that holds the small clinic."""
    engine = connect(database_url, threads=16)
    store = Store(engine)
    store.upgrade()
    store.run_now(seed)
    yield store
    engine.dispose()


@pytest.fixture
def run(store: Store) -> Callable[..., Any]:
    return store.run_now


@pytest.fixture
def vault() -> Vault:
    return Vault(b"k" * 32)
