"""How visits were: answers by SMS and by menu, and what staff see of them.

Who was not satisfied is called by the centre. Of a practitioner with few answers nothing is shown apart, or somebody
could tell who has said what.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from clinic import audit
from clinic.names import masked
from clinic.notices import questions
from clinic.phones import masked_phone
from clinic.rows import reads
from clinic.tables import Centre, Department, Practitioner, Question, Satisfaction, Visit
from clinic.visit_notices.ended import ANSWERS, row_of
from clinic.visit_telling.wording import whole
from conf.texts.words import Name

SCORES: Final = range(1, 6)
LOW: Final = 2
"""At most so many points: somebody calls."""
LONGEST_COMMENT: Final = 200
FEWEST: Final = 5
"""Answers below which a practitioner is not shown apart."""
MOST: Final = 200
MOST_TO_RATE: Final = 3

Outcome = Literal["thanks", "sorry", "already", "over"]
Way = Literal["sms", "menu"]
"""An SMS that answers the question; a menu, by whatever channel."""
By = Literal["centre", "department", "practitioner"]


@dataclass(frozen=True, slots=True)
class ToRate:
    """A visit that its booker may still say something to."""

    id: int
    day: dt.date
    department: Name


@dataclass(frozen=True, slots=True)
class Unhappy:
    """An answer of 1 or 2. `called_at` is None while nobody has called."""

    visit: int
    day: dt.date
    centre: Name
    department: Name
    practitioner: Name | None
    name: str
    phone: str
    score: int
    comment: str
    answered_at: dt.datetime | None
    called_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Figures:
    """What was said of a centre, a department or a practitioner; `scores` counts answers by points, from 1 to 5.

    `names` is empty for those who are not shown apart. `mean` and `good` (share of 4 and 5) are None without answers,
    and where these are too few.
    """

    names: tuple[Name, ...]
    asked: int
    answered: int
    scores: tuple[int, ...] | None
    mean: float | None
    good: float | None


@reads
def to_rate(session: Session, *, phone: str, now: dt.datetime) -> list[ToRate]:
    """The visits of this phone in the last days that nobody has said anything to, the last one first."""
    rows = session.scalars(
        whole()
        .outerjoin(Satisfaction, Satisfaction.visit_id == Visit.id)
        .where(Visit.phone == phone, Visit.state == "fulfilled", Visit.day >= (now - ANSWERS).date())
        .where(Satisfaction.score.is_(None))
        .order_by(Visit.day.desc(), Visit.id.desc())
        .limit(MOST_TO_RATE)
    )
    return [ToRate(row.id, row.day, row.clinic_session.department.name) for row in rows]


def rate(
    session: Session,
    *,
    visit: int,
    phone: str,
    score: int,
    channel: Way,
    now: dt.datetime,
    comment: str = "",
    question: int | None = None,
    inbox: int | None = None,
) -> Outcome:
    """Note what the phone that booked it says of a visit, once; an SMS answers `question` by text `inbox` of the inbox.

    The same answer given twice (a crash came before its reply) is thanked for twice, and counts once.
    """
    # The scan holds a visit while it asks about it, so whoever comes second sees what the first has written.
    own = whole().where(Visit.id == visit, Visit.phone == phone).with_for_update(of=Visit)
    row = session.scalars(own.execution_options(populate_existing=True)).one_or_none()
    if row is None or row.state != "fulfilled" or score not in SCORES:
        return "over"
    if question is not None:
        if not questions.answered(
            session, question=question, answer=f"{score} {comment}".strip(), inbox=inbox, now=now
        ):
            return "already"
    elif not _close(session, row, score, now):
        return "already"
    _write(session, row, score, comment.strip()[:LONGEST_COMMENT], channel, now)
    audit.note(session, "subscriber", "visit.rate", f"visit:{visit}", now=now, score=score)
    return "sorry" if score <= LOW else "thanks"


@reads
def unhappy(
    session: Session, *, since: dt.date, centre: str | None = None, every: bool = False, shown: bool = False
) -> list[Unhappy]:
    """At most 200 answers of 1 or 2 to visits since that day, the longest waiting first; those that were called for
    too with `every`. Names and phones are masked unless they are `shown`: to call."""
    rows = session.execute(
        select(Satisfaction, Visit, Centre, Department, Practitioner)
        .join(Visit, Visit.id == Satisfaction.visit_id)
        .join(Centre, Centre.id == Satisfaction.centre_id)
        .join(Department, Department.id == Satisfaction.department_id)
        .outerjoin(Practitioner, Practitioner.id == Satisfaction.practitioner_id)
        .where(Satisfaction.asked_on >= since, Satisfaction.score <= LOW)
        .where(*([] if centre is None else [Centre.code == centre]))
        .where(*([] if every else [Satisfaction.called_at.is_(None)]))
        .order_by(Satisfaction.answered_at, Satisfaction.id)
        .limit(MOST)
    )
    return [
        Unhappy(
            visit=visit.id,
            day=visit.day,
            centre=place.name,
            department=department.name,
            practitioner=practitioner.name if practitioner else None,
            name=visit.name if shown else masked(visit.name),
            phone=visit.phone if shown else masked_phone(visit.phone),
            score=row.score or 0,
            comment=row.comment,
            answered_at=row.answered_at,
            called_at=row.called_at,
        )
        for row, visit, place, department, practitioner in rows
    ]


def note_shown(session: Session, *, visits: Iterable[int], by: str, now: dt.datetime) -> None:
    """That somebody has seen the names and phones behind these answers."""
    for visit in visits:
        audit.note(session, f"staff:{by}", "satisfaction.shown", f"visit:{visit}", now=now)


def called(session: Session, *, visit: int, by: str, now: dt.datetime) -> bool:
    """Staff have talked with them; False where nobody waits for that."""
    waits = update(Satisfaction).where(
        Satisfaction.visit_id == visit, Satisfaction.score <= LOW, Satisfaction.called_at.is_(None)
    )
    done = session.scalar(waits.values(called_at=now).returning(Satisfaction.id))
    if done is None:
        return False
    audit.note(session, f"staff:{by}", "satisfaction.called", f"visit:{visit}", now=now)
    return True


@reads
def report(session: Session, *, since: dt.date, until: dt.date, by: By) -> list[Figures]:
    """What was asked from `since` to `until`, both among it, and what was said; the last line are practitioners who are
    not shown apart, all in one."""
    column = {
        "centre": Satisfaction.centre_id,
        "department": Satisfaction.department_id,
        "practitioner": Satisfaction.practitioner_id,
    }[by]
    counts: dict[int, Counter[int | None]] = {}
    for key, score, many in session.execute(
        select(column, Satisfaction.score, func.count())
        .where(Satisfaction.asked_on.between(since, until), column.is_not(None))
        .group_by(column, Satisfaction.score)
    ):
        counts.setdefault(int(key or 0), Counter())[score] += many
    names = _names(session, by)
    few = {key for key, each in counts.items() if by == "practitioner" and _answered(each) < FEWEST}
    shown = [_figures(names[key], counts[key]) for key in sorted(counts.keys() - few)]
    together = sum((counts[key] for key in few), Counter[int | None]())
    return [*shown, _figures((), together, hidden=_answered(together) < FEWEST or len(few) == 1)] if few else shown


def _close(session: Session, row: Visit, score: int, now: dt.datetime) -> bool:
    """Whether it may be said by menu: an open question is closed by it; False where something else was said before."""
    before = session.scalar(select(Satisfaction.score).where(Satisfaction.visit_id == row.id))
    asked = update(Question).where(Question.occasion == f"visit:{row.id}:how:{row.phone}")
    session.execute(asked.where(Question.answered_at.is_(None)).values(answered_at=now, answer=str(score)))
    return before in (None, score)


def _write(session: Session, row: Visit, score: int, comment: str, channel: Way, now: dt.datetime) -> None:
    said = row_of(session, row, now.date())
    said.score, said.channel, said.answered_at = score, channel, now
    said.comment = comment or said.comment


def _names(session: Session, by: By) -> Mapping[int, tuple[Name, ...]]:
    if by == "centre":
        return {row.id: (row.name,) for row in session.scalars(select(Centre))}
    if by == "department":
        departments = select(Department, Centre).join(Centre, Centre.id == Department.centre_id)
        return {row.id: (centre.name, row.name) for row, centre in session.execute(departments)}
    practitioners = (
        select(Practitioner, Department, Centre)
        .join(Department, Department.id == Practitioner.department_id)
        .join(Centre, Centre.id == Practitioner.centre_id)
    )
    return {row.id: (centre.name, place.name, row.name) for row, place, centre in session.execute(practitioners)}


def _answered(counts: Counter[int | None]) -> int:
    return sum(many for score, many in counts.items() if score is not None)


def _figures(names: tuple[Name, ...], counts: Counter[int | None], *, hidden: bool = False) -> Figures:
    asked, answered = sum(counts.values()), _answered(counts)
    if hidden or not answered:
        return Figures(names, asked, answered, None if hidden else (0,) * 5, None, None)
    scores = tuple(counts[score] for score in SCORES)
    mean = sum(score * many for score, many in zip(SCORES, scores, strict=True)) / answered
    return Figures(names, asked, answered, scores, round(mean, 2), round((scores[3] + scores[4]) / answered, 4))
