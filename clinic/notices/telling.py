"""A notice into the outbox: at its time, but not in the quiet hours of its centre, once for its occasion."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy.orm import Session

from clinic import hours, messages
from clinic.hours import Hours
from clinic.installation import Installation
from clinic.notices.people import Reached
from clinic.rules import Rules
from clinic.workdays import Workdays
from conf.texts.words import Word

LIFETIME = dt.timedelta(days=2)
"""How long a notice is worth sending, where it says nothing else."""


@dataclass(frozen=True, slots=True)
class Times:
    """When notices may go: quiet hours, working days, and the hour at which those of a day fall due.

    Loaded once for a batch. `now` is aware, in the installation's zone: its date is the centres' day.
    """

    hours: Hours
    workdays: Workdays
    at: dt.time
    now: dt.datetime

    @property
    def today(self) -> dt.date:
        return self.now.date()

    def due(self, centre: int | None, moment: dt.datetime | None = None) -> dt.datetime:
        """This moment, or now; after the centre's quiet hours where it lies in them."""
        wanted = max(moment, self.now) if moment else self.now
        return self.hours.until(centre, wanted) or wanted

    @property
    def is_worked(self) -> bool:
        """Whether what is told now comes on a working day: late in the evening it comes on the next day."""
        comes = self.of_day(None).astimezone(self.now.tzinfo).date()
        return self.workdays.is_one(self.today) and self.workdays.is_one(comes)

    def of_day(self, centre: int | None) -> dt.datetime:
        """When what belongs to today is told: at the hour of notices, or now where that is over."""
        return self.due(centre, dt.datetime.combine(self.today, self.at, self.now.tzinfo))


def times(session: Session, *, rules: Rules, installation: Installation, now: dt.datetime) -> Times:
    notices = rules.notices
    return Times(
        hours=hours.load(session, rules, installation.timezone),
        workdays=Workdays(installation.region, frozenset(notices.closed), frozenset(notices.open)),
        at=notices.at,
        now=now.astimezone(installation.timezone),
    )


@dataclass(frozen=True, slots=True)
class Telling:
    """What a batch of notices is told with, in one transaction."""

    session: Session
    when: Times
    installation: Installation

    @classmethod
    def of(cls, session: Session, *, rules: Rules, installation: Installation, now: dt.datetime) -> Telling:
        return cls(session, times(session, rules=rules, installation=installation, now=now), installation)


def notify(
    session: Session,
    *,
    occasion: str,
    to: Reached,
    resident_id: int | None,
    centre_id: int | None,
    key: str,
    when: Times,
    installation: Installation,
    due_at: dt.datetime | None = None,
    lifetime: dt.timedelta = LIFETIME,
    expires_at: dt.datetime | None = None,
    **words: Word,
) -> dt.datetime | None:
    """Tell `to` of a resident, once for this occasion: when it falls due, None where that would be too late.

    `occasion` needs no phone in it: the phone is added. `due_at` None: at the hour of notices.
    """
    due = when.due(centre_id, due_at) if due_at else when.of_day(centre_id)
    until = expires_at or due + lifetime
    if due >= until:
        return None
    messages.tell(
        session,
        occasion=f"{occasion}:{to.phone}",
        phone=to.phone,
        language=to.language,
        key=key,
        now=when.now,
        message_class="notice",
        channel=None,
        region=installation.region,
        due_at=due,
        expires_at=until,
        resident_id=resident_id,
        centre_id=centre_id,
        **words,
    )
    return due
