"""The small clinic over a year: sessions where a test wants them, people who come and who do not, rules and blocks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from sqlalchemy import update

from clinic import kiosks, vouchers
from clinic.fairness import absences, appeals, blocks, rules
from clinic.notices import Telling
from clinic.rules import Rules
from clinic.tables import Message
from tests.clinic.conftest import HOUSE, NOW, PHONE, clinic_session


@dataclass
class Fair:
    """`on(day)` puts a session there and books it; the scan judges what has been missed or given up."""

    clinic: Any
    rules: Rules = field(default_factory=Rules)
    days: dict[tuple[dt.date, int], int] = field(default_factory=dict)

    def change(self, **rules: Any) -> None:
        self.rules = replace(self.rules, booking=replace(self.rules.booking, **rules))

    def rule(self, what: str, times: int, months: int, block_months: int, **more: Any) -> int:
        given = {"centre": "", "valid_from": dt.date(2026, 1, 1), "valid_until": None, **more}
        return self.plain(
            rules.add, what=what, times=times, months=months, block_months=block_months, by="test", **given
        )

    def cancel_rule(self, days: int, until: dt.time, **more: Any) -> int:
        given = {"centre": "", "valid_from": dt.date(2026, 1, 1), "valid_until": None, **more}
        return self.plain(rules.add_cancel, days=days, until=until, by="test", **given)

    def at(self, day: str, hour: int = 7, minute: int = 0) -> None:
        date = dt.date.fromisoformat(day)
        self.clinic.moment = dt.datetime.combine(date, dt.time(hour, minute), NOW.tzinfo)

    def offered(self, day: str, department: int = 1, **more: Any) -> int:
        """A session of the department on this morning, made where it is new."""
        key = dt.date.fromisoformat(day), department
        if key not in self.days:

            def make(session: Any) -> int:
                row = clinic_session(department, key[0], "am", **more)
                row.release_at = NOW - dt.timedelta(days=400)
                session.add(row)
                session.flush()
                return int(row.id)

            self.days[key] = self.clinic.run(make)
        return self.days[key]

    def book(self, day: str, department: int = 1, **more: Any) -> Any:
        """A visit of this morning, booked an hour before it begins unless the clock says otherwise."""
        self.at(day)
        return self.clinic.book(self.offered(day, department), rules=self.rules.booking, **more)

    def miss(self, day: str, department: int = 1, **more: Any) -> Any:
        """A visit that nobody comes to; judged on the next day, five minutes past midnight."""
        visit = self.book(day, department, **{"channel": "counter", **more})
        self.at(day, 23, 59)
        self.clinic.moment += dt.timedelta(minutes=6)
        self.clinic.run(vouchers.expire, now=self.clinic.moment)
        self.scan()
        return visit

    def give_up(self, day: str, when: tuple[str, int, int], **more: Any) -> Any:
        """A visit that is booked, and given up at that moment."""
        booked = self.clinic.moment
        visit = self.clinic.book(self.offered(day), **{"channel": "counter", **more})
        assert self.clinic.moment == booked
        self.at(when[0], when[1], when[2])
        phone = more.get("phone", PHONE)
        self.clinic.cancel(visit.id, phone)
        self.scan()
        return visit

    def arrive(self, visit: Any) -> None:
        view, _ = self.clinic.run(kiosks.enrol, centre="DY", name="Hall", now=self.clinic.moment)
        checked = self.clinic.run(vouchers.use, claims=None, number=visit.number, kiosk=view, now=self.clinic.moment)
        assert checked.outcome == "genuine"

    def scan(self, most: int = 100) -> int:
        return int(self.act(absences.scan, most=most).count)

    def act(self, fn: Callable[..., Any], **given: Any) -> Any:
        return self.clinic.run(fn, rules=self.rules, installation=HOUSE, now=self.clinic.moment, **given)

    def plain(self, fn: Callable[..., Any], **given: Any) -> Any:
        return self.clinic.run(fn, now=self.clinic.moment, **given)

    def staff(self, fn: Callable[..., Any], **given: Any) -> Any:
        """What staff do with blocks."""

        def act(session: Any) -> Any:
            with_ = Telling.of(session, rules=self.rules, installation=HOUSE, now=self.clinic.moment)
            return fn(with_, **given)

        return self.clinic.run(act)

    def blocks(self) -> list[tuple[str, list[int], str]]:
        """Of each block the reason, the visits that were counted and its last day."""
        return [(view.reason, list(view.visits), view.last.isoformat()) for view in self.listed(every=True)[::-1]]

    def listed(self, **given: Any) -> Any:
        return self.plain(blocks.listed, **given)

    def seen_by(self, phone: str = PHONE) -> Any:
        return self.plain(appeals.of_phone, phone=phone)

    def told(self) -> list[tuple[str, str]]:
        """To whom a block was told, and how."""
        rows = self.clinic.rows(Message.phone, Message.kind, Message.text)
        return [(phone, text) for phone, kind, text in rows if (kind or "").startswith("block.")]

    def decide(self, block: int, *, granted: bool, answer: str = "已核实") -> None:
        self.act(appeals.decide, block=block, granted=granted, answer=answer, by="amy")

    def set(self, table: Any, number: int, **values: Any) -> None:
        changed = update(table).where(table.id == number).values(**values)
        self.clinic.run(lambda session: session.execute(changed) and None)


@pytest.fixture
def fair(clinic: Any) -> Fair:
    return Fair(clinic)
