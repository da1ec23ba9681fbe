"""The weekly roster: who holds which clinic on which weekday, on what terms. A line that ends stays, with its last day.

Sessions that were made already are not touched by a change (`clinic.sessions.making`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from clinic import audit
from clinic.places.shares import MOST_PLACES, Rule
from clinic.rows import reads
from clinic.tables import Centre, ClinicSession, Department, Practitioner, SessionTemplate
from conf.texts.words import Half, Name

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
KINDS: Final = ("general", "expert")
MOST_DAYS: Final = 365
MOST_HOURS: Final = 24 * 30


class BadTemplate(ValueError):
    """Why the roster cannot have such a line."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a line of the roster says; as the fields of `SessionTemplate`, whose docstring explains them."""

    department: int
    practitioner: int | None
    weekday: int
    half: Half
    starts: dt.time
    ends: dt.time
    capacity: int
    fee: int
    valid_from: dt.date
    valid_until: dt.date | None = None
    kind: str = "general"
    release_days: int = 7
    release_at: dt.time = dt.time(7)
    draw_hours: int | None = None
    shares: Rule | None = None
    flow_days: int = 0
    flow_at: dt.time | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the roster as a list shows it. `practitioner_code` is "" where whoever is on duty holds the clinic."""

    id: int
    centre: Name
    centre_code: str
    department: Name
    department_code: str
    practitioner: Name | None
    practitioner_code: str
    kind: str
    weekday: int
    half: Half
    starts: dt.time
    ends: dt.time
    capacity: int
    fee: int
    valid_from: dt.date
    valid_until: dt.date | None
    release_days: int
    release_at: dt.time
    draw_hours: int | None
    shares: str
    flow_days: int
    flow_at: dt.time | None


@dataclass(frozen=True, slots=True)
class Ended:
    """What became of sessions after the last day: those without any place taken are closed, the others stay."""

    closed: tuple[int, ...]
    kept: tuple[int, ...]


def add(session: Session, *, terms: Terms, by: str, now: dt.datetime) -> int:
    """A new line of the roster; its number. Raises BadTemplate."""
    _check(session, terms)
    row = SessionTemplate(**_values(terms))
    session.add(row)
    session.flush()
    audit.note(session, f"staff:{by}", "template.add", f"template:{row.id}", now=now)
    return row.id


def change(session: Session, *, template: int, terms: Terms, by: str, now: dt.datetime) -> None:
    """Other terms for sessions that are still to be made. Raises BadTemplate."""
    row = _known(session, template)
    _check(session, terms, beside=template)
    for name, value in _values(terms).items():
        setattr(row, name, value)
    row.made_until = None
    audit.note(session, f"staff:{by}", "template.change", f"template:{template}", now=now)


def end(session: Session, *, template: int, last: dt.date, by: str, now: dt.datetime) -> Ended:
    """`last` is the last day of this line. Sessions that were made for later days are closed where nothing of them is
    taken; the others are named: stop or move them. Raises BadTemplate."""
    row = _known(session, template)
    if last < row.valid_from - dt.timedelta(days=1):
        raise BadTemplate(f"line {template} begins only on {row.valid_from}")
    row.valid_until = last
    later = (
        select(ClinicSession)
        .where(ClinicSession.template_id == template, ClinicSession.day > last, ClinicSession.day >= now.date())
        .where(ClinicSession.state != "stopped")
        .order_by(ClinicSession.day)
        .with_for_update()
    )
    made = session.scalars(later.execution_options(populate_existing=True)).all()
    empty = [each for each in made if not each.taken and each.state != "draw"]
    for each in empty:
        each.state = "closed"
    audit.note(session, f"staff:{by}", "template.end", f"template:{template}", now=now, last=last.isoformat())
    return Ended(tuple(each.id for each in empty), tuple(each.id for each in made if each not in empty))


@reads
def listed(session: Session, *, centre: str | None = None, since: dt.date | None = None) -> list[Line]:
    """The roster of the centre with this code, or of all; of lines that are over only those that end after `since`."""
    rows = session.scalars(
        select(SessionTemplate)
        .join(SessionTemplate.department)
        .join(Department.centre)
        .options(
            joinedload(SessionTemplate.department).joinedload(Department.centre),
            joinedload(SessionTemplate.practitioner),
        )
        .where(*([] if centre is None else [Centre.code == centre]), *([] if since is None else [_lasts(since)]))
        .order_by(Centre.code, Department.code, SessionTemplate.weekday, SessionTemplate.starts, SessionTemplate.id)
    )
    return [_line(row) for row in rows]


@reads
def line(session: Session, *, template: int) -> Line | None:
    """This line, or None."""
    row = session.get(SessionTemplate, template)
    return None if row is None else _line(row)


@reads
def place(session: Session, *, centre: str, department: str, practitioner: str = "") -> tuple[int, int | None]:
    """The numbers of a department and of a practitioner of its centre, by their codes. Raises BadTemplate."""
    found: int | None = session.scalar(
        select(Department.id).join(Department.centre).where(Centre.code == centre, Department.code == department)
    )
    if found is None:
        raise BadTemplate(_unknown(session, centre, department))
    if not practitioner:
        return found, None
    here = Practitioner.centre_id == select(Department.centre_id).where(Department.id == found).scalar_subquery()
    person: int | None = session.scalar(select(Practitioner.id).where(here, Practitioner.code == practitioner))
    if person is None:
        codes = session.scalars(select(Practitioner.code).where(here).order_by(Practitioner.code))
        raise BadTemplate(f"{centre} has no practitioner {practitioner}; there are: {_listed(codes)}")
    return found, person


def _unknown(session: Session, centre: str, department: str) -> str:
    codes = list(session.scalars(select(Centre.code).order_by(Centre.code)))
    if centre not in codes:
        return f"there is no centre {centre}; there are: {_listed(codes)}"
    theirs = select(Department.code).join(Department.centre).where(Centre.code == centre).order_by(Department.code)
    return f"{centre} has no department {department}; there are: {_listed(session.scalars(theirs))}"


def _listed(codes: Iterable[str]) -> str:
    return ", ".join(codes) or "none"


def _known(session: Session, template: int) -> SessionTemplate:
    row = session.get(SessionTemplate, template, with_for_update=True)
    if row is None:
        raise BadTemplate(f"the roster has no line {template}; `caredial sessions templates list` shows them")
    return row


def _check(session: Session, terms: Terms, beside: int | None = None) -> None:
    problem = _problem(terms)
    if problem is not None:
        raise BadTemplate(problem)
    other = _in_the_way(session, terms, beside)
    if other is not None:
        raise BadTemplate(
            f"line {other.id} of the roster has {DAYS[other.weekday]} {other.starts:%H:%M}-{other.ends:%H:%M} already;"
            " end it first, or let this one begin after it"
        )


def _problem(terms: Terms) -> str | None:
    begins = _begins(terms)
    limits = (
        (terms.kind in KINDS, f"kind: {terms.kind!r} is neither of {', '.join(KINDS)}"),
        (terms.kind != "expert" or terms.practitioner is not None, "practitioner: an expert's clinic has one"),
        (terms.weekday in range(7), f"weekday: there is no day {terms.weekday}"),
        (terms.starts < terms.ends, f"ends: {terms.ends:%H:%M} is not after {terms.starts:%H:%M}"),
        (1 <= terms.capacity <= MOST_PLACES, f"capacity: {terms.capacity} is not between 1 and {MOST_PLACES}"),
        (terms.fee >= 0, "fee: below nothing"),
        (terms.valid_until is None or terms.valid_until >= terms.valid_from, "until: before its first day"),
        (0 <= terms.release_days <= MOST_DAYS, f"release: not between 0 and {MOST_DAYS} days before"),
        (_release(terms) <= begins, "release: after its sessions begin"),
        (terms.draw_hours is None or 1 <= terms.draw_hours <= MOST_HOURS, f"draw: not 1 to {MOST_HOURS} hours"),
        (_release(terms) + dt.timedelta(hours=terms.draw_hours or 0) <= begins, "draw: after its sessions begin"),
        (terms.flow_at is None or _release(terms) < _flow(terms), "flow: not after the release"),
        (terms.flow_at is None or terms.flow_days >= 0, "flow: after the day of its sessions"),
        (terms.flow_at is None or terms.shares is not None, "flow: places that are not shared out cannot go anywhere"),
    )
    return next((told for is_right, told in limits if not is_right), None)


_DAY = dt.date(2000, 1, 3)


def _begins(terms: Terms) -> dt.datetime:
    return dt.datetime.combine(_DAY, terms.starts)


def _release(terms: Terms) -> dt.datetime:
    return dt.datetime.combine(_DAY, terms.release_at) - dt.timedelta(days=min(terms.release_days, MOST_DAYS))


def _flow(terms: Terms) -> dt.datetime:
    return dt.datetime.combine(_DAY, terms.flow_at or dt.time()) - dt.timedelta(days=terms.flow_days)


def _in_the_way(session: Session, terms: Terms, beside: int | None) -> SessionTemplate | None:
    """Another line of this practitioner at the time; where nobody is named, of nobody in the same half day."""
    if terms.practitioner is None:
        same = (
            SessionTemplate.department_id == terms.department,
            SessionTemplate.practitioner_id.is_(None),
            SessionTemplate.half == terms.half,
        )
    else:
        at_once = SessionTemplate.starts < terms.ends, SessionTemplate.ends > terms.starts
        half = (SessionTemplate.department_id == terms.department) & (SessionTemplate.half == terms.half)
        same = (SessionTemplate.practitioner_id == terms.practitioner, or_(at_once[0] & at_once[1], half))  # type: ignore[assignment]
    days = [_lasts(terms.valid_from)]
    if terms.valid_until is not None:
        days.append(SessionTemplate.valid_from <= terms.valid_until)
    others = select(SessionTemplate).where(SessionTemplate.weekday == terms.weekday, *same, *days)
    if beside is not None:
        others = others.where(SessionTemplate.id != beside)
    return session.scalars(others.order_by(SessionTemplate.id).limit(1)).one_or_none()


def _lasts(day: dt.date) -> Any:
    return or_(SessionTemplate.valid_until.is_(None), SessionTemplate.valid_until >= day)


def _values(terms: Terms) -> dict[str, Any]:
    same = (
        "kind weekday half starts ends capacity fee valid_from valid_until release_days release_at draw_hours"
        " flow_days flow_at"
    )
    values = {name: getattr(terms, name) for name in same.split()}
    shares = None if terms.shares is None else terms.shares.stored()
    return values | {"department_id": terms.department, "practitioner_id": terms.practitioner, "shares": shares}


def _line(row: SessionTemplate) -> Line:
    department, person = row.department, row.practitioner
    return Line(
        id=row.id,
        centre=department.centre.name,
        centre_code=department.centre.code,
        department=department.name,
        department_code=department.code,
        practitioner=person.name if person else None,
        practitioner_code=person.code if person else "",
        kind=row.kind,
        weekday=row.weekday,
        half=row.half,
        starts=row.starts,
        ends=row.ends,
        capacity=row.capacity,
        fee=row.fee,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        release_days=row.release_days,
        release_at=row.release_at,
        draw_hours=row.draw_hours,
        shares=str(Rule.read(row.shares)) if row.shares is not None else "",
        flow_days=row.flow_days,
        flow_at=row.flow_at,
    )
