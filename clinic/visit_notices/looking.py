"""The scan: takes what is due to be looked at, tells what is to be told, and says when to look again.

A look finds out by itself what is due, so one that comes late, or twice, or after the settings have changed, tells what
is right then: of two reminders that were missed the last one only, and none of a visit that has begun.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from clinic.installation import Installation
from clinic.jobs import Found
from clinic.notices import Telling, Times
from clinic.rows import in_turn
from clinic.rules import NoticeRules, Rules
from clinic.tables import ClinicSession, Visit
from clinic.visit_notices import ended
from clinic.visit_telling import reminders
from clinic.visit_telling.moments import over, steps
from clinic.visit_telling.wording import codes, whole


def scan(session: Session, *, rules: Rules, installation: Installation, now: dt.datetime, most: int = 100) -> Found:
    """Look at up to `most` visits that are due to be looked at; how many notices were written.

    Two schedulers at once take turns; what a cancellation or a kiosk has in hand is passed over until the next run.
    """
    in_turn(session, "visit notices")
    telling = Telling.of(session, rules=rules, installation=installation, now=now)
    due = _due(session, telling.when, most)
    over_now = [visit for visit in due if over(visit, telling.when) <= telling.when.now]
    to_come = [visit for visit in due if over(visit, telling.when) > telling.when.now]
    told = _remind(telling, to_come, rules.notices) + ended.end(telling, over_now)
    return Found(told, more=len(due) == most)


def look_at(visit: Visit, when: Times, rules: NoticeRules) -> dt.datetime:
    """When something is to be told of it next, after now."""
    later = [step.at for step in steps(visit, when, rules) if step.at > when.now] if visit.state == "booked" else []
    return min([*later, over(visit, when)])


def _due(session: Session, when: Times, most: int) -> Sequence[Visit]:
    """Not those that are about to follow their session, which was stopped or moved: that is what they are told."""
    changed = select(ClinicSession.id).where(ClinicSession.change.is_not(None))
    return session.scalars(
        whole()
        .where(Visit.look_at.is_not(None), Visit.look_at <= when.now)
        .where(or_(Visit.state != "booked", Visit.clinic_session_id.not_in(changed)))
        .order_by(Visit.look_at, Visit.id)
        .limit(most)
        .with_for_update(of=Visit, skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()


def _remind(telling: Telling, visits: Sequence[Visit], rules: NoticeRules) -> int:
    """The last of the reminders that are due, of those that are still expected; how many."""
    when, told = telling.when, 0
    due = [
        (visit, reached[-1])
        for visit in visits
        if visit.state == "booked" and (reached := [step for step in steps(visit, when, rules) if step.at <= when.now])
    ]
    numbers = codes(telling.session, [visit for visit, _ in due])
    for visit, step in due:
        told += reminders.remind(telling, visit, step, numbers[visit.id])
    for visit in visits:
        visit.look_at = look_at(visit, when, rules) if visit.state in ended.ALIVE else None
    return told
