"""Reminders of vaccines, which come by themselves: a scan over the children whose day to be looked at has come.

A batch is a transaction: children are claimed, judged, told of (`clinic.children.telling`), and their next day is set.
So a scan can stop between two batches, two nodes can share it, and its memory does not grow with the children.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import Select, bindparam, delete, func, select, update
from sqlalchemy.orm import Session

from clinic.batches import among
from clinic.children import records, stages
from clinic.children.stages import DAY
from clinic.children.telling import File, Looked, Round, tell
from clinic.installation import Installation
from clinic.jobs import Found
from clinic.notices import times
from clinic.rows import gives_way
from clinic.rules import NoticeRules, Rules
from clinic.tables import ChildFile, Resident, VaccineReminder
from clinic.tables.children import Standing
from clinic.vaccines.due import due
from clinic.vaccines.today import next_look

MOST, MOST_TOLD = 100, 50
"""Children that a batch looks at, and writes to: a message takes longer than a look, and others wait for SQLite's lock
meanwhile. Batches of 400 would be a fifth cheaper, and hold it for three times as long."""


@gives_way
def scan(session: Session, *, rules: Rules, installation: Installation, now: dt.datetime, most: int = MOST) -> Found:
    """Look at up to `most` children whose day has come; how many messages that made, and whether there may be more.

    On a day off nobody is looked at, nor so late on its eve that it would be told then: the next working day does it.
    """
    when = times(session, rules=rules, installation=installation, now=now)
    if not when.is_worked:
        return Found(0, more=False)
    files = _claimed(session, when.today, most)
    looked = _looked_at(session, files, when.today, rules.notices)
    due_now = [one for one in looked if one.steps]
    written = tell(Round(session, when, rules.notices, installation), due_now[:MOST_TOLD])
    put_off = {one.file.id for one in due_now[MOST_TOLD:]}
    _look_again(session, [file for file in files if file.id not in put_off], looked)
    return Found(written, more=len(files) == most or bool(put_off))


def _claimed(session: Session, today: dt.date, most: int) -> list[File]:
    """The next children, in the order of their days; those that another node has claimed are left to it."""
    rows = session.execute(_due_files(today, most))
    return [File(number, resident, centre, standing == "active") for number, resident, centre, standing in rows]


def _due_files(today: dt.date, most: int) -> Select[int, int, int | None, Standing]:
    return (
        select(ChildFile.id, ChildFile.resident_id, Resident.centre_id, ChildFile.standing)
        .join(Resident, Resident.id == ChildFile.resident_id)
        .where(ChildFile.look_on.is_not(None), ChildFile.look_on <= today)
        .order_by(ChildFile.look_on, ChildFile.id)
        .limit(most)
        .with_for_update(of=ChildFile, skip_locked=True)
    )


def _looked_at(session: Session, files: Iterable[File], today: dt.date, rules: NoticeRules) -> list[Looked]:
    active = {file.resident: file for file in files if file.is_active}
    if not active:
        return []
    told = _told(session, active)
    found, put_off = [], []
    for resident, child in records.load(session, residents=active).items():
        dues = due(child, today)
        for dose in stages.put_off(dues, told.get(resident, {}), today):
            told[resident][dose] = stages.BEFORE
            put_off.append((resident, *dose))
        days = [stages.next_day(dues, today, rules), next_look(child, today, dues)]
        steps = stages.reached(dues, told.get(resident, {}), today, rules)
        if any(given.day == today for given in child.doses):
            # Who was there today need not come today: what else could have been given was seen to.
            steps = [step for step in steps if step.on > today]
            days.append(today + DAY)
        found.append(Looked(active[resident], child, dues, steps, min(filter(None, days), default=None)))
    _forget_now(session, put_off)
    return found


def _forget_now(session: Session, doses: Iterable[tuple[int, str, int]]) -> None:
    """That these can be given is to be told once more, on the new day. That they will be was told with it."""
    for resident, series, dose in doses:
        its = (VaccineReminder.resident_id == resident, VaccineReminder.series == series, VaccineReminder.dose == dose)
        forgotten = delete(VaccineReminder).where(*its, VaccineReminder.stage > stages.BEFORE)
        session.execute(forgotten, execution_options={"synchronize_session": False})


def _told(session: Session, residents: Collection[int]) -> dict[int, dict[tuple[str, int], int]]:
    rows = session.execute(
        select(
            VaccineReminder.resident_id, VaccineReminder.series, VaccineReminder.dose, func.max(VaccineReminder.stage)
        )
        .where(among(session, VaccineReminder.resident_id, residents))
        .group_by(VaccineReminder.resident_id, VaccineReminder.series, VaccineReminder.dose)
    )
    found: dict[int, dict[tuple[str, int], int]] = {}
    for resident, series, dose, stage in rows:
        found.setdefault(resident, {})[series, dose] = stage
    return found


def _look_again(session: Session, files: Iterable[File], looked: Iterable[Looked]) -> None:
    """Children who are not looked after any more are not looked at again, until somebody changes their file."""
    days = {one.file.id: one.next_on for one in looked}
    table: Any = ChildFile.__table__
    rows = [{"of": file.id, "day": days.get(file.id)} for file in files]
    if rows:
        changed = update(table).where(table.c.id == bindparam("of")).values(look_on=bindparam("day"))
        session.connection().execute(changed, rows)
