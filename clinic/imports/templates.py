"""Importing the weekly roster: what one row of templates.csv does."""

from __future__ import annotations

import re
from dataclasses import replace

from sqlalchemy import or_, select

from clinic.imports import values
from clinic.imports.places import HOURS
from clinic.imports.rows import BadRow, Import, Row, known_department, known_practitioner
from clinic.sessions import templates
from clinic.sessions.templates import DAYS, BadTemplate, Terms
from clinic.tables import SessionTemplate

BY = "import"
RELEASE = "-7d 07:00"


def template(context: Import, row: Row) -> None:
    """Add a line to the roster; one that is there for the same people, weekday and half day gets these terms instead,
    and keeps its first day."""
    terms, now = _terms(context, row), context.now
    known = context.session.scalars(
        select(SessionTemplate)
        .where(
            SessionTemplate.department_id == terms.department,
            SessionTemplate.practitioner_id.is_(None)
            if terms.practitioner is None
            else SessionTemplate.practitioner_id == terms.practitioner,
            SessionTemplate.weekday == terms.weekday,
            SessionTemplate.half == terms.half,
            or_(SessionTemplate.valid_until.is_(None), SessionTemplate.valid_until >= now.date()),
        )
        .order_by(SessionTemplate.valid_from.desc())
        .limit(1)
    ).one_or_none()
    try:
        if known is None:
            templates.add(context.session, terms=terms, by=BY, now=now)
        else:
            terms = replace(terms, valid_from=known.valid_from)
            templates.change(context.session, template=known.id, terms=terms, by=BY, now=now)
    except BadTemplate as error:
        raise BadRow(str(error)) from error


def _terms(context: Import, row: Row) -> Terms:
    department, half, today = known_department(context, row), row["half"], context.now.date()
    if half not in HOURS:
        raise BadRow(f"half: {half!r} is neither am nor pm")
    if row["weekday"] not in DAYS:
        raise BadRow(f"weekday: {row['weekday']!r} is neither of {', '.join(DAYS)}")
    release_days, release_at = values.before(row.get("release") or RELEASE, "release")
    flow_days, flow_at = values.before(row["flow"], "flow") if row.get("flow") else (0, None)
    return Terms(
        department=department.id,
        practitioner=known_practitioner(context, department, row["practitioner"]),
        weekday=DAYS.index(row["weekday"]),
        half="am" if half == "am" else "pm",
        starts=values.time(row.get("starts") or HOURS[half][0].isoformat(), "starts"),
        ends=values.time(row.get("ends") or HOURS[half][1].isoformat(), "ends"),
        capacity=values.whole(row, "capacity"),
        fee=values.fee(row["fee"], department.centre.currency),
        valid_from=values.day(row["from"] or today.isoformat(), today),
        valid_until=values.day(row["until"], today) if row.get("until") else None,
        kind=row.get("kind") or "general",
        release_days=release_days,
        release_at=release_at,
        draw_hours=_hours(row),
        shares=values.shares(row),
        flow_days=flow_days,
        flow_at=flow_at,
    )


def _hours(row: Row) -> int | None:
    written = row.get("draw_hours", "")
    if written and not re.fullmatch(r"\d{1,3}", written):
        raise BadRow(f"draw_hours: {written!r} is neither empty nor a number of hours")
    return int(written) if written else None
