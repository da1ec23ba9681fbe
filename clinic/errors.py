"""What a use case can refuse. Each error knows what to tell the person and whether trying again helps."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final, Literal

from conf.texts.words import Word


class ClinicError(Exception):
    """`tell` is the key of the text for the resident; `retry` says that the same call may succeed later."""

    tell = "system.failed"
    retry = False

    @property
    def words(self) -> dict[str, Word]:
        """What the text is filled with."""
        return {}


Limit = Literal["person_day", "person_department", "person", "phone", "phone_day"]
LIMITS: Final[Mapping[Limit, str]] = {
    "person_day": "limit.person_day",
    "person_department": "limit.person_department",
    "person": "limit.person",
    "phone": "limit.phone",
    "phone_day": "limit.phone_day",
}
"""What is told of each limit of `clinic.rules.BookingRules`."""


class SessionFull(ClinicError):
    """No place is left in this clinic session."""

    tell = "visit.full"


class SessionClosed(ClinicError):
    """The clinic session is over, stopped, unknown, or not yet released."""

    tell = "visit.closed"


class AlreadyBooked(ClinicError):
    """This subscriber already holds a place for this person in this department on this day."""

    tell = "visit.already"


class NotPossible(ClinicError):
    """Refused without saying why, so that nobody learns whether a person is known."""

    tell = "visit.not_possible"


class NotCancellable(ClinicError):
    """The visit is used, cancelled, over, or not this subscriber's."""

    tell = "visit.not_cancellable"


class TooManyVisits(ClinicError):
    """This person, or this phone, has as many visits as one may have: `most` by this limit."""

    def __init__(self, limit: Limit, most: int) -> None:
        super().__init__(limit, most)
        self.tell = LIMITS[limit]
        self.most = most

    @property
    def words(self) -> dict[str, Word]:
        return {"most": self.most}


class Blocked(ClinicError):
    """This person, or this phone, may not book until after `last`, the last day of the block."""

    tell = "visit.blocked"

    def __init__(self, last: dt.date) -> None:
        super().__init__(last)
        self.last = last

    @property
    def words(self) -> dict[str, Word]:
        return {"last": self.last}


class MustBePaid(ClinicError):
    """Here a visit is booked only with its payment."""

    tell = "payment.required"


class NotEnough(ClinicError):
    """The account does not hold as much, or this phone has none."""

    tell = "account.not_enough"


class AlreadyRequested(ClinicError):
    """This subscriber has asked for a home visit to this person already, and it is still to come."""

    tell = "home.already"


class BadName(ClinicError):
    tell = "resident.bad_name"


class BadIdentity(ClinicError):
    tell = "resident.bad_identity"


class StoreBusy(ClinicError):
    """The database stayed locked or unreachable through several tries."""

    tell = "system.busy"
    retry = True
