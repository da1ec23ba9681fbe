"""Who needs a look before their turn, and why: emergencies, referrals, readings that get worse, a long silence."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clinic.batches import among
from clinic.care import views
from clinic.care.means import mean
from clinic.care.reading.values import Glucose, Pressure, Reading
from clinic.care.views import PlanLine
from clinic.rows import reads
from clinic.rules import Rules
from clinic.tables import CareAlert, ReadingKind
from clinic.tables import Reading as ReadingRow

Why = Literal["emergency", "refer", "worse", "silent"]
RECENT, EARLIER = dt.timedelta(days=30), dt.timedelta(days=90)
LEAST = 3  # readings that make a mean
WORSE_PRESSURE, WORSE_GLUCOSE = 10, 10  # mmHg of the upper value, tenths of mmol/L


@dataclass(frozen=True, slots=True)
class Risk:
    """A reason: `days` ago for an emergency or silence (None: never heard), `before` and `now` the means of what got
    worse."""

    why: Why
    days: int | None = None
    before: Reading | None = None
    now: Reading | None = None


@dataclass(frozen=True, slots=True)
class RiskLine:
    """Somebody at risk; the gravest reason first."""

    plan: PlanLine
    risks: tuple[Risk, ...]


@reads
def at_risk(
    session: Session,
    *,
    rules: Rules,
    today: dt.date,
    now: dt.datetime,
    doctor: str | None = None,
    centre: str | None = None,
    shown: bool = False,
) -> list[RiskLine]:
    """All at risk, each once, the gravest first."""
    plans = views.listed(session, today=today, doctor=doctor, centre=centre, shown=shown)
    whose = {line.resident for line in plans}
    heard, recent = _last_heard(session, whose), _readings(session, whose, now)
    alarmed = _alarmed(session, whose, now)
    found: dict[int, RiskLine] = {}
    for line in plans:
        risks = tuple(_risks(line, alarmed, recent.get(line.resident, []), heard, rules, now))
        if risks and (line.resident not in found or _gravity(risks) < _gravity(found[line.resident].risks)):
            found[line.resident] = RiskLine(line, risks)
    return sorted(found.values(), key=lambda each: (_gravity(each.risks), -len(each.risks), each.plan.resident))


def _risks(
    line: PlanLine,
    alarmed: Mapping[int, dt.datetime],
    recent: Sequence[ReadingRow],
    heard: Mapping[int, dt.datetime],
    rules: Rules,
    now: dt.datetime,
) -> Iterable[Risk]:
    if line.resident in alarmed:
        yield Risk("emergency", (now - alarmed[line.resident]).days)
    if line.refer:
        yield Risk("refer")
    for kind in ("bp", "glucose"):
        worse = _worse(recent, kind, now)
        if worse is not None:
            yield worse
    last = heard.get(line.resident)
    silent = None if last is None else (now - last).days
    if silent is None or silent >= rules.care.silent_days:
        seen = line.last_on is not None and (now.date() - line.last_on).days < rules.care.silent_days
        if not seen:
            yield Risk("silent", silent)


def _worse(rows: Sequence[ReadingRow], kind: ReadingKind, now: dt.datetime) -> Risk | None:
    """The mean of the last 30 days against that of the 60 before."""
    of = [row for row in rows if row.kind == kind]
    late = mean([row for row in of if row.measured_at > now - RECENT], kind)
    early = mean([row for row in of if row.measured_at <= now - RECENT], kind)
    if late is None or early is None or late.count < LEAST or early.count < LEAST:
        return None
    match early.reading, late.reading:
        case Pressure(systolic=before), Pressure(systolic=after) if after - before >= WORSE_PRESSURE:
            return Risk("worse", before=early.reading, now=late.reading)
        case Glucose(tenths=before), Glucose(tenths=after) if after - before >= WORSE_GLUCOSE:
            return Risk("worse", before=early.reading, now=late.reading)
    return None


def _gravity(risks: Sequence[Risk]) -> int:
    order: tuple[Why, ...] = ("emergency", "refer", "worse", "silent")
    return min(order.index(risk.why) for risk in risks)


def _last_heard(session: Session, whose: Collection[int]) -> dict[int, dt.datetime]:
    grouped = select(ReadingRow.resident_id, func.max(ReadingRow.measured_at)).group_by(ReadingRow.resident_id)
    if not whose:
        return {}
    rows = session.execute(grouped.where(among(session, ReadingRow.resident_id, whose))).all()
    return {resident: at for resident, at in rows}  # noqa: C416  rows are no pairs to mypy


def _readings(session: Session, whose: Collection[int], now: dt.datetime) -> dict[int, list[ReadingRow]]:
    found: dict[int, list[ReadingRow]] = defaultdict(list)
    wanted = select(ReadingRow).where(ReadingRow.measured_at > now - EARLIER, ReadingRow.measured_at <= now)
    for row in session.scalars(wanted.where(among(session, ReadingRow.resident_id, whose))) if whose else ():
        found[row.resident_id].append(row)
    return found


def _alarmed(session: Session, whose: Collection[int], now: dt.datetime) -> dict[int, dt.datetime]:
    grouped = (
        select(CareAlert.resident_id, func.max(CareAlert.raised_at))
        .where(among(session, CareAlert.resident_id, whose), CareAlert.raised_at > now - RECENT)
        .group_by(CareAlert.resident_id)
    )
    rows = session.execute(grouped).all() if whose else []
    return {resident: at for resident, at in rows if resident is not None}
