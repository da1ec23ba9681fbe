"""What an installation has decided about messages to many and notices: hours, limits, consent, and what they cost."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from clinic.tables import ConsentClass


@dataclass(frozen=True, slots=True)
class Contract:
    """The operator's bundle: a monthly fee with so many segments to its own phones, then a price each (yuan)."""

    monthly_fee: Decimal = Decimal("5400.00")
    included: int = 20_000
    on_net_price: Decimal = Decimal("0.08")
    off_net_price: Decimal = Decimal("0.10")
    on_net_prefixes: tuple[str, ...] = ("134", "135", "136", "137", "138", "139", "154")


@dataclass(frozen=True, slots=True)
class NoticeRules:
    """When notices come by themselves. `at`: the hour at which those of a day fall due.

    `closed`, `open`: days that are not, or are worked against the calendar. Of what is due on a day the family is told
    `before` days ahead, on the day, and so many days after it was overdue (`overdue`).
    """

    at: dt.time = dt.time(9)
    closed: tuple[dt.date, ...] = ()
    open: tuple[dt.date, ...] = ()
    vaccine_before: int = 7
    vaccine_overdue: tuple[int, ...] = (7, 21, 49, 105)
    care_before: int = 7
    care_overdue: tuple[int, ...] = (3, 14, 42)
    visit_eve: dt.time = dt.time(17)
    visit_hours: int = 2
    queue_near: int = 2


@dataclass(frozen=True, slots=True)
class CareRules:
    """Follow-up of chronic disease. `duty`: who is told of an emergency where no doctor and no centre can be.

    An alert that nobody has seen to is told again every `escalate_minutes`, so many times. Who has sent no reading for
    `silent_days` is at risk. `meters`: what meters with a SIM card write, by the names of their formats.
    """

    duty: str = ""
    escalate_minutes: int = 15
    escalate_times: int = 3
    silent_days: int = 60
    meters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BookingRules:
    """Limits that keep booking fair (0: none), and how long what is not settled is held.

    Visits that stand are counted: of a person (however many phones book for them) on a day, in a department and at all,
    of a phone at all; and what a phone has booked within a day, given up or not. A booking that is to be paid holds its
    place `hold_minutes`, one that was drawn `drawn_hours`. A place that came back is told to `offer_at_once` of those
    who wait, every `offer_minutes`. Whoever comes at most `late_minutes` late keeps their number.
    Sessions are made from the roster `roster_days` ahead, or as many as are needed for their release.
    A phone is shown to staff that books for more than `identities` people in a month, that is the one too many of
    `identity_phones` which book for one person, or whose places, given up while all were taken, the same phones have
    booked within minutes, `grabs` times in a month. A code that proves a phone is good for `code_minutes`, is sent
    again after `code_seconds` at the earliest, and bears `code_wrong` wrong tries; a phone gets `code_day` of them
    within a day.
    """

    person_day: int = 2
    person: int = 6
    person_department: int = 3
    phone: int = 12
    phone_day: int = 12
    hold_minutes: int = 15
    drawn_hours: int = 12
    offer_minutes: int = 15
    offer_at_once: int = 3
    late_minutes: int = 30
    roster_days: int = 28
    identities: int = 5
    identity_phones: int = 5
    grabs: int = 5
    code_minutes: int = 5
    code_seconds: int = 60
    code_wrong: int = 5
    code_day: int = 10


@dataclass(frozen=True, slots=True)
class Provider:
    """A mobile-money provider that visits can be paid through. `prefixes`: of the phones that it has (E.164,
    +86154...), none: any; `currencies`: what it takes, none: any."""

    name: str
    prefixes: tuple[str, ...] = ()
    currencies: tuple[str, ...] = ()

    def takes(self, phone: str, currency: str) -> bool:
        return (not self.prefixes or phone.startswith(self.prefixes)) and currency in (self.currencies or (currency,))


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules that broadcasts and notices keep; quiet hours are local to the installation, and each centre may have
    its own."""

    quiet_from: dt.time = dt.time(21)
    quiet_until: dt.time = dt.time(8)
    daily_limit: int = 2
    approve_above: int = 1000
    lifetime: dt.timedelta = dt.timedelta(hours=24)
    needs_consent: tuple[ConsentClass, ...] = ("commercial",)
    contract: Contract = field(default_factory=Contract)
    notices: NoticeRules = field(default_factory=NoticeRules)
    care: CareRules = field(default_factory=CareRules)
    booking: BookingRules = field(default_factory=BookingRules)
    providers: tuple[Provider, ...] = ()
