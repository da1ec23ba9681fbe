"""Families whose centre looks after their children's vaccines, and a scan over them on a day that the test chooses."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from clinic.children import reminders, told
from clinic.installation import Installation
from clinic.jobs import Found
from clinic.rules import NoticeRules, Rules
from clinic.tables import (
    ChildFile,
    ClinicSession,
    Contraindication,
    Department,
    Immunization,
    Message,
    Question,
    RelatedPerson,
    Resident,
    Subscriber,
    VaccineReminder,
)
from smpp import segments

SHANGHAI = ZoneInfo("Asia/Shanghai")
HOUSE = Installation("http://127.0.0.1:8080", "12580120", "*120#", "12580")
MOTHER, FATHER = "+8615400000001", "+8615400000002"
RULES = Rules()
# What a child has at three months, without what is due then.
NEWBORN = (("HepB", 0), ("BCG", 0), ("HepB", 31))


def day(written: str) -> dt.date:
    return dt.date.fromisoformat(written)


def at(written: str, time: dt.time = dt.time(9)) -> dt.datetime:
    return dt.datetime.combine(day(written), time, SHANGHAI)


@dataclass
class Families:
    """The small clinic's families. `run` runs a use case in a transaction of its own."""

    run: Callable[..., Any]
    rules: Rules = RULES
    children: int = 0
    hour: dt.time = dt.time(9)

    def notices(self, **values: Any) -> None:
        self.rules = replace(self.rules, notices=replace(NoticeRules(), **values))

    def child(
        self,
        born: str,
        *doses: tuple[str, int],
        name: str = "王小明",
        phones: tuple[str, ...] = (MOTHER,),
        look_on: str | None = None,
        standing: Any = "active",
        centre: int | None = 1,
        language: Any = None,
        contact: Any = None,
    ) -> int:
        """A child with its file; `doses` by the days of its life on which they were given. Its resident's id."""
        self.children += 1
        number = self.children

        def write(session: Session) -> int:
            moment = at("2026-01-01")
            child = Resident(
                name=name, identity_sealed=b"-", identity_digest=f"child-{number}", birth=day(born), sex="male",
                centre_id=centre, created_at=moment,
            )  # fmt: skip
            session.add(child)
            session.flush()
            session.add(
                ChildFile(
                    resident_id=child.id, residence="local", standing=standing, unit="a", mother_hbsag="unknown",
                    look_on=day(look_on or born), created_at=moment,
                )
            )  # fmt: skip
            counted: dict[str, int] = {}
            for vaccine, days in doses:
                counted[vaccine] = counted.get(vaccine, 0) + 1
                given_on = day(born) + dt.timedelta(days=days)
                session.add(
                    Immunization(resident_id=child.id, vaccine=vaccine, dose=counted[vaccine], given_on=given_on)
                )
            for phone in phones:
                who = session.scalars(select(Subscriber).where(Subscriber.phone == phone)).one_or_none()
                if who is None:
                    who = Subscriber(phone=phone, language=language, contact=contact, created_at=moment)
                    session.add(who)
                    session.flush()
                session.add(
                    RelatedPerson(
                        subscriber_id=who.id, resident_id=child.id, name=name, is_self=False, relation="mother",
                        is_told=True,
                    )
                )  # fmt: skip
            return child.id

        return int(self.run(write))

    def scan(self, on: str, **more: Any) -> Found:
        """One scan of this day, batch by batch to its end."""
        count, left = 0, True
        while left:
            found: Found = self.run(reminders.scan, rules=self.rules, installation=HOUSE, now=at(on, self.hour), **more)
            count, left = count + found.count, found.more
        return Found(count, more=False)

    def days(self, first: str, last: str, *, without: tuple[str, ...] = ()) -> list[tuple[str, str]]:
        """A scan each day, but `without` these: on which day which text was written."""
        seen, said = len(self.texts()), []
        moment = day(first)
        while moment <= day(last):
            if moment.isoformat() not in without:
                self.scan(moment.isoformat())
            texts = self.texts()
            said += [(moment.isoformat(), text) for _, text in texts[seen:]]
            seen = len(texts)
            moment += dt.timedelta(days=1)
        return said

    def give(self, child: int, vaccine: str, dose: int, on: str, moment: str | None = None) -> int:
        """A nurse records a dose; how many reminders that took back."""

        def write(session: Session) -> int:
            session.add(Immunization(resident_id=child, vaccine=vaccine, dose=dose, given_on=day(on)))
            session.execute(update(ChildFile).where(ChildFile.resident_id == child).values(look_on=day(on)))
            session.flush()
            return told.forget(session, resident=child, now=at(moment or on, dt.time(8, 45)))

        return int(self.run(write))

    def contraindicate(self, child: int, against: str, since: str, until: str | None = None) -> int:
        def write(session: Session) -> int:
            session.add(
                Contraindication(
                    resident_id=child, against=against, reason="acute_illness", since=day(since),
                    until=day(until) if until else None, noted_by="nurse", noted_at=at(since),
                )
            )  # fmt: skip
            session.execute(update(ChildFile).where(ChildFile.resident_id == child).values(look_on=day(since)))
            session.flush()
            return told.forget(session, resident=child, now=at(since, dt.time(8, 45)))

        return int(self.run(write))

    def vaccinates(self, department: int = 2, *days: str, capacity: int = 30) -> None:
        """This department of the first centre vaccinates, on these days in the morning."""

        def write(session: Session) -> None:
            session.execute(update(Department).where(Department.id == department).values(service="vaccination"))
            for each in days:
                session.add(
                    ClinicSession(
                        department_id=department, day=day(each), half="am", starts=dt.time(8), ends=dt.time(11, 30),
                        capacity=capacity, fee=0, release_at=at("2026-01-01"),
                    )
                )  # fmt: skip

        self.run(write)

    def rows(self, *columns: Any) -> list[Any]:
        query = select(*columns).order_by(columns[0].class_.id)
        return [tuple(row) for row in self.run(lambda s: s.execute(query).all())]

    def texts(self) -> list[tuple[str, str]]:
        return self.rows(Message.phone, Message.text)

    def reminders(self) -> list[tuple[str, int, int]]:
        return self.rows(VaccineReminder.series, VaccineReminder.dose, VaccineReminder.stage)

    def look_on(self, child: int) -> dt.date | None:
        found: dt.date | None = self.run(
            lambda s: s.scalar(select(ChildFile.look_on).where(ChildFile.resident_id == child))
        )
        return found

    def states(self) -> list[str]:
        return [state for (state,) in self.rows(Message.state)]

    def questions(self) -> list[tuple[str, Any, dt.datetime, dt.datetime]]:
        return self.rows(Question.phone, Question.subject, Question.asked_at, Question.expires_at)


def long(text: str) -> int:
    """How many segments it takes."""
    return segments.count(text)
