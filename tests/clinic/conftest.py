"""A small clinic on a real database: two centres, three departments, sessions today and tomorrow."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from stdnum.cn import ric

from clinic import visits
from clinic.identity import Vault
from clinic.installation import Installation
from clinic.residents import NewPerson
from clinic.tables import Centre, ClinicSession, Department, Message, Practitioner
from clinic.views import VisitView
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
def store(schema_url: str) -> Iterator[Store]:
    """A store on a fresh database (SQLite and PostgreSQL in turn) that holds the small clinic."""
    engine = connect(schema_url, threads=16)
    store = Store(engine)
    store.run_now(seed)
    yield store
    engine.dispose()


@pytest.fixture
def run(store: Store) -> Callable[..., Any]:
    return store.run_now


@pytest.fixture
def vault() -> Vault:
    return Vault(b"k" * 32)


@dataclass
class Clinic:
    """The small clinic, its use cases in few words, and what a test wants to look at."""

    run: Callable[..., Any]
    vault: Vault
    moment: dt.datetime = NOW
    booked: int = 0

    def wait(self, **time: float) -> None:
        self.moment += dt.timedelta(**time)

    def person(self, name: str = "王芳", identity: str = IDENTITY) -> NewPerson:
        return NewPerson(name, self.vault.seal(identity))

    def book(self, offered: int = 1, patient: Any = None, phone: str = PHONE, **more: Any) -> VisitView:
        self.booked += 1
        given = {"language": "zh", "occasion": f"test:{self.booked}", **more}
        patient = patient or self.person()
        return self._act(visits.book, clinic_session=offered, patient=patient, phone=phone, **given)

    def book_many(self, many: int, offered: int = 1) -> list[VisitView]:
        """So many residents, each from a phone of its own."""
        people = [self.person("王芳", nth_identity(n)) for n in range(many)]
        return [self.book(offered, person, f"+861540001{n:04d}") for n, person in enumerate(people)]

    def cancel(self, visit: int, phone: str = PHONE, **more: Any) -> VisitView:
        return self._act(visits.cancel, visit=visit, phone=phone, **{"language": "zh", **more})

    def send_code(self, visit: int, phone: str = PHONE, occasion: str = "again", **more: Any) -> VisitView:
        return self._act(visits.send_code, visit=visit, phone=phone, occasion=occasion, **{"language": "zh", **more})

    def upcoming(self, phone: str = PHONE) -> list[VisitView]:
        return list(self._act(visits.upcoming, phone=phone))

    def _act(self, fn: Callable[..., Any], **words: Any) -> Any:
        return self.run(fn, installation=HOUSE, now=self.moment, **words)

    def change(self, offered: int, **values: Any) -> None:
        """Staff change a clinic session."""
        changed = update(ClinicSession).where(ClinicSession.id == offered).values(**values)
        self.run(lambda session: session.execute(changed) and None)

    def places(self, offered: int = 1) -> tuple[int, int]:
        """Places taken, and the last queue number."""
        counts = select(ClinicSession.taken, ClinicSession.last_number).where(ClinicSession.id == offered)
        return tuple(self.run(lambda s: s.execute(counts).one()))

    def rows(self, *columns: Any) -> list[Any]:
        """These columns of all rows in the order of their ids; one column alone without its tuple."""
        query = select(*columns).order_by(columns[0].class_.id)
        found = [tuple(row) for row in self.run(lambda s: s.execute(query).all())]
        return [row[0] for row in found] if len(columns) == 1 else found

    def texts(self) -> list[tuple[str, str]]:
        """The outbox: whom it tells what."""
        return self.rows(Message.phone, Message.text)


def nth_identity(n: int) -> str:
    """The n-th of a thousand identity numbers, with its check digit (GB 11643: ISO 7064 MOD 11-2)."""
    first = f"11010119{50 + n // 300:02d}0101{n % 300 + 100:03d}0"
    return first[:17] + ric.calc_check_digit(first)


@pytest.fixture
def clinic(run: Callable[..., Any], vault: Vault) -> Clinic:
    return Clinic(run, vault)
