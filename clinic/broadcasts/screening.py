"""Who of an audience is a recipient, with what text and when: one set of decisions for the invoice and for the outbox.

Nothing is decided by a page's size or place: the same audience gives the same recipients in whatever pages it comes.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, Protocol

from sqlalchemy.orm import Session

from clinic import consent, hours
from clinic.audience import Member
from clinic.broadcasts import limits, wording
from clinic.broadcasts.numbers import Carriers, Numbers
from clinic.broadcasts.views import LinkShape, Reason
from clinic.installation import Installation
from clinic.rules import Rules
from clinic.tables import Broadcast, ConsentClass
from conf.texts.words import LANGUAGES, Language
from smpp import messages
from smpp.kinds import Encoding
from smpp.segments import STANDARD, Style, TextTooLong


class Recipient(NamedTuple):
    """A message of the broadcast, decided: made and measured. A tuple, for there are millions."""

    phone: str
    language: Language
    text: str
    encoding: Encoding
    segments: int
    on_net: bool
    due_at: dt.datetime
    centre_id: int | None


class Seen(Protocol):
    """The phones that are recipients already."""

    def look_up(self, phones: Iterable[str]) -> None:
        """Told before each page which phones will be asked for."""

    def __contains__(self, phone: str, /) -> bool: ...

    def add(self, phone: str) -> None: ...


class InMemory:
    """For a preview, which writes nothing: numbers, which take half the memory of texts (65 MB for a million)."""

    def __init__(self) -> None:
        self._numbers: set[int] = set()

    def look_up(self, phones: Iterable[str]) -> None:
        pass

    def __contains__(self, phone: str) -> bool:
        return int(phone) in self._numbers

    def add(self, phone: str) -> None:
        self._numbers.add(int(phone))


@dataclass(frozen=True, slots=True)
class Plan:
    """What is decided by: the broadcast, and the moments of its invoice."""

    broadcast: int
    centre_id: int | None
    consent_class: ConsentClass
    texts: Mapping[Language, str]  # with the way to refuse
    start_at: dt.datetime
    expires_at: dt.datetime

    @property
    def words(self) -> set[str]:
        """The placeholders of its texts: no other words are asked of an audience."""
        return {place.name for text in self.texts.values() for place in wording.parse(text).placeholders}


def plan(row: Broadcast, *, start_at: dt.datetime, expires_at: dt.datetime) -> Plan:
    texts = {
        language: wording.with_refusal(language, row.texts[language], row.consent_class)
        for language in LANGUAGES
        if row.texts.get(language)
    }
    return Plan(row.id, row.centre_id, row.consent_class, texts, start_at, expires_at)


class Screening:
    """Takes an audience page by page, in its order."""

    def __init__(
        self,
        session: Session,
        plan: Plan,
        *,
        rules: Rules,
        links: Sequence[LinkShape],
        installation: Installation,
        seen: Seen,
    ) -> None:
        self._session, self._plan, self._rules, self._seen = session, plan, rules, seen
        self._zone = installation.timezone
        self._numbers = Numbers(installation.region, rules.contract.on_net_prefixes)
        self.carriers = Carriers(links)
        styles = {messages.shape(link.settings) for link in links}
        self._only = styles.pop() if len(styles) == 1 else None
        self._templates = {language: wording.parse(text) for language, text in plan.texts.items()}
        other = next(iter(plan.texts))
        self._fallback = installation.language if installation.language in plan.texts else other
        self._measured: dict[tuple[str, Style], tuple[Encoding, int]] = {}
        self._dues: dict[int | None, tuple[dt.datetime, dt.date]] = {}
        self._needs_consent = plan.consent_class in rules.needs_consent
        self._said: dict[str, bool] = {}
        self._full: set[tuple[str, dt.date]] = set()

    @cached_property
    def hours(self) -> hours.Hours:
        return hours.load(self._session, self._rules, self._zone)

    def page(self, members: Sequence[Member]) -> tuple[list[Recipient], Counter[Reason]]:
        """The recipients among these members, in their order, and why the others are none."""
        phones = {member.phone for member in members if member.phone}
        self._look_up(phones)
        recipients: list[Recipient] = []
        excluded: Counter[Reason] = Counter()
        decide, add, keep = self._decide, self._seen.add, recipients.append
        for member in members:
            found = decide(member)
            if isinstance(found, Recipient):
                add(found[0])
                keep(found)
            else:
                excluded[found] += 1
        return recipients, excluded

    def _look_up(self, phones: set[str]) -> None:
        self._seen.look_up(phones)
        if self._plan.consent_class != "public":
            self._said = consent.standing(self._session, phones=phones, consent_class=self._plan.consent_class)
        if self._near_the_limit:
            self._full = limits.full(
                self._session,
                phones,
                days=self._days,
                zone=self._zone,
                besides=self._plan.broadcast,
                limit=self._rules.daily_limit,
            )

    def _decide(self, member: Member) -> Recipient | Reason:  # noqa: PLR0911  a reason, a return
        """The reasons in the order of `views.Reason`: the first that applies is the one that is counted."""
        phone = member.phone
        if not phone:
            return "no_phone"
        if not self._numbers.gets_sms(phone):
            return "invalid"
        said = self._said.get(phone)
        if said is False:
            return "refused"
        if not said and self._needs_consent:
            return "no_consent"
        made = self._made(member, phone)
        if made is None:
            return "no_text"
        if phone in self._seen:
            return "duplicate"
        centre = member.centre_id if member.centre_id is not None else self._plan.centre_id
        due_at, day = self._dues.get(centre) or self._due(centre)
        if self._full and (phone, day) in self._full:
            return "daily_limit"
        if due_at >= self._plan.expires_at:
            return "expires"
        return Recipient(phone, *made, self._numbers.on_net(phone), due_at, centre)

    def _made(self, member: Member, phone: str) -> tuple[Language, str, Encoding, int] | None:
        """Its language, text, encoding and segments; None where a word is missing, or it gets too long."""
        language = member.language
        if language not in self._templates:
            language = self._fallback
        template = self._templates[language]
        text = template.fill(language, member.words)
        if text is None:
            return None
        style = self._only or self._style(phone)
        try:
            encoding, count = wording.measure(text, style) if template.placeholders else self._once(text, style)
        except TextTooLong:
            return None
        return None if count > wording.MOST_SEGMENTS else (language, text, encoding, count)

    def _once(self, text: str, style: Style) -> tuple[Encoding, int]:
        """Measured once for all, where everybody gets the same."""
        size = self._measured.get((text, style))
        if size is None:
            size = self._measured[text, style] = wording.measure(text, style)
        return size

    def _style(self, phone: str) -> Style:
        """How the link that will carry it cuts texts; where all do alike (`_only`), nobody is asked."""
        links = self.carriers.of(phone)
        return messages.shape(links[0].settings) if links else STANDARD

    def _due(self, centre: int | None) -> tuple[dt.datetime, dt.date]:
        """When a message goes to this centre's people, and which local day that is."""
        if centre not in self._dues:
            due = self.hours.until(centre, self._plan.start_at) or self._plan.start_at
            self._dues[centre] = due, due.astimezone(self._zone).date()
        return self._dues[centre]

    @cached_property
    def _days(self) -> list[dt.date]:
        """The days on which messages of it fall due."""
        return sorted({self._due(centre)[1] for centre in (None, *self.hours.own)})

    @cached_property
    def _near_the_limit(self) -> bool:
        return limits.can_be_reached(
            self._session, self._days, zone=self._zone, besides=self._plan.broadcast, limit=self._rules.daily_limit
        )
