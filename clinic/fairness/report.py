"""A month of it, by centre: who did not come, what was given up, who was blocked for it, and what was appealed."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from clinic import months
from clinic.fairness.absences import MISSED, WAS_GIVEN_UP
from clinic.rows import reads
from clinic.tables import Block, Centre, Department, Visit, Voucher
from conf.lengths import Length
from conf.texts.words import Name


@dataclass(frozen=True, slots=True)
class Line:
    """A centre's month. `visits` are those that were to be in it and were booked to the end, `noshow` of them nobody
    came to, `excused` of these by staff; `given_up` by who had booked, `late` of them too late. Blocks and appeals are
    of when they were made; those for all centres stand in a line of their own (`code` "")."""

    code: str
    centre: Name | None
    visits: int
    noshow: int
    excused: int
    given_up: int
    late: int
    blocks: int
    lifted: int
    appeals: int
    granted: int
    refused: int


@reads
def month(session: Session, *, first: dt.date, now: dt.datetime) -> list[Line]:
    """The month that begins on `first`: a line for each centre, and one for what holds at all of them."""
    last = months.after(first, Length(months=1))
    begins, ends = (dt.datetime.combine(day, dt.time(0), tzinfo=now.tzinfo) for day in (first, last))
    visits, blocked = _visits(session, first, last), _blocks(session, begins, ends)
    centres = session.execute(select(Centre.id, Centre.code, Centre.name_zh, Centre.name_en).order_by(Centre.code))
    lines = [
        _line(row.code, Name(row.name_zh, row.name_en), visits.get(row.id, {}), blocked.get(row.id, {}))
        for row in centres
    ]
    return [*lines, _line("", None, {}, blocked.get(None, {}))]


def _line(code: str, centre: Name | None, visits: dict[str, int], blocked: dict[str, int]) -> Line:
    counted = {**visits, **blocked}
    names = ("visits", "noshow", "excused", "given_up", "late", "blocks", "lifted", "appeals", "granted", "refused")
    return Line(code, centre, **{name: counted.get(name, 0) for name in names})


def _visits(session: Session, first: dt.date, last: dt.date) -> dict[int, dict[str, int]]:
    rows = session.execute(
        select(
            Department.centre_id,
            _count(Visit.state.in_(("arrived", "fulfilled", "noshow"))).label("visits"),
            _count(MISSED).label("noshow"),
            _count(and_(MISSED, Visit.excused_at.is_not(None))).label("excused"),
            _count(WAS_GIVEN_UP).label("given_up"),
            _count(and_(WAS_GIVEN_UP, Visit.cancelled_for == "late")).label("late"),
        )
        .join(Department, Department.id == Visit.department_id)
        .outerjoin(Voucher, Voucher.visit_id == Visit.id)
        .where(Visit.day >= first, Visit.day < last)
        .group_by(Department.centre_id)
    )
    return {row.centre_id: {name: row._mapping[name] for name in row._mapping if name != "centre_id"} for row in rows}


def _blocks(session: Session, begins: dt.datetime, ends: dt.datetime) -> dict[int | None, dict[str, int]]:
    appealed = and_(Block.appealed_at >= begins, Block.appealed_at < ends)
    made = and_(Block.since >= begins, Block.since < ends)
    rows = session.execute(
        select(
            Block.centre_id,
            _count(made).label("blocks"),
            _count(and_(made, Block.lifted_at.is_not(None))).label("lifted"),
            _count(appealed).label("appeals"),
            _count(and_(appealed, Block.appeal == "granted")).label("granted"),
            _count(and_(appealed, Block.appeal == "refused")).label("refused"),
        ).group_by(Block.centre_id)
    )
    return {row.centre_id: {name: row._mapping[name] for name in row._mapping if name != "centre_id"} for row in rows}


def _count(counted: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count().filter(counted)
