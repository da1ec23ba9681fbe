"""After a visit: who did not come is told so in a friendly way; who was there is asked how it was.

Who has arrived, and whom nobody has marked as seen, was seen: a centre need not call its queue through CareDial.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from clinic.batches import among
from clinic.notices import Telling, ask
from clinic.queue import pace
from clinic.rows import PLAIN, get_or_add
from clinic.tables import Question, Satisfaction, Visit, Voucher
from clinic.visit_telling.wording import is_wrong, tell

ALIVE: Final = ("booked", "arrived", "fulfilled", "noshow")
"""States of which there may be something left to tell."""
KIND: Final = "satisfaction"
WORTH_TELLING = dt.timedelta(days=2)
"""So long after its day somebody is told, or asked, about a visit."""
ASKED_AGAIN = dt.timedelta(days=30)
ANSWERS = dt.timedelta(days=7)
"""How long the question can be answered."""
LATER = dt.timedelta(minutes=1)


def end(telling: Telling, visits: Sequence[Visit]) -> int:
    """Settle what became of visits whose day is over, and tell or ask; how many notices."""
    _settle(telling, visits)
    telling.session.flush()
    offered = {visit.clinic_session_id: visit.clinic_session for visit in visits}
    pace.close(telling.session, offered.values(), now=telling.when.now)
    today = telling.when.today
    recent = [visit for visit in visits if visit.look_at is None and today - visit.day <= WORTH_TELLING]
    missed = [visit for visit in recent if visit.state == "noshow"]
    told = sum(_miss(telling, visit) for visit in missed)
    return told + _ask(telling, [visit for visit in recent if visit.state == "fulfilled"])


def _settle(telling: Telling, visits: Sequence[Visit]) -> None:
    """Who has arrived was seen; who has not did not come, unless a kiosk is at it in this very moment."""
    expired = _expired(telling.session, [visit.id for visit in visits if visit.state == "booked"])
    for visit in visits:
        if visit.state == "booked" and visit.id not in expired:
            visit.look_at = telling.when.now + LATER
            continue
        if visit.state == "booked":
            visit.judge_at = telling.when.now  # who has arrived and gone has not stayed away (`clinic.fairness`)
        was_passed = visit.turn is None and visit.passes > 0  # and has not come back
        seen = "noshow" if was_passed else "fulfilled"
        visit.state = {"booked": "noshow", "arrived": seen}.get(visit.state, visit.state)
        visit.look_at = None


def _expired(session: Session, visits: Sequence[int]) -> set[int]:
    """Expire their T-codes; those whose was still unused. Whoever uses or cancels one takes it before its visit, and
    so would wait for us while we wait for it: what they have in hand is passed over."""
    unused = select(Voucher.id).where(among(session, Voucher.visit_id, visits), Voucher.state == "issued")
    ours = list(session.scalars(unused.with_for_update(skip_locked=True)))
    done = update(Voucher).where(among(session, Voucher.id, ours)).values(state="expired").returning(Voucher.visit_id)
    return set(session.scalars(done.execution_options(**PLAIN)))


def _miss(telling: Telling, visit: Visit) -> bool:
    """On the next morning, at the hour of notices; whether it is told."""
    morning = dt.datetime.combine(visit.day + dt.timedelta(days=1), telling.when.at, tzinfo=telling.when.now.tzinfo)
    return tell(telling, visit, "missed.told_sms", f"visit:{visit.id}:missed", due_at=morning) is not None


def _ask(telling: Telling, visits: Sequence[Visit]) -> int:
    """How it was: a phone once in thirty days, however many visits it has booked."""
    session, when, asked = telling.session, telling.when, 0
    phones = _asked_lately(session, {visit.phone for visit in visits}, when.now)
    rated = set(
        session.scalars(
            select(Satisfaction.visit_id).where(among(session, Satisfaction.visit_id, [v.id for v in visits]))
        )
    )
    for visit in visits:
        if visit.phone in phones or visit.id in rated or is_wrong(session, visit.phone):
            continue
        phones.add(visit.phone)
        if row_of(session, visit, when.today).score is not None:
            continue  # they have just said it by menu
        occasion = f"visit:{visit.id}:how"
        due = tell(telling, visit, "satisfaction.ask_sms", occasion)
        if due is None:
            continue
        ask(
            session,
            occasion=occasion,
            phone=visit.phone,
            kind=KIND,
            subject={"visit": visit.id},
            asked_at=due,
            expires_at=due + ANSWERS,
        )
        asked += 1
    return asked


def row_of(session: Session, visit: Visit, day: dt.date) -> Satisfaction:
    """What is said of this visit: the row that is there, or a new one."""
    offered = visit.clinic_session
    return get_or_add(
        session,
        Satisfaction,
        ["visit_id"],
        visit_id=visit.id,
        centre_id=offered.department.centre_id,
        department_id=offered.department_id,
        practitioner_id=offered.practitioner_id,
        asked_on=day,
        comment="",
        channel="",
    )


def _asked_lately(session: Session, phones: set[str], now: dt.datetime) -> set[str]:
    lately = Question.kind == KIND, Question.asked_at > now - ASKED_AGAIN
    return set(session.scalars(select(Question.phone).where(among(session, Question.phone, phones), *lately)))
