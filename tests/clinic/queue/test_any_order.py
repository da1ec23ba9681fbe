"""Whatever is done to two queues, in whatever order: nobody is called twice, nobody is lost, and the order is that of a
model which was written for this test from docs/queue.md alone."""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import dataclass, field
from typing import Any, Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from clinic import vouchers
from clinic.identity import SealedIdentity
from clinic.queue import calling, line, transferring
from clinic.queue.errors import NotInQueue
from clinic.residents import NewPerson
from clinic.rules import BookingRules, NoticeRules, Rules
from clinic.tables import ClinicSession, Department, Resident, Visit
from clinic.visits import walk_in
from tests.clinic.conftest import HOUSE, NOW

RULES = Rules(notices=NoticeRules(queue_near=0))
STARTS = NOW.replace(hour=8, minute=0)
SECONDS = 315  # 210 minutes, 40 places
LATE = 30 * 60
HERE, THERE = 0, 1
_serial = itertools.count()

Status = Literal["booked", "waits", "room", "passed", "seen", "gone"]


@dataclass
class Person:
    """Somebody of the model. `rank` orders those who wait: group, place, and since when (seconds of this day)."""

    name: int
    number: int
    booked: bool
    status: Status = "booked"
    rank: tuple[int, int, float] = (0, 0, 0)
    came: float = 0
    called: float | None = None


@dataclass
class Model:
    """Two queues as lists of people; times are seconds from the beginning of the sessions."""

    by_number: bool
    queues: tuple[list[Person], list[Person]] = field(default_factory=lambda: ([], []))
    last: list[int] = field(default_factory=lambda: [0, 0])

    def number(self, at: int) -> int:
        self.last[at] += 1
        return self.last[at]

    def own(self, person: Person) -> tuple[int, int, float]:
        place = person.number if self.by_number else (person.number - 1) * SECONDS
        return (1, place, -1e9 + person.number)

    def overtaken(self, at: int, person: Person) -> float | None:
        later = [
            other.called
            for other in self.queues[at]
            if other.called is not None and other.status != "passed" and other.rank[:2] > self.own(person)[:2]
        ]
        return min(later, default=None)

    def arrive(self, at: int, person: Person, now: float) -> None:
        overtaken = self.overtaken(at, person)
        due = (person.number - 1) * SECONDS
        if not person.booked:
            place = person.number if self.by_number else int(max(now, 0))
        elif overtaken is not None and now - max(due, overtaken) > LATE:
            place = self.last[at] if self.by_number else int(max(now, 0))
        else:
            person.rank = self.own(person)
            person.status, person.came = "waits", now
            return
        person.rank, person.status, person.came = (1, place, now), "waits", now

    def waiting(self, at: int) -> list[Person]:
        return sorted((person for person in self.queues[at] if person.status == "waits"), key=lambda row: row.rank)

    def call(self, at: int, now: float) -> Person | None:
        waiting = self.waiting(at)
        for person in self.queues[at]:
            if person.status == "room":
                person.status = "seen"
        if waiting:
            waiting[0].status, waiting[0].called = "room", now
        return waiting[0] if waiting else None

    def move(self, person: Person, frm: int, to: int) -> None:
        before = [other.rank[1] for other in self.waiting(to) if other.came <= person.came and other.rank[0] == 1]
        place = max(before, default=0) if self.by_number else int(max(person.came, 0))
        self.queues[frm].remove(person)
        person.number = self.number(to)
        person.rank, person.status, person.called = (1, place, person.came), "waits", None
        self.queues[to].append(person)


STEP = st.tuples(
    st.sampled_from(["arrive"] * 4 + ["call"] * 4 + ["pass", "return", "return", "seen", "gone", "move", "walk_in"]),
    st.integers(0, 50),
    st.sampled_from([0, 0, 1, 3, 10, 25, 40]),
    st.sampled_from([HERE, HERE, THERE]),
)


