"""What must have been told by now, and was it told once? Read from the audit trail, laid beside the outbox.

The trail's lines of one clinic session are in the order in which their transactions were done: each is written by who
holds the session's row. So who was in a session when another practitioner took it over can be told afterwards.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from clinic.tables import Audit, LedgerEntry, Message, Payment, PlaceTold, Visit, WaitEntry

ENDS = ("visit.cancel", "visit.unpaid", "visit.stopped")
HELD = dt.timedelta(minutes=15)
ZONE = ZoneInfo("Asia/Shanghai")


@dataclass
class Told:
    """`must`: occasions of which each has its one message; `may`: those that may have one."""

    must: Counter[str] = field(default_factory=Counter)
    may: set[str] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)
    came_too_late: frozenset[int] = frozenset()
    """Visits that were given up because their money came when their session was over: that it goes back tells it."""


@dataclass
class Followed:
    """A visit as the trail leaves it: in which session, whether it is still to come, how it ended."""

    row: Visit
    session: int
    state: str
    ends: list[str] = field(default_factory=list)


def differences(session: Any) -> list[str]:
    """What was not told, was told twice, or was told and has not happened; and what the trail knows otherwise."""
    told = Told(came_too_late=_came_too_late(session))
    _of_visits(session, told)
    _of_payments(session, told)
    _of_places(session, told)
    there = Counter(session.scalars(select(Message.occasion)))
    untold = [f"{occasion}: told {there[occasion]} times" for occasion, n in told.must.items() if there[occasion] != n]
    surplus = [
        f"{occasion}: told, and nothing of it is known" for occasion in there - told.must if occasion not in told.may
    ]
    return told.wrong + untold + surplus


def _of_visits(session: Any, told: Told) -> None:
    rows = {row.id: row for row in session.scalars(select(Visit))}
    trail = session.scalars(select(Audit).order_by(Audit.id)).all()
    paid_later = {each.subject for each in trail if each.action == "visit.paid"}
    visits: dict[str, Followed] = {}
    for line in trail:
        if line.action == "visit.book":
            row = rows[_number(line)]
            waits = bool(row.fee) and (row.pays == "mobile" or line.subject in paid_later)
            visits[line.subject] = Followed(row, _first(trail, line, row), "pending" if waits else "booked")
            if not waits:
                told.must[f"code:{row.id}"] += 1
        elif line.action == "visit.walk_in":
            row = rows[_number(line)]
            visits[line.subject] = Followed(row, _first(trail, line, row), "arrived")
            told.must[f"code:{row.id}"] += 1
            told.may.add(f"visit:{row.id}:near:{row.phone}")
        elif line.subject in visits:
            _follow(told, line, visits[line.subject])
        elif line.action == "session.substitute":
            _substituted(told, line, visits)
    for visit in visits.values():
        _ended(told, visit)
    told.wrong += [f"visit {row.id} is not in the trail" for row in rows.values() if f"visit:{row.id}" not in visits]


def _first(trail: Any, booked: Audit, row: Visit) -> int:
    """The session that it was booked in: where its first move came from, else where it is."""
    moves = (
        each for each in trail if each.subject == booked.subject and each.action in ("visit.transfer", "visit.move")
    )
    return next((int(each.detail["source"]) for each in moves), row.clinic_session_id)


def _number(line: Audit) -> int:
    return int(line.subject.partition(":")[2])


def _follow(told: Told, line: Audit, visit: Followed) -> None:
    row = visit.row
    match line.action:
        case "visit.paid":
            visit.state = "booked"
            told.must[f"code:{row.id}"] += 1
        case "visit.cancel" | "visit.unpaid" | "visit.stopped":
            visit.ends.append(line.action)
            visit.state = "cancelled"
        case "visit.move":
            visit.session = line.detail["to"]
            told.must[f"visit:{row.id}:moved:{visit.session}:{row.phone}"] += 1
        case "visit.transfer":
            visit.session = line.detail["target"]
            told.must[
                f"visit:{row.id}:transferred:{line.at.astimezone(ZONE):%Y%m%d%H%M%S}:{visit.session}:{row.phone}"
            ] += 1
        case "voucher.use":
            visit.state = "arrived"
            told.may.add(f"visit:{row.id}:near:{row.phone}")
        case "visit.seen":
            visit.state = "fulfilled"
        case "visit.noshow":
            visit.state = "noshow"
        case "visit.recall":
            told.must[f"visit:{row.id}:called:{row.phone}"] = 1
        case "visit.insured":
            told.must[f"insured:{row.id}"] += 1


def _substituted(told: Told, line: Audit, visits: dict[str, Followed]) -> None:
    """Whoever is still to come to that session hears who will be there, each time that it is somebody else."""
    of = f"{line.detail['was']}:{line.detail['to']}:{line.at.astimezone(ZONE):%Y%m%d%H%M%S}"
    for visit in visits.values():
        if visit.session == _number(line) and visit.state in ("pending", "booked"):
            told.must[f"visit:{visit.row.id}:substitute:{of}:{visit.row.phone}"] += 1


def _ended(told: Told, visit: Followed) -> None:
    row = visit.row
    if len(visit.ends) > 1 or bool(visit.ends) != (row.state == "cancelled"):
        told.wrong.append(f"visit {row.id} is {row.state}, and the trail says {visit.ends}")
    if visit.session != row.clinic_session_id:
        told.wrong.append(f"visit {row.id} is in session {row.clinic_session_id}, and the trail says {visit.session}")
    if visit.state != row.state and (visit.state, row.state) not in EVENING:
        told.wrong.append(f"visit {row.id} is {row.state}, and the trail says {visit.state}")
    if row.id in told.came_too_late:
        told.may.add(f"unpaid:{row.id}")  # it may have been given up before, by a clock that tells both as one moment
    for end in visit.ends if row.id not in told.came_too_late else ():
        occasions = {"visit.cancel": f"cancelled:{row.id}", "visit.unpaid": f"unpaid:{row.id}"}
        told.must[occasions.get(end, f"visit:{row.id}:stopped:{row.phone}")] += 1
    of_it = f"visit:{row.id}"
    told.may |= {f"{of_it}:{stage}:{row.phone}" for stage in ("eve", "morning")}
    told.may |= {f"{of_it}:{stage}:{row.clinic_session_id}:{row.phone}" for stage in ("eve", "morning")}
    told.may |= {f"{of_it}:how:{row.phone}"} if row.state == "fulfilled" else set()
    if row.state == "noshow" and row.look_at is None:
        told.must[f"{of_it}:missed:{row.phone}"] += 1


EVENING = {("booked", "noshow"), ("arrived", "fulfilled"), ("arrived", "noshow")}
"""What the evening makes of visits, without a line of its own."""


def _came_too_late(session: Any) -> frozenset[int]:
    came = (Payment.visit_id == Visit.id) & (Payment.settled_at == Visit.cancelled_at) & (Payment.kind == "charge")
    late = select(Visit.id).join(Payment, came).where(Visit.cancelled_for == "unpaid", Payment.state == "completed")
    return frozenset(session.scalars(late))


def _of_payments(session: Any, told: Told) -> None:
    payments = session.scalars(select(Payment)).all()
    by_system = set(session.scalars(select(LedgerEntry.occasion).where(LedgerEntry.by == "system")))
    booked_at = dict(session.execute(select(Visit.id, Visit.booked_at)).all())
    for row in payments:
        if row.kind == "refund" and row.method == "mobile" and row.state == "completed" and row.visit_id is not None:
            told.must[f"refunded:{row.id}"] += 1
        if row.kind == "refund" and row.occasion in by_system:
            told.must[f"returned:{row.original_id}"] += 1
        if row.kind == "charge" and row.method == "mobile":  # one that came after all was said to have failed before
            failed = row.state == "failed" and row.error == "no money" and not row.unwanted
            held = failed and booked_at[row.visit_id] + HELD > row.settled_at
            _either(told, f"payment-failed:{row.id}", must=held)


def _either(told: Told, occasion: str, *, must: bool) -> None:
    if must:
        told.must[occasion] += 1
    else:
        told.may.add(occasion)


def _of_places(session: Any, told: Told) -> None:
    entries = {row.id: row for row in session.scalars(select(WaitEntry))}
    states = dict(session.execute(select(Message.occasion, Message.state)).all())
    for row in session.scalars(select(PlaceTold)):
        entry = entries[row.wait_entry_id]
        offer = f"place:{row.place_offer_id}:{entry.id}:{entry.phone}"
        told.must[offer] += 1
        if row.answer == "gone" and states.get(offer) != "cancelled":  # who has heard of it hears that it is gone
            gone = f"place-gone:{row.place_offer_id}:{entry.id}:{entry.phone}"
            _either(told, gone, must=entry.state == "waiting")
    over: defaultdict[str, list[str]] = defaultdict(list)
    for line in session.scalars(select(Audit).where(Audit.action == "waiting.over")):
        over[line.subject].append(line.actor)
    for subject, actors in over.items():
        entry = entries[int(subject.partition(":")[2])]
        for actor in actors:
            told.must[f"{subject}:{'over' if actor == 'system' else 'stopped'}:{entry.phone}"] += 1
        if len(actors) > 1 or entry.state != "over":
            told.wrong.append(f"{subject} is {entry.state}, and was over {len(actors)} times")
