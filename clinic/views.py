"""What use cases give back: frozen, with typed words, safe to hand to another thread."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from conf.texts.words import Half, Money, Name


@dataclass(frozen=True, slots=True)
class CentreView:
    id: int
    code: str
    name: Name


@dataclass(frozen=True, slots=True)
class DepartmentView:
    """`left` counts the places that can be booked now, over all its open sessions."""

    id: int
    name: Name
    left: int


@dataclass(frozen=True, slots=True)
class SessionView:
    id: int
    day: dt.date
    half: Half
    starts: dt.time
    practitioner: Name | None
    left: int
    fee: Money


@dataclass(frozen=True, slots=True)
class PersonView:
    id: int
    name: str
    is_self: bool


@dataclass(frozen=True, slots=True)
class Expected:
    """Called at about `at`; in eight of ten cases between `earliest` and `latest`."""

    at: dt.datetime
    earliest: dt.datetime
    latest: dt.datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """A visit's place in its queue. `called`: the number called last, 0 where none was; `ahead`: those before it who
    are there or may still come. `state`: waits, called (in the room), passed, to_come, over."""

    visit: int
    queue: int
    state: str
    in_all: int
    seen: int
    called: int
    ahead: int
    expected: Expected | None
    room: str


@dataclass(frozen=True, slots=True)
class VisitView:
    """A visit as its booker sees it. `ahead`: people before them in the queue; `standing`: of one of today, that is
    looked at, where it stands there.

    One that is pending has no T-code ("") until it is paid, by `hold_until`.
    """

    id: int
    queue: int
    state: str
    name: str
    centre: Name
    department: Name
    practitioner: Name | None
    day: dt.date
    half: Half
    starts: dt.time
    fee: Money
    ahead: int
    number: str
    link: str
    pays: str = "counter"
    paid: Money = Money(0)  # noqa: RUF009  frozen
    hold_until: dt.datetime | None = None
    standing: Standing | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class AccountView:
    """A temporary account, as a phone that may pay from it sees it."""

    id: int
    centre: Name
    name: str
    balance: Money


@dataclass(frozen=True, slots=True)
class AccountLine:
    """What went into an account (above 0) or out of it. `kind`: topup, payout, charge, refund."""

    at: dt.datetime
    kind: str
    amount: Money
    after: Money


@dataclass(frozen=True, slots=True)
class VoucherView:
    """A T-code as a page, a kiosk or a slip shows it."""

    id: int
    number: str
    token: str
    state: str
    used_at: dt.datetime | None
    language: str
    visit: int
    queue: int
    centre: int
    centre_name: Name
    department: Name
    room: str
    practitioner: Name | None
    day: dt.date
    half: Half
    starts: dt.time
    patient_name: str


@dataclass(frozen=True, slots=True)
class KioskView:
    id: int
    name: str
    centre: int
    centre_name: Name


@dataclass(frozen=True, slots=True)
class HomeVisitView:
    """A request for staff to come. `state`: active, completed, revoked."""

    id: int
    name: str
    phone: str
    centre: Name
    state: str
    requested_at: dt.datetime
    closed_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class AlarmView:
    """Whom to ring: `duty_phone` is "" where nobody is on duty, `centre` None where it is not a centre's."""

    id: int
    duty_phone: str
    centre: Name | None


@dataclass(frozen=True, slots=True)
class DoseView:
    """A dose that was given. `vaccine` is its code, which the texts name, or the name where they have none (another
    product); `dose` counts from 1."""

    vaccine: str | Name
    dose: int
    day: dt.date


@dataclass(frozen=True, slots=True)
class IncompleteView:
    """A resident whose name was only spoken: `recording` names the file, without folder or extension."""

    id: int
    name: str
    recording: str
    sex: str
    birth: dt.date
    phones: tuple[str, ...]
    registered_at: dt.datetime