class Clinic:
    """The same two queues in the database, with a model beside them."""

    def __init__(self, run: Any, policy: str) -> None:
        self.run, self.model = run, Model(policy == "number")
        self.now = NOW
        self.called: list[int] = []
        self.sessions: list[int] = run(_sessions, policy=policy)
        for at, count in ((HERE, 6), (THERE, 3)):
            for _ in range(count):
                number = self.model.number(at)
                visit = run(_book, offered=self.sessions[at], number=number)
                self.model.queues[at].append(Person(visit, number, booked=True))

    @property
    def seconds(self) -> float:
        return (self.now - STARTS).total_seconds()

    def pick(self, which: int, *status: Status) -> tuple[int, Person] | None:
        found = [(at, row) for at in (HERE, THERE) for row in self.model.queues[at] if row.status in status]
        return found[which % len(found)] if found else None

    def act(self, fn: Any, **more: Any) -> Any:
        return self.run(fn, by="test", rules=RULES, installation=HOUSE, now=self.now, **more)

    def step(self, what: str, which: int, at: int) -> None:
        getattr(self, f"do_{what}")(which, at)
        self.check()

    def do_arrive(self, which: int, _: int) -> None:
        picked = self.pick(which, "booked")
        if picked:
            self.model.arrive(*picked, self.seconds)
            given = {"visit": picked[1].name, "by": "test", "rules": BookingRules(late_minutes=30), "now": self.now}
            assert self.run(vouchers.arrive, **given).outcome == "genuine"

    def do_walk_in(self, _: int, at: int) -> None:
        person = Person(0, self.model.number(at), booked=False)
        serial = next(_serial)
        sealed = SealedIdentity(sealed=b"", digest=f"walk {serial}", birth=dt.date(1990, 1, 1), sex="male")
        given = {"patient": NewPerson("李明", sealed), "phone": "", "language": "zh", "occasion": f"any {serial}"}
        view = self.run(walk_in, clinic_session=self.sessions[at], by="t", installation=HOUSE, now=self.now, **given)
        assert view.queue == person.number
        person.name = view.id
        self.model.queues[at].append(person)
        self.model.arrive(at, person, self.seconds)

    def do_call(self, _: int, at: int) -> None:
        expected = self.model.call(at, self.seconds)
        called = self.act(calling.call_next, offered=self.sessions[at]).now
        assert (called.visit if called else None) == (expected.name if expected else None)
        if called:
            assert called.visit not in self.called
            self.called.append(called.visit)

    def do_pass(self, which: int, _: int) -> None:
        picked = self.pick(which, "room")
        if picked:
            picked[1].status = "passed"
            self.act(calling.pass_over, visit=picked[1].name)

    def do_return(self, which: int, _: int) -> None:
        picked = self.pick(which, "passed")
        if picked:
            picked[1].status, picked[1].rank, picked[1].called = "waits", (0, 0, self.seconds), None
            self.act(calling.come_back, visit=picked[1].name)
            self.called.remove(picked[1].name)

    def do_seen(self, which: int, _: int) -> None:
        picked = self.pick(which, "waits", "room")
        if picked:
            at, person = picked
            if self.model.waiting(at)[:1] == [person]:
                person.called = self.seconds
            person.status = "seen"
            self.act(calling.seen, visit=person.name)

    def do_gone(self, which: int, _: int) -> None:
        picked = self.pick(which, "waits", "room", "passed")
        if picked:
            if picked[1].status == "passed":
                picked[1].called = None
            picked[1].status = "gone"
            self.act(calling.gone, visit=picked[1].name)

    def do_move(self, which: int, _: int) -> None:
        picked = self.pick(which, "waits", "room", "passed")
        if picked:
            at, person = picked
            self.model.move(person, at, 1 - at)
            self.act(transferring.transfer, visit=person.name, to=self.sessions[1 - at])
            if person.name in self.called:
                self.called.remove(person.name)

    def check(self) -> None:
        for at in (HERE, THERE):
            queue = self.run(_line, offered=self.sessions[at], now=self.now)
            waiting = self.model.waiting(at)
            assert [place.visit for place in queue.waiting] == [person.name for person in waiting]
            states = {place.visit: _status(place) for place in queue.places}
            assert states == {person.name: person.status for person in self.model.queues[at]}
            numbers = {place.visit: place.queue for place in queue.places}
            assert numbers == {person.name: person.number for person in self.model.queues[at]}
            for before, place in enumerate(queue.waiting):  # all who are there, and perhaps some who may come
                assert before <= queue.ahead(place) <= before + len(queue.to_come)


