"""The rules of absence and of giving up: rows with the days for which they hold.

A centre that has rules of its own on a day goes by these alone; all others by the installation's (no centre). A rule is
never changed: it is ended, and another one begins. What it has caused stays.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeVar, get_args

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic import audit
from clinic.rows import reads
from clinic.tables import AbsenceRule, CancelRule, Centre

What = Literal["noshow", "late", "absent", "cancel"]
WHATS: Final[tuple[What, ...]] = get_args(What)
"""What a rule counts: visits that were missed; given up too late (`CancelRule`); either of both; given up at all, in
time too."""
MOST_TIMES, MOST_MONTHS, MOST_DAYS = 100, 60, 30


R = TypeVar("R", AbsenceRule, CancelRule)


class NoSuchRule(LookupError):
    """There is no rule with this number."""


class BadRule(ValueError):
    """Why this cannot be a rule, or there is none to end."""


@dataclass(frozen=True, slots=True)
class RuleView:
    """A rule of absence. `centre`: its code, "" for the installation's; `valid_until`: its last day."""

    id: int
    centre: str
    what: str
    times: int
    months: int
    block_months: int
    valid_from: dt.date
    valid_until: dt.date | None


@dataclass(frozen=True, slots=True)
class CancelView:
    """Until when a visit can be given up without consequence: `days` before its day, at `until`."""

    id: int
    centre: str
    days: int
    until: dt.time
    valid_from: dt.date
    valid_until: dt.date | None


class Book:
    """All rules of absence, read once for a batch."""

    def __init__(self, rules: Sequence[AbsenceRule]) -> None:
        self._rules = rules

    @classmethod
    def read(cls, session: Session) -> Book:
        return cls(session.scalars(select(AbsenceRule).order_by(AbsenceRule.id)).all())

    def __bool__(self) -> bool:
        return bool(self._rules)

    def of(self, centre: int, day: dt.date) -> tuple[int | None, Sequence[AbsenceRule]]:
        """Whose rules hold there on this day (a centre's own, None: the installation's), and which."""
        holds = [rule for rule in self._rules if _holds(rule, day)]
        own = [rule for rule in holds if rule.centre_id == centre]
        return (centre, own) if own else (None, [rule for rule in holds if rule.centre_id is None])

    def block_months(self, rule: int) -> int:
        """For how long this rule blocks; 0 for one that is not known any more."""
        return next((row.block_months for row in self._rules if row.id == rule), 0)


@reads
def listed(session: Session, *, on: dt.date | None = None) -> list[RuleView]:
    """The rules of absence, the installation's first; `on`: only those that hold on this day."""
    found = select(AbsenceRule, Centre.code).outerjoin(Centre, Centre.id == AbsenceRule.centre_id)
    ordered = found.order_by(AbsenceRule.centre_id.is_not(None), Centre.code, AbsenceRule.valid_from, AbsenceRule.id)
    return [
        RuleView(
            rule.id,
            code or "",
            rule.what,
            rule.times,
            rule.months,
            rule.block_months,
            rule.valid_from,
            rule.valid_until,
        )
        for rule, code in session.execute(ordered)
        if on is None or _holds(rule, on)
    ]


@reads
def cancels_listed(session: Session, *, on: dt.date | None = None) -> list[CancelView]:
    """The rules of giving up, as `listed`."""
    found = select(CancelRule, Centre.code).outerjoin(Centre, Centre.id == CancelRule.centre_id)
    ordered = found.order_by(CancelRule.centre_id.is_not(None), Centre.code, CancelRule.valid_from, CancelRule.id)
    return [
        CancelView(rule.id, code or "", rule.days, rule.until, rule.valid_from, rule.valid_until)
        for rule, code in session.execute(ordered)
        if on is None or _holds(rule, on)
    ]


def add(
    session: Session,
    *,
    centre: str,
    what: str,
    times: int,
    months: int,
    block_months: int,
    valid_from: dt.date,
    valid_until: dt.date | None,
    by: str,
    now: dt.datetime,
) -> int:
    """Add a rule of absence; its number, also where the very same one is there. Raises BadRule."""
    if what not in WHATS:
        raise BadRule(f"what: {what!r} is none of {', '.join(WHATS)}")
    _within("times", times, 1, MOST_TIMES)
    _within("months", months, 1, MOST_MONTHS)
    _within("block_months", block_months, 1, MOST_MONTHS)
    values = {
        "centre_id": _centre(session, centre),
        "what": what,
        "times": times,
        "months": months,
        "block_months": block_months,
        "valid_from": valid_from,
    }
    return _added(session, AbsenceRule, values, valid_until, "rule.absence", by, now)


def add_cancel(
    session: Session,
    *,
    centre: str,
    days: int,
    until: dt.time,
    valid_from: dt.date,
    valid_until: dt.date | None,
    by: str,
    now: dt.datetime,
) -> int:
    """Add a rule of giving up; its number. Raises BadRule."""
    _within("days", days, 0, MOST_DAYS)
    values = {"centre_id": _centre(session, centre), "days": days, "until": until, "valid_from": valid_from}
    return _added(session, CancelRule, values, valid_until, "rule.cancel", by, now)


def end(session: Session, *, rule: int, cancel: bool, last: dt.date, by: str, now: dt.datetime) -> None:
    """Let a rule (of giving up, where `cancel`) hold up to and including `last`. Raises BadRule."""
    row: AbsenceRule | CancelRule | None
    row = session.get(CancelRule, rule) if cancel else session.get(AbsenceRule, rule)
    if row is None:
        raise NoSuchRule(f"there is no such rule: {rule}; `caredial fairness rules list --all` shows them")
    if last < row.valid_from - dt.timedelta(days=1):
        raise BadRule(f"rule {rule} begins on {row.valid_from}; it cannot end before that")
    row.valid_until = last
    name = "rule.cancel_end" if cancel else "rule.absence_end"
    audit.note(session, f"staff:{by}", name, f"rule:{rule}", now=now, last=last.isoformat())


def _added(
    session: Session,
    table: type[R],
    values: Mapping[str, object],
    valid_until: dt.date | None,
    name: str,
    by: str,
    now: dt.datetime,
) -> int:
    known = session.scalars(select(table).filter_by(**values).limit(1)).one_or_none()
    row = known or table(**values)
    if valid_until is not None and valid_until < row.valid_from:
        raise BadRule(f"valid_until: {valid_until} is before {row.valid_from}")
    row.valid_until = valid_until
    session.add(row)
    session.flush()
    audit.note(session, f"staff:{by}", name, f"rule:{row.id}", now=now)
    return row.id


def _centre(session: Session, code: str) -> int | None:
    if not code:
        return None
    found: int | None = session.scalar(select(Centre.id).where(Centre.code == code))
    if found is None:
        known = ", ".join(session.scalars(select(Centre.code).order_by(Centre.code)))
        raise BadRule(f"centre: there is no centre {code!r}; there are: {known or 'none'}")
    return found


def _within(name: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise BadRule(f"{name}: {value} is not between {least} and {most}")


def _holds(rule: AbsenceRule | CancelRule, day: dt.date) -> bool:
    return rule.valid_from <= day and (rule.valid_until is None or day <= rule.valid_until)
