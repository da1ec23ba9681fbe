"""How long one takes, from call to call: written down as people are seen, read as what is known before the next one.

What a session has shown today is weighed against the practitioner's last weeks, those against the department's, those
against the plan (its hours over its places): the less there is of one, the more the next counts.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import case, func, select, update
from sqlalchemy.orm import Session

from clinic.places.pools import COUNTER
from clinic.rows import PLAIN, get_or_add
from clinic.tables import ClinicSession, QueuePace, Visit

LOOK_BACK: Final = dt.timedelta(days=60)
SHORTEST, LONGEST = 10.0, 7200.0
"""Seconds: what is outside of these is no visit but a slip of the hand, or a lunch."""
PLAN_WEIGHT, DEPARTMENT_WEIGHT, USUAL_WEIGHT = 6.0, 12.0, 14.0
"""So many visits weigh as much as what is known without them: of a department, a practitioner, a day."""
SPREAD, SPREAD_WEIGHT = 0.45, 30.0
"""The variance of one visit over the square of its mean, before anything is known."""
ABSENT, ABSENT_WEIGHT = 0.1, 20.0
"""The share of booked ones who do not come, before anything is known."""


@dataclass(frozen=True, slots=True)
class Sums:
    """Some visits from call to call, in minutes."""

    count: float = 0
    minutes: float = 0
    squares: float = 0


@dataclass(frozen=True, slots=True)
class Pace:
    """What is known of a session. Minutes: `planned` from number to number, as its due times go (the same all day);
    `mean` of one visit, with `variance` of one and `doubt`, the variance of the mean itself. `absent`: the share of
    those booked who do not come; `walk_ins`: how many come without, in a minute."""

    planned: float
    mean: float
    variance: float
    doubt: float
    absent: float
    walk_ins: float = 0


def settle(plan: float, department: Sums, practitioner: Sums, today: Sums) -> tuple[float, float, float, float]:
    """Planned minutes, mean, variance of one, doubt of the mean."""
    usual, usual_doubt = _shrunk(department, plan, PLAN_WEIGHT, 0)
    own, own_doubt = _shrunk(practitioner, usual, DEPARTMENT_WEIGHT, usual_doubt)
    mean, doubt = _shrunk(today, own, USUAL_WEIGHT, own_doubt)
    spread = _spread(department, practitioner, today)
    return own, mean, spread * mean**2, spread * mean**2 * doubt


def _shrunk(sums: Sums, otherwise: float, weight: float, doubt: float) -> tuple[float, float]:
    """The mean and its doubt, in variances of one visit: what is not known of what it leans on counts as it leans."""
    lean = weight / (sums.count + weight)
    mean = (sums.minutes + weight * otherwise) / (sums.count + weight)
    return mean, 1 / (sums.count + weight) + lean**2 * doubt


def _spread(*parts: Sums) -> float:
    """The practitioner's visits are the department's, too, and so count twice: they are the ones that matter."""
    found, weight = SPREAD * SPREAD_WEIGHT, SPREAD_WEIGHT
    for sums in parts:
        if sums.count >= 2:
            mean = sums.minutes / sums.count
            found += (sums.squares / sums.count - mean**2) / mean**2 * sums.count
            weight += sums.count
    return found / weight


def known(session: Session, offered: ClinicSession) -> Pace:
    """What the days before, and this day so far, say of a session."""
    department, practitioner, days = _history(session, offered)
    today = session.execute(
        select(QueuePace.seen, QueuePace.seconds, QueuePace.squares).where(QueuePace.clinic_session_id == offered.id)
    ).one_or_none()
    hours = offered.ends_at(None) - offered.starts_at(None)
    minutes = hours.total_seconds() / 60
    planned, mean, variance, doubt = settle(
        minutes / max(offered.capacity, 1), department, practitioner, _sums(*today) if today else Sums()
    )
    return Pace(planned, mean, variance, doubt, days.absent, days.walk_ins / minutes)


@dataclass(frozen=True, slots=True)
class _Days:
    absent: float
    walk_ins: float  # on a session


def _history(session: Session, offered: ClinicSession) -> tuple[Sums, Sums, _Days]:
    own = QueuePace.practitioner_id == offered.practitioner_id
    wanted = QueuePace.seen, QueuePace.seconds, QueuePace.squares
    row = session.execute(
        select(
            *(func.coalesce(func.sum(column), 0) for column in wanted),
            *(func.coalesce(func.sum(case((own, column), else_=0)), 0) for column in wanted),
            func.coalesce(func.sum(QueuePace.expected), 0),
            func.coalesce(func.sum(QueuePace.absent), 0),
            func.coalesce(func.sum(QueuePace.walked), 0),
            func.count(),
        ).where(
            QueuePace.department_id == offered.department_id,
            QueuePace.day < offered.day,
            QueuePace.day >= offered.day - LOOK_BACK,
        )
    ).one()
    expected, absent, walked, days = row[6:]
    share = (float(absent) + ABSENT * ABSENT_WEIGHT) / (float(expected) + ABSENT_WEIGHT)
    return _sums(*row[:3]), _sums(*row[3:6]), _Days(share, float(walked) / days if days else 0)


def _sums(seen: float, seconds: float, squares: float) -> Sums:
    return Sums(float(seen), float(seconds) / 60, float(squares) / 3600)


def note(session: Session, offered: ClinicSession, took: dt.timedelta) -> None:
    """Somebody took so long, from their call to their end. The session's row is ours."""
    seconds = took.total_seconds()
    if not SHORTEST <= seconds <= LONGEST:
        return
    row = _row(session, offered)
    session.execute(
        update(QueuePace)
        .where(QueuePace.id == row.id)
        .values(
            seen=QueuePace.seen + 1, seconds=QueuePace.seconds + seconds, squares=QueuePace.squares + seconds * seconds
        )
        .execution_options(**PLAIN)
    )


def close(session: Session, offered: Iterable[ClinicSession], *, now: dt.datetime) -> None:
    """Write down how many of these sessions' visits did not come, and how many came without booking; again and again is
    no fault. `now` tells the zone of their days."""
    for each in offered:
        # Whoever has booked at the counter on an earlier day is expected as all others are (`clinic.queue.line`).
        morning = dt.datetime.combine(each.day, dt.time(0), tzinfo=now.tzinfo)
        walk_in = (Visit.channel == COUNTER) & (Visit.booked_at >= morning)
        is_over = Visit.clinic_session_id == each.id, Visit.state.in_(("arrived", "fulfilled", "noshow"))
        expected, absent, walked = session.execute(
            select(
                func.coalesce(func.sum(case((walk_in, 0), else_=1)), 0),
                func.coalesce(func.sum(case((Visit.arrived_at.is_(None) & (Visit.state == "noshow"), 1), else_=0)), 0),
                func.coalesce(func.sum(case((walk_in, 1), else_=0)), 0),
            ).where(*is_over)
        ).one()
        values = {"expected": int(expected), "absent": int(absent), "walked": int(walked)}
        row = _row(session, each)
        changed = update(QueuePace).where(QueuePace.id == row.id).values(**values)
        session.execute(changed, execution_options=PLAIN)


def _row(session: Session, offered: ClinicSession) -> QueuePace:
    return get_or_add(
        session,
        QueuePace,
        ["clinic_session_id"],
        clinic_session_id=offered.id,
        department_id=offered.department_id,
        practitioner_id=offered.practitioner_id,
        day=offered.day,
        seen=0,
        seconds=0.0,
        squares=0.0,
        expected=0,
        absent=0,
        walked=0,
    )
