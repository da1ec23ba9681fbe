"""The people of the year: children with parents, grown-ups with high blood pressure, and those who book a visit."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass, field
from typing import Any, ClassVar

from sqlalchemy import insert, select
from sqlalchemy.orm import Session
from stdnum.cn import ric

from clinic import residents, subscribers
from clinic.care import followup
from clinic.children import files
from clinic.children.booking import SERVICE
from clinic.children.entries import Entry, Guardian
from clinic.identity import Vault
from clinic.months import after
from clinic.residents import NewPerson
from clinic.rules import Rules
from clinic.tables import Centre, ChildFile, ClinicSession, Department, Immunization, Kiosk, Resident, Staff
from clinic.vaccines.due import due
from clinic.vaccines.records import Child, Given
from clinic.workdays import Workdays
from conf.lengths import Length
from gateway.store import Store

FAMILIES = "李王张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
GIVEN = "小大明华丽芳强伟静敏洋勇军杰娟涛超秀兰霞平"
VISITED = (0, 1, 2, 3, 4, 5, 6, 8, 9, 12, 18, 24, 36, 48, 72)
"""At these months of age a family comes, if it comes."""
DAY = dt.timedelta(days=1)


@dataclass
class Town:
    """Everybody of one centre; its sessions can be booked so many days AHEAD.

    `children`, `patients` and `bookers` are residents' ids; `phones` says whose phone is whose.
    """

    AHEAD: ClassVar[int] = 14

    store: Store
    vault: Vault
    rules: Rules
    random: random.Random
    workdays: Workdays
    children: list[int] = field(default_factory=list)
    patients: list[int] = field(default_factory=list)
    bookers: list[tuple[int, str]] = field(default_factory=list)
    phones: dict[int, list[str]] = field(default_factory=dict)
    families: int = 0

    def settle(self, people: int, now: dt.datetime) -> None:
        """As many `people` as that move in before the year begins: 15 % children, 15 % patients, some who book."""
        self.store.run_now(_build, now)
        for _ in range(people * 15 // 100):
            self.child(self._birth(now.date()), now)
        self.store.run_now(self._vaccinate, now.date())
        for number in range(people * 15 // 100):
            self.store.run_now(self._patient, number, now)
        for number in range(people // 20):
            self.store.run_now(self._booker, number, now)

    def child(self, birth: dt.date, now: dt.datetime) -> int:
        """A child with its mother's phone, some with the father's too; brothers and sisters share them."""
        if self.families == 0 or self.random.random() > 0.2:
            self.families += 1
        mother, father = f"+86154{self.families:08d}", f"+861545{self.families:07d}"
        guardians = [Guardian("mother", mother)] + ([Guardian("father", father)] if self.families % 3 == 0 else [])
        entry = Entry(
            card=f"C{len(self.children):08d}",
            name=self._name(),
            birth=birth,
            sex=self.random.choice(("female", "male")),
            centre=1,
            guardians=tuple(guardians) if self.families % 50 else (),
            residence="local",
        )
        written = self.store.run_now(files.write, entry, vault=self.vault, by="year", now=now)
        self.children.append(written.child)
        self.phones[written.child] = [each.phone for each in entry.guardians or ()]
        return written.child

    def sessions(self, since: dt.date, days: int, now: dt.datetime) -> None:
        """Clinic sessions on the working days from then on."""
        self.store.run_now(self._sessions, since, days, now)

    def _birth(self, today: dt.date) -> dt.date:
        return today - DAY * self.random.randrange(7 * 365)

    def _name(self) -> str:
        return self.random.choice(FAMILIES) + "".join(self.random.choices(GIVEN, k=2))

    def _vaccinate(self, session: Session, today: dt.date) -> None:
        """What children were given before the year: at the ages at which families come, by nineteen of twenty."""
        born = dict(
            session.execute(
                select(Resident.id, Resident.birth).join(ChildFile, ChildFile.resident_id == Resident.id)
            ).all()
        )
        rows: list[dict[str, Any]] = []
        for resident, birth in born.items():
            doses: list[Given] = []
            for day in (after(birth, Length(months=months)) for months in VISITED):
                if day >= today or self.random.random() < 0.05:
                    continue
                child = Child(birth, tuple(doses))
                doses += [Given(each.vaccine, day) for each in due(child, day) if each.on == day]
            rows += _rows(resident, doses)
        if rows:
            session.execute(insert(Immunization), rows)

    def _patient(self, session: Session, number: int, now: dt.datetime) -> None:
        birth = dt.date(1940, 1, 1) + DAY * self.random.randrange(365 * 35)
        phone = f"+861546{number - number % 10 // 9:07d}"  # of ten the last shares the phone of the one before
        row = self._person(session, birth, phone, now)
        self.patients.append(row.id)
        self.phones[row.id] = [phone]
        followup.enrol(
            session,
            resident=row.id,
            condition="hypertension",
            doctor="D1",
            since=now.date() - DAY * self.random.randrange(90),
            actor="year",
            rules=self.rules,
            now=now,
        )

    def _booker(self, session: Session, number: int, now: dt.datetime) -> None:
        phone = f"+861547{number:07d}"
        self.bookers.append((self._person(session, dt.date(1980, 1, 1), phone, now).id, phone))

    def _person(self, session: Session, birth: dt.date, phone: str, now: dt.datetime) -> Resident:
        name, place = self._name(), len(self.patients) + len(self.bookers)
        known = NewPerson(name, self.vault.seal(_identity(birth, place)))
        row = residents.register(session, known, centre=1, now=now)
        residents.put_on_record(session, row, subscribers.known(session, phone, now), name)
        return row

    def _sessions(self, session: Session, since: dt.date, days: int, now: dt.datetime) -> None:
        open_days = [day for day in (since + DAY * n for n in range(days)) if self.workdays.is_one(day)]
        session.add_all(
            ClinicSession(
                department_id=department,
                day=day,
                half=half,
                starts=starts,
                ends=ends,
                capacity=200,
                fee=0,
                release_at=now,
            )
            for day in open_days
            for department in (1, 2)
            for half, starts, ends in (("am", dt.time(8), dt.time(11, 30)), ("pm", dt.time(14), dt.time(17, 30)))
        )


def _build(session: Session, now: dt.datetime) -> None:
    session.add(Centre(code="DY", name_zh="东苑社区卫生服务中心", name_en="Dongyuan", duty_phone="+8615490000001"))
    session.flush()
    session.add_all(
        [
            Department(centre_id=1, code="QK", name_zh="全科", name_en="General practice", room="101"),
            Department(centre_id=1, code="YM", name_zh="预防接种", name_en="Vaccination", room="102", service=SERVICE),
            Staff(centre_id=1, code="D1", name="周医生", phone="+8615490000002", role="doctor", active=True),
            Kiosk(centre_id=1, name="门厅", token_digest="year", enrolled_at=now),
        ]
    )


def _identity(birth: dt.date, place: int) -> str:
    """A number that is valid, of nobody: the last digits count."""
    digits = f"110101{birth:%Y%m%d}{place % 1000:03d}"
    return digits + ric.calc_check_digit(digits + "0")


def _rows(resident: int, doses: list[Given]) -> list[dict[str, Any]]:
    counted: dict[str, int] = {}
    rows = []
    for given in doses:
        counted[given.vaccine] = counted.get(given.vaccine, 0) + 1
        dose = counted[given.vaccine]
        rows.append(
            {"resident_id": resident, "vaccine": given.vaccine, "dose": dose, "given_on": given.day, "lot": "Y1"}
        )
    return rows
