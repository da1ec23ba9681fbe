"""Visits that were missed or given up, counted by the rules of absence: whoever reaches one may not book for a time.

Nobody came: the T-code was not used on its day. Who has arrived and went away before they were called has not stayed
away, and does not count, nor does a session that the centre stopped. Given up: by who booked it, in time or late
(`clinic.fairness.cancelling`); not what was never paid. What staff have excused counts no more.

An installation's rule counts, and blocks, at all centres; a centre's own only there. A rule counts what happened while
it holds. What one has blocked for is not counted again by it, nor by a milder one, unless one of these visits was
excused since: so 3 a year block at the third, the sixth, the ninth. The block begins at once and ends so many months
after the day of the last absence.

A visit that may count is marked (`Visit.judge_at`) by whoever ends it, and judged by one transaction at a time: of two
that are given up at the same moment one is judged after the other, and sees both.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session

from clinic import audit, months
from clinic.batches import among
from clinic.fairness import blocks
from clinic.fairness.blocks import Subject
from clinic.fairness.days import last_day
from clinic.fairness.rules import Book
from clinic.fairness.told import spoken_by, tell
from clinic.installation import Installation
from clinic.jobs import Found
from clinic.notices import Telling, ask
from clinic.notices.people import covered
from clinic.rows import PLAIN, in_turn, reads
from clinic.rules import Rules
from clinic.tables import AbsenceRule, Block, Department, Visit, Voucher
from clinic.tables.visits import GIVEN_UP
from conf.lengths import Length
from conf.texts import say
from conf.texts.words import Language, Name

KIND = "block"
"""The kind of question that such a notice asks: it may be answered with an appeal."""
MADE_BY = "rule"
MOST_NAMED = 4
"""Visits that a text names; of the others it only says how many."""
BACK = dt.timedelta(days=5 * 366)
"""So far no rule looks back (`clinic.fairness.rules.MOST_MONTHS`)."""
TURN = "absences"
MISSED = and_(Visit.state == "noshow", Visit.arrived_at.is_(None), Voucher.state == "expired")
"""A visit, joined with its T-code, that nobody came to; of who has arrived the T-code is used, not expired."""
WAS_GIVEN_UP = and_(Visit.state == "cancelled", Visit.cancelled_for.in_(GIVEN_UP), Voucher.state == "cancelled")
"""One that was given up by who had booked it; what was never paid has no T-code."""


class NotExcusable(Exception):
    """There is no such visit, or it was neither missed nor given up; the words say which."""


@dataclass(frozen=True, slots=True)
class Excusable:
    """A visit that can be excused, and the blocks that hold and that it was counted for. `name` is covered."""

    visit: int
    name: str
    day: dt.date
    department: Name
    state: str
    blocks: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Absence:
    """A visit that may count: when it was missed or given up, where, as what (`clinic.fairness.rules.WHATS`), and who
    had booked it. `was_on`: the day of the visit."""

    visit: int
    day: dt.date
    was_on: dt.date
    centre: int
    department: Name
    kinds: frozenset[str]
    phone: str


def scan(session: Session, *, rules: Rules, installation: Installation, now: dt.datetime, most: int = 100) -> Found:
    """Judge up to `most` visits that were missed or given up; how many people were blocked for it."""
    in_turn(session, TURN)
    due = select(Visit.id, Visit.resident_id).where(Visit.judge_at.is_not(None), Visit.judge_at <= now)
    found = session.execute(due.order_by(Visit.judge_at, Visit.id).limit(most)).all()
    fresh: dict[int, set[int]] = defaultdict(set)
    for visit, resident in found:
        fresh[resident].add(visit)
    book, with_ = Book.read(session), Telling.of(session, rules=rules, installation=installation, now=now)
    blocked = sum(len(_judge(with_, book, resident, fresh[resident])) for resident in sorted(fresh) if book)
    _done(session, [row.id for row in found])
    return Found(blocked, more=len(found) == most)


@reads
def excusable(session: Session, *, visit: int, now: dt.datetime) -> Excusable:
    """What excusing this visit would do. Raises NotExcusable."""
    row = session.scalars(select(Visit).where(Visit.id == visit)).one_or_none()
    row = _refused(row, visit)
    department = session.get_one(Department, row.department_id).name
    counted = (block.id for block in _blocks(session, row.resident_id) if visit in block.counted and _holds(block, now))
    return Excusable(visit, covered(row.name), row.day, department, row.state, tuple(counted))


def excuse(
    session: Session, *, visit: int, reason: str, by: str, rules: Rules, installation: Installation, now: dt.datetime
) -> int:
    """Staff excuse a visit that was missed or given up: it counts no more, and a block that it was counted for is
    lifted, and told so; how many. Others that are enough without it block anew. Raises NotExcusable."""
    in_turn(session, TURN)
    row = session.scalars(select(Visit).where(Visit.id == visit).with_for_update()).one_or_none()
    row = _refused(row, visit)
    row.excused_at, row.judge_at = now, None
    session.flush()
    audit.note(session, f"staff:{by}", "visit.excuse", f"visit:{visit}", now=now, reason=reason[:200])
    with_ = Telling.of(session, rules=rules, installation=installation, now=now)
    lifted = [block for block in _blocks(session, row.resident_id) if visit in block.counted and _holds(block, now)]
    for block in lifted:
        blocks.end(with_, block, by=f"staff:{by}", reason=f"visit {visit} was excused")
    since = {each.visit for each in _absences(session, row.resident_id, now) if each.day >= row.day}
    anew = _judge(with_, Book.read(session), row.resident_id, since)
    for block in lifted if not anew else ():
        tell(with_, block, "block.lifted_sms", f"block:{block.id}:lifted")
    return len(lifted)


def _refused(row: Visit | None, visit: int) -> Visit:
    if row is None:
        raise NotExcusable(f"there is no visit {visit}; `caredial visits list --day DAY` shows them")
    if row.excused_at is not None:
        raise NotExcusable(f"visit {visit} was excused already")
    if row.state != "noshow" and (row.state, row.cancelled_for) not in (("cancelled", "own"), ("cancelled", "late")):
        raise NotExcusable(f"visit {visit} is {row.state}; only one that was missed, or given up by its booker, can be")
    return row


def _judge(with_: Telling, book: Book, resident: int, fresh: Collection[int]) -> list[Block]:
    """Look whether with these visits a rule is reached, in the order of all; the blocks that follow from it.

    One that is judged late may be the one that was missing to what came after it.
    """
    session, now = with_.session, with_.when.now
    absences, before, made = _absences(session, resident, now), _spending(session, resident), []
    for place, absence in enumerate(absences):
        if not any(each.visit in fresh for each in absences[: place + 1]):
            continue
        centre, rules = book.of(absence.centre, absence.day)
        # The centre of each, lest a rule of the installation counts where a centre goes by its own.
        there = [each for each in absences[: place + 1] if book.of(each.centre, absence.day)[0] == centre]
        reached = [
            (rule, counted)
            for rule, counted in _reached(book, rules, there, before)
            if any(each.visit in fresh for each in counted)
        ]
        if not reached:
            continue
        rule, counted = max(reached, key=lambda found: (found[0].block_months, found[0].times))
        block = _block(with_, resident, absence, rule, centre, counted)
        if block is not None:
            before.append(block)
            made.append(block)
    return made


def _reached(
    book: Book, rules: Sequence[AbsenceRule], absences: Sequence[Absence], before: Sequence[Block]
) -> Iterator[tuple[AbsenceRule, list[Absence]]]:
    """The rules that the last of these absences reaches, each with what it counts."""
    last = absences[-1]
    for rule in rules:
        if rule.what not in last.kinds:
            continue
        window, spent = Length(months=rule.months), _spent(book, rule, before)
        counted = [
            each
            for each in absences
            if rule.what in each.kinds
            and each.visit not in spent
            and each.day >= rule.valid_from
            and months.after(each.day, window) > last.day
        ]
        if len(counted) >= rule.times and last in counted:
            yield rule, counted


def _spent(book: Book, rule: AbsenceRule, before: Sequence[Block]) -> set[int]:
    """The visits for which this rule, or a harder one, has blocked already."""
    harder = (block for block in before if book.block_months(block.rule_id or 0) >= rule.block_months)
    return {visit for block in harder for visit in block.counted}


def _block(
    with_: Telling, resident: int, absence: Absence, rule: AbsenceRule, centre: int | None, counted: Sequence[Absence]
) -> Block | None:
    """None where it would be over by now, or this visit has led to a block before."""
    free = months.after(absence.day, Length(months=rule.block_months))
    last = free - dt.timedelta(days=1)
    if last < with_.when.today:
        return None
    row = blocks.block(
        with_,
        whom=Subject(resident=resident),
        centre=centre,
        last=last,
        reason="noshow" if rule.what in ("noshow", "absent") else "cancel",
        note="",
        by=MADE_BY,
        occasion=f"absence:{absence.visit}",
        visits=[each.visit for each in counted],
        rule=rule.id,
    )
    if row is not None:
        _tell(with_, row, rule, absence, counted)
    return row


def _tell(with_: Telling, row: Block, rule: AbsenceRule, absence: Absence, counted: Sequence[Absence]) -> None:
    """To the phone that booked the last of them: which visits (of those that it has booked itself), until when, and how
    to appeal. The answer may be an appeal."""
    occasion, phone = f"block:{row.id}:made", absence.phone
    used = with_.session.scalar(select(Visit.language).where(Visit.id == absence.visit))
    language = spoken_by(with_, phone, used or "")
    own = [each for each in counted if each.phone == phone]
    which = named(own, others=len(counted) - len(own), language=language)
    key = "block.missed_sms" if rule.what in ("noshow", "absent") else "block.given_up_sms"
    if tell(with_, row, key, occasion, phone=phone, count=len(counted), visits=which):
        subject = {"block": row.id}
        due = with_.when.due(row.centre_id)
        ask(
            with_.session,
            occasion=occasion,
            phone=phone,
            kind=KIND,
            subject=subject,
            asked_at=due,
            expires_at=max(row.until, due),
        )


def named(own: Sequence[Absence], *, others: int, language: Language) -> str:
    """The visits as a text lists them; of those that other phones have booked only how many there are."""
    items = [say(language, "block.item", day=each.was_on, department=each.department) for each in own[-MOST_NAMED:]]
    more = others + max(0, len(own) - MOST_NAMED)
    listed = say(language, "block.comma").join(items)
    return listed + say(language, "block.and_more", count=more) if more else listed


def _absences(session: Session, resident: int, now: dt.datetime) -> list[Absence]:
    """What may count of this person, in its order."""
    rows = session.execute(
        select(
            Visit.id,
            Visit.day,
            Visit.state,
            Visit.cancelled_at,
            Visit.cancelled_for,
            Visit.phone,
            Department.centre_id,
            Department.name_zh,
            Department.name_en,
        )
        .join(Voucher, Voucher.visit_id == Visit.id)
        .join(Department, Department.id == Visit.department_id)
        .where(Visit.resident_id == resident, Visit.state.in_(("noshow", "cancelled")), or_(MISSED, WAS_GIVEN_UP))
        .where(Visit.excused_at.is_(None), Visit.day >= now.date() - BACK)
    )
    found = [
        Absence(
            visit=row.id,
            day=row.cancelled_at.astimezone(now.tzinfo).date() if row.cancelled_at else row.day,
            was_on=row.day,
            centre=row.centre_id,
            department=Name(row.name_zh, row.name_en),
            kinds=_kinds(row.state, row.cancelled_for),
            phone=row.phone,
        )
        for row in rows
    ]
    return sorted(found, key=lambda each: (each.day, each.visit))


def _kinds(state: str, cancelled_for: str) -> frozenset[str]:
    if state == "noshow":
        return frozenset({"noshow", "absent"})
    return frozenset({"late", "absent", "cancel"} if cancelled_for == "late" else {"cancel"})


def _blocks(session: Session, resident: int) -> list[Block]:
    theirs = select(Block).where(Block.resident_id == resident, Block.reason.in_(("noshow", "cancel")))
    return list(session.scalars(theirs.order_by(Block.id)))


def _spending(session: Session, resident: int) -> list[Block]:
    """Blocks whose visits are not counted again: not those of which one was excused since."""
    found = _blocks(session, resident)
    all_of_them = {visit for block in found for visit in block.counted}
    excused = set(
        session.scalars(select(Visit.id).where(among(session, Visit.id, all_of_them), Visit.excused_at.is_not(None)))
    )
    return [block for block in found if not excused.intersection(block.counted)]


def _holds(block: Block, now: dt.datetime) -> bool:
    return block.lifted_at is None and last_day(block.until, now) >= now.date()


def _done(session: Session, visits: Sequence[int]) -> None:
    """Taken off the list; whoever has one of them in hand finds it judged once more, which changes nothing."""
    free = select(Visit.id).where(among(session, Visit.id, visits)).with_for_update(skip_locked=True)
    ours = list(session.scalars(free))
    judged = update(Visit).where(among(session, Visit.id, ours)).values(judge_at=None)
    session.execute(judged, execution_options=PLAIN)