def _status(place: Any) -> Status:
    if place.state == "arrived":
        return "waits" if place.waits else "room" if place.in_room else "passed"
    names: dict[str, Status] = {"booked": "booked", "fulfilled": "seen", "noshow": "gone"}
    return names[place.state]


def _sessions(session: Any, *, policy: str) -> list[int]:
    """Two rooms of one department on this day."""
    serial = next(_serial)
    department = Department(centre_id=1, code=f"any {serial}", name_zh="全科", name_en="", queue_policy=policy)
    session.add(department)
    session.flush()
    rooms = [_room(department.id) for _ in range(2)]
    session.add_all(rooms)
    session.flush()
    return [room.id for room in rooms]


def _room(department: int) -> ClinicSession:
    return ClinicSession(
        department_id=department,
        day=NOW.date(),
        half="am",
        starts=dt.time(8),
        ends=dt.time(11, 30),
        capacity=40,
        fee=0,
        release_at=NOW - dt.timedelta(days=7),
    )


def _book(session: Any, *, offered: int, number: int) -> int:
    serial = next(_serial)
    digest, made = f"any {serial}", NOW - dt.timedelta(days=2)
    resident = Resident(
        name="王芳",
        identity_sealed=b"",
        identity_digest=digest,
        birth=dt.date(1980, 1, 1),
        sex="female",
        created_at=made,
    )
    session.add(resident)
    session.flush()
    row = session.get(ClinicSession, offered)
    row.taken, row.last_number = row.taken + 1, number
    visit = Visit(
        clinic_session_id=offered,
        resident_id=resident.id,
        department_id=row.department_id,
        day=row.day,
        phone="+8615400000001",
        language="zh",
        name="王芳",
        queue=number,
        fee=0,
        state="booked",
        occasion=f"any {serial}",
        booked_at=made + dt.timedelta(seconds=number),
    )
    session.add(visit)
    session.flush()
    vouchers.issue(session, visit)
    return int(visit.id)


def _line(session: Any, *, offered: int, now: dt.datetime) -> line.Line:
    return line.read(session, session.get(ClinicSession, offered), now=now)


@pytest.mark.parametrize("policy", ["number", "arrival"])
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEP, min_size=8, max_size=24))
def test_any_order_of_acts(run: Any, policy: str, steps: list[tuple[str, int, int, int]]) -> None:
    clinic = Clinic(run, policy)
    for what, which, minutes, at in steps:
        # A second more, so that no two of them are in one moment: who came first is never open.
        clinic.now += dt.timedelta(minutes=minutes, seconds=1)
        if clinic.now >= NOW.replace(hour=11, minute=29):
            break
        clinic.step(what, which, at)
    everybody = run(lambda s: s.scalars(select(Visit.id).where(Visit.clinic_session_id.in_(clinic.sessions))).all())
    assert sorted(everybody) == sorted(person.name for queue in clinic.model.queues for person in queue)


def test_what_was_done_to_a_visit_before_is_not_done_again(run: Any) -> None:
    clinic = Clinic(run, "number")
    clinic.do_arrive(0, HERE)
    clinic.do_call(0, HERE)
    clinic.do_pass(0, HERE)
    visit = clinic.model.queues[HERE][0].name
    with pytest.raises(NotInQueue, match="is not called"):
        clinic.act(calling.pass_over, visit=visit)
    clinic.act(calling.come_back, visit=visit)
    with pytest.raises(NotInQueue, match="is back already"):
        clinic.act(calling.come_back, visit=visit)
