"""What people do on the days of the year: come for a vaccine or not, are followed up, book, cancel, queue, refuse."""

from __future__ import annotations

import datetime as dt
import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from benchmarks.year.ledger import Diary
from benchmarks.year.network import Network
from benchmarks.year.town import DAY, Town
from clinic import visits, vouchers, wrong_numbers
from clinic.care import followup
from clinic.care.plan import Contact
from clinic.children import doses, records
from clinic.errors import ClinicError
from clinic.installation import Installation
from clinic.queue import calling
from clinic.tables import CarePlan, ClinicSession, Message, Visit
from clinic.vaccines.due import due
from clinic.views import KioskView, VisitView
from conf.texts.words import Name

KIOSK = KioskView(1, "门厅", 1, Name("东苑社区卫生服务中心", "Dongyuan"))
WATCHED = 300
"""So many children and patients are asked each day what they wait for; the diary of all would take as long again."""


@dataclass
class Days:
    town: Town
    network: Network
    installation: Installation
    diary: Diary = field(default_factory=Diary)
    seen: int = 0
    _later: list[tuple[dt.datetime, int, Callable[[dt.datetime], None]]] = field(default_factory=list)
    _turn: count[int] = field(default_factory=count)
    _coming: dict[int, dt.date] = field(default_factory=dict)

    def at(self, moment: dt.datetime, what: Callable[[dt.datetime], None]) -> None:
        heapq.heappush(self._later, (moment, next(self._turn), what))

    def happen(self, now: dt.datetime) -> None:
        while self._later and self._later[0][0] <= now:
            moment, _, what = heapq.heappop(self._later)
            what(moment)

    def begin(self, day: dt.date, zone: dt.tzinfo) -> None:
        """Lay out what is going to happen on this day."""
        rnd, town = self.town.random, self.town
        midday = dt.datetime.combine(day, dt.time(12), zone)
        town.sessions(day + town.AHEAD * DAY, 1, midday)
        if rnd.random() < len(town.children) / 20 / 366:
            self.at(midday, self._birth)
        if rnd.random() < len(town.children) / 1000:
            self.at(midday + dt.timedelta(hours=rnd.randrange(8)), self._refuse)
        for _ in range(rnd.randrange(2 * max(1, len(town.bookers) // 60))):
            self.at(midday + dt.timedelta(minutes=rnd.randrange(-200, 300)), self._book)
        if town.workdays.is_one(day):
            self.at(midday, self._ask_around)

    def read(self, now: dt.datetime) -> None:
        """People read what has come since the last time, and decide when to come."""
        new = [each.message for each in self.network.taken[self.seen :] if each.answered]
        self.seen = len(self.network.taken)
        for kind, resident in self.town.store.run_now(_about, new):
            if resident in self._coming or self.town.random.random() < 0.3:
                continue
            day = self.town.workdays.from_(now.date() + DAY * self.town.random.randrange(1, 8))
            comes = self._vaccinate if kind == "vaccine" else self._follow_up
            self._coming[resident] = day
            moment = dt.datetime.combine(day, dt.time(9), now.tzinfo) + dt.timedelta(
                minutes=self.town.random.randrange(150)
            )
            self.at(moment, partial(comes, resident))

    # What happens

    def _birth(self, now: dt.datetime) -> None:
        self.town.child(now.date(), now)

    def _refuse(self, now: dt.datetime) -> None:
        phone = self.town.random.choice([each for phones in self.town.phones.values() for each in phones])
        if self.town.store.run_now(wrong_numbers.reported, phone=phone, proof="打错了", now=now):
            self.diary.refused.setdefault(phone, now)

    def _vaccinate(self, child: int, now: dt.datetime) -> None:
        self._coming.pop(child, None)
        self.town.store.run_now(self._give, child, now)

    def _give(self, session: Session, child: int, now: dt.datetime) -> None:
        for each in due(records.load(session, residents=[child])[child], now.date()):
            if each.on == now.date() and each.status in ("due", "overdue"):
                doses.record(session, child=child, vaccine=each.vaccine, day=now.date(), lot="Y2", by="year", now=now)
                self.diary.given[child, each.series, each.number] = now.date()

    def _follow_up(self, patient: int, now: dt.datetime) -> None:
        self._coming.pop(patient, None)
        systolic = self.town.random.gauss(138, 12)
        contact = Contact(now.date(), int(systolic), int(systolic * 0.6))
        given: dict[str, Any] = {"doctor": "D1", "actor": "year", "rules": self.town.rules, "now": now}
        self.town.store.run_now(
            followup.record_visit, resident=patient, condition="hypertension", contact=contact, **given
        )
        self.diary.followed_up += 1

    def _book(self, now: dt.datetime) -> None:
        patient, phone = self.town.random.choice(self.town.bookers)
        day = self.town.workdays.from_(now.date() + DAY * self.town.random.randrange(4))
        offered = self.town.store.run_now(_session, day, self.town.random.choice(("am", "pm")))
        if offered is None:
            return
        number, starts = offered
        given: dict[str, Any] = {"phone": phone, "language": "zh", "installation": self.installation, "now": now}
        occasion = f"year:{next(self._turn)}"
        try:
            view = self.town.store.run_now(
                visits.book, clinic_session=number, patient=patient, occasion=occasion, **given
            )
        except ClinicError:
            return
        begins = dt.datetime.combine(day, starts, now.tzinfo)
        self.diary.visits[view.id] = (now, begins, None)
        fate = self.town.random.random()
        if fate < 0.15:
            wait = (begins - now) * self.town.random.random()
            self.at(now + wait, partial(self._cancel, view, phone))
        elif fate < 0.9:
            self.at(begins - dt.timedelta(minutes=5), partial(self._arrive, view, number))

    def _cancel(self, view: VisitView, phone: str, now: dt.datetime) -> None:
        given: dict[str, Any] = {"phone": phone, "language": "zh", "installation": self.installation, "now": now}
        self.town.store.run_now(visits.cancel, visit=view.id, **given)
        booked, begins, _ = self.diary.visits[view.id]
        self.diary.visits[view.id] = (booked, begins, now)

    def _arrive(self, view: VisitView, offered: int, now: dt.datetime) -> None:
        self.town.store.run_now(vouchers.use, claims=None, number=view.number, kiosk=KIOSK, now=now)
        self.at(now + dt.timedelta(minutes=20), partial(self._call, offered))

    def _call(self, offered: int, now: dt.datetime) -> None:
        given: dict[str, Any] = {"by": "year", "rules": self.town.rules, "installation": self.installation}
        self.town.store.run_now(calling.call_next, offered=offered, now=now, **given)

    def _ask_around(self, now: dt.datetime) -> None:
        """Note in the diary what some of them have to wait for by now."""
        self.town.store.run_now(self._note, now.date())

    def _note(self, session: Session, today: dt.date) -> None:
        children = self.town.children[-WATCHED:]
        active = {
            child: known
            for child, known in records.load(session, residents=children).items()
            if self.town.phones.get(child) and known.birth < today  # who is born today is looked at tomorrow
        }
        held = set(session.scalars(select(Visit.resident_id).where(Visit.day >= today)))
        for child, known in active.items():
            for each in due(known, today):
                if child not in held and each.status in ("due", "overdue") and each.on and each.on <= today:
                    self.diary.due.setdefault((child, each.vaccine, each.number), today)
        plans = select(CarePlan.resident_id, CarePlan.next_on).where(
            CarePlan.resident_id.in_(self.town.patients[:WATCHED]), CarePlan.next_on <= today
        )
        for patient, next_on in session.execute(plans):
            if next_on is not None:
                self.diary.care_due.setdefault((patient, next_on), today)


def _about(session: Session, messages: list[int]) -> list[tuple[str, int]]:
    found = session.execute(
        select(Message.occasion, Message.resident_id).where(Message.id.in_(messages), Message.message_class == "notice")
    )
    return [
        (occasion.split(":")[0], resident)
        for occasion, resident in found
        if occasion.startswith(("vaccine:", "care:")) and resident is not None
    ]


def _session(session: Session, day: dt.date, half: str) -> tuple[int, dt.time] | None:
    row = session.execute(
        select(ClinicSession.id, ClinicSession.starts).where(
            ClinicSession.department_id == 1, ClinicSession.day == day, ClinicSession.half == half
        )
    ).one_or_none()
    return None if row is None else (row[0], row[1])
