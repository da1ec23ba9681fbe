"""What the tests of medicines share: people with medicines, the scan, and answers as a phone sends them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select

from clinic import inbox, outbox
from clinic.installation import Installation
from clinic.medication import prescriptions, reminders
from clinic.medication.prescriptions import Entry
from clinic.rules import Rules
from clinic.tables import Medication, MedicationIntake, Message
from dialogs.incoming import Incoming
from dialogs.takers import answered, taken
from dialogs.talk import Desk
from tests.clinic.care.conftest import WANG, Care
from tests.clinic.conftest import NOW
from tests.clinic.test_outbox import rooms

MONDAY = NOW.date()


class Held:
    """The store on the calling thread, as dialogs want it."""

    def __init__(self, run: Callable[..., Any]) -> None:
        self._run = run

    async def run(self, fn: Callable[..., Any], /, *args: Any, **given: Any) -> Any:
        return self._run(fn, *args, **given)


@dataclass
class Chest:
    """Residents 1 (own phone), 2 and 3 (one phone), as in `Care`; `moment` is local."""

    care: Care

    @property
    def run(self) -> Callable[..., Any]:
        return self.care.run

    @property
    def house(self) -> Installation:
        return self.care.house

    @property
    def rules(self) -> Rules:
        return self.care.rules

    def at(self, day: str, time: str = "07:30") -> None:
        zone = self.care.house.timezone
        self.care.moment = dt.datetime.combine(dt.date.fromisoformat(day), dt.time.fromisoformat(time), zone)

    def clock(self, time: str, days: int = 0) -> None:
        """This time of the Monday, or so many days later."""
        self.at(f"{MONDAY + dt.timedelta(days=days)}", time)

    def add(self, name: str = "氨氯地平", times: str = "08:00", resident: int = 1, **more: Any) -> int:
        wall = tuple(map(dt.time.fromisoformat, times.split(",")))
        entry = Entry(**{"name": name, "dose": "5mg 1片", "times": wall, "since": MONDAY, **more})
        written = self.run(prescriptions.add, resident=resident, entry=entry, actor="staff:A", **self.care.given)
        return int(written.medication)

    def change(self, number: int, **given: Any) -> Any:
        return self.run(prescriptions.change, medication=number, given=given, actor="staff:A", **self.care.given)

    def refill(self, number: int, doses: int) -> Any:
        given = {"installation": self.house, "actor": "staff:A", "now": self.care.moment}
        return self.run(prescriptions.refill, medication=number, doses=doses, **given)

    def stop(self, number: int) -> Any:
        given = {"installation": self.house, "actor": "staff:A", "now": self.care.moment}
        return self.run(prescriptions.stop, medication=number, why="asked", **given)

    def resume(self, number: int) -> Any:
        return self.run(prescriptions.resume, medication=number, actor="staff:A", **self.care.given)

    def scan(self, **more: Any) -> int:
        return int(self.run(reminders.scan, **self.care.given, **more).count)

    def minutes(self, start: str, end: str, step: int = 10) -> None:
        """The scan every so many minutes, as the scheduler does it."""
        self.clock(start)
        last = self.care.moment.replace(hour=int(end[:2]), minute=int(end[3:]))
        while self.care.moment <= last:
            self.scan()
            self.care.wait(minutes=step)

    def send(self) -> int:
        """The sender takes what is due, and it is delivered."""
        given = {"sender": "one", "rooms": rooms(), "now": self.care.moment, "rules": self.rules}
        claimed = [each.id for each in self.run(outbox.claim, **given)]
        mark = Message.__table__.update().where(Message.id.in_(claimed)).values(state="delivered")
        self.run(lambda s: s.execute(mark) and None)
        return len(claimed)

    def sms(self, words: str, phone: str = WANG) -> str | None:
        """A text to the service number; the reply of takers and answers, None where none is meant."""
        self.send()
        given = {"link": "main", "bind": "b", "live": {"b"}, "phone": phone, "text": words, "now": self.care.moment}
        received = self.run(inbox.receive, **given)
        return self.again(received.id, words, phone)

    def again(self, number: int, words: str, phone: str = WANG) -> str | None:
        desk = Desk(Held(self.run), self.care.vault, self.house, lambda: self.care.moment, self.rules)
        incoming = Incoming(phone, words, number, "zh")

        async def reply() -> Any:
            noted = await taken(incoming, desk)
            return noted if noted is not None else await answered(incoming, desk)

        coroutine = reply()
        try:
            coroutine.send(None)
        except StopIteration as done:
            return done.value  # type: ignore[no-any-return]
        raise AssertionError("it waits for something")

    def row(self, number: int) -> Any:
        columns = (Medication.left, Medication.next_at, Medication.stopped_at)
        return self.run(lambda s: s.execute(select(*columns).where(Medication.id == number)).one())

    def next(self, number: int) -> str:
        at = self.row(number).next_at
        return f"{at.astimezone(self.house.timezone):%d %H:%M}" if at else ""

    def intakes(self) -> list[tuple[int, str, bool]]:
        """Of which medicine, planned when, taken."""
        rows = select(MedicationIntake.medication_id, MedicationIntake.planned_at, MedicationIntake.taken_at)
        found = self.run(lambda s: s.execute(rows.order_by(MedicationIntake.id)).all())
        zone = self.house.timezone
        return [(number, f"{at.astimezone(zone):%d %H:%M}", done is not None) for number, at, done in found]

    def in_zone(self, zone: Any, quiet_from: dt.time, quiet_until: dt.time) -> None:
        self.care.house = replace(self.care.house, timezone=zone)
        self.care.rules = replace(self.care.rules, quiet_from=quiet_from, quiet_until=quiet_until)
