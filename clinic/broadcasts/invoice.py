"""The preview of a broadcast: an invoice, counted without writing anything."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, TypeVar

import msgspec
from sqlalchemy.orm import Session

from clinic import audience
from clinic.broadcasts import drafts, duration, price
from clinic.broadcasts.errors import NotNow
from clinic.broadcasts.screening import InMemory, Plan, Recipient, Screening, plan
from clinic.broadcasts.views import REASONS, Bill, Invoice, LanguageLine, LinkShape, Reason, Wait
from clinic.hours import Span
from clinic.installation import Installation
from clinic.rows import reads
from clinic.rules import Rules
from clinic.tables import Broadcast, Centre
from conf.texts.words import LANGUAGES, Language
from smpp.kinds import Encoding

PAGE = 5_000
Key = TypeVar("Key")


@reads
def invoice(
    session: Session,
    *,
    broadcast: int,
    rules: Rules,
    links: Sequence[LinkShape],
    now: dt.datetime,
    installation: Installation,
    start_at: dt.datetime | None = None,
    progress: Callable[[int], None] = lambda members: None,  # noqa: ARG005
) -> Invoice:
    """What the broadcast would do and cost if it began at `start_at` (None, or past: now).

    `progress` is told how many members have been looked at. Raises NoSuchBroadcast, BadDraft where the audience no
    longer has what the text needs, NotNow where it has been sent already (`sending.shown` gives its invoice).
    """
    row = drafts.find(session, broadcast)
    if row.state != "draft":
        raise NotNow(f"broadcast {broadcast} is {row.state}; its invoice is kept, `caredial broadcast report` shows it")
    start = max(start_at or now, now)
    decided = plan(row, start_at=start, expires_at=start + rules.lifetime)
    screening = Screening(session, decided, rules=rules, links=links, installation=installation, seen=InMemory())
    totals, expression, after = Totals(screening), drafts.checked(session, row), None
    today = start.astimezone(installation.timezone).date()
    while page := audience.members(session, expression, today=today, after=after, most=PAGE, words=decided.words):
        totals.add(*screening.page(page))
        after = page[-1].key
        progress(totals.members)
    speed, ends_at = _duration(session, totals, decided, installation)
    return Invoice(
        broadcast=broadcast,
        made_at=now,
        today=today,
        digest=digest(row),
        start_at=start,
        expires_at=decided.expires_at,
        members=totals.members,
        recipients=totals.recipients,
        excluded={reason: totals.excluded[reason] for reason in REASONS},
        waits=totals.waits(session, start),
        languages=totals.lines(),
        bill=_bill(session, totals, rules, price.month_of(start, installation.timezone)),
        contract=rules.contract,
        rate=speed,
        ends_at=ends_at,
        approval=totals.recipients > rules.approve_above,
    )


def _bill(session: Session, totals: Totals, rules: Rules, month: str) -> Bill:
    segments, used = totals.segments, price.used(session, month)
    return price.bill(rules.contract, month=month, used=used, on_net=segments[True], off_net=segments[False])


def _duration(
    session: Session, totals: Totals, decided: Plan, installation: Installation
) -> tuple[float | None, dt.datetime | None]:
    """How many segments a second all links together send, and when the last is sent; None where nobody knows."""
    load, zone = totals.load, installation.timezone
    speeds = {carried: duration.rate(session, carried) for carried, _ in load}
    known = {carried: speed for carried, speed in speeds.items() if speed is not None}
    if not known or len(known) < len(speeds):
        return None, None
    return sum(known.values()), duration.end(load, known, start=decided.start_at, until=decided.expires_at, zone=zone)


class _Alike(NamedTuple):
    """What recipients have in common who make no difference to the invoice."""

    carried: int  # which links carry them, a key of `Totals._links`
    centre_id: int | None
    due_at: dt.datetime
    language: Language
    encoding: Encoding
    segments: int
    on_net: bool


class Totals:
    """The sums of an invoice, page by page."""

    def __init__(self, screening: Screening) -> None:
        self._screening = screening
        self.members = 0
        self.excluded: Counter[Reason] = Counter()
        self._counts: Counter[tuple[Any, ...]] = Counter()
        self._links: dict[int, tuple[LinkShape, ...]] = {}
        self._examples: dict[Language, str] = {}

    def add(self, recipients: Sequence[Recipient], excluded: Counter[Reason]) -> None:
        self.members += len(recipients) + excluded.total()
        self.excluded.update(excluded)
        carries, links, counts = self._screening.carriers.of, self._links, self._counts
        for phone, language, text, encoding, segments, on_net, due_at, centre_id in recipients:
            carried = carries(phone)
            links[id(carried)] = carried  # the same few tuples each time
            counts[id(carried), centre_id, due_at, language, encoding, segments, on_net] += 1
            if language not in self._examples:
                self._examples[language] = text

    @property
    def recipients(self) -> int:
        return self._counts.total()

    @property
    def segments(self) -> Counter[bool]:
        """By whether they are on-net."""
        return self._sum(lambda alike: alike.on_net)

    @property
    def load(self) -> Counter[tuple[tuple[LinkShape, ...], Span]]:
        """Segments by the links that carry them and the quiet hours that they keep."""
        hours = self._screening.hours
        return self._sum(lambda alike: (self._links[alike.carried], hours.span(alike.centre_id)))

    def _groups(self) -> Iterator[tuple[_Alike, int]]:
        return ((_Alike(*key), count) for key, count in self._counts.items())

    def _sum(self, by: Callable[[_Alike], Key]) -> Counter[Key]:
        """Segments of recipients who have this in common."""
        sums: Counter[Key] = Counter()
        for alike, count in self._groups():
            sums[by(alike)] += alike.segments * count
        return sums

    def lines(self) -> tuple[LanguageLine, ...]:
        return tuple(self._line(language) for language in LANGUAGES if language in self._examples)

    def _line(self, language: Language) -> LanguageLine:
        groups = [(alike, count) for alike, count in self._groups() if alike.language == language]
        encodings: Counter[Encoding] = Counter()
        for alike, count in groups:
            encodings[alike.encoding] += count
        return LanguageLine(
            language=language,
            recipients=sum(count for _, count in groups),
            encodings=dict(encodings),
            segments=sum(alike.segments * count for alike, count in groups),
            fewest=min(alike.segments for alike, _ in groups),
            most=max(alike.segments for alike, _ in groups),
            example=self._examples[language],
        )

    def waits(self, session: Session, start: dt.datetime) -> tuple[Wait, ...]:
        """Those who wait for the end of quiet hours, by centre."""
        waiting: Counter[tuple[str, dt.datetime]] = Counter()
        for alike, count in self._groups():
            if alike.due_at > start:
                centre = None if alike.centre_id is None else session.get_one(Centre, alike.centre_id)
                waiting["" if centre is None else centre.code, alike.due_at] += count
        return tuple(Wait(*key, count) for key, count in sorted(waiting.items()))


def digest(row: Broadcast) -> str:
    """Tells whether a draft is still the one that an invoice was made of."""
    what = [row.centre_id, row.consent_class, row.expression, row.texts]
    return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()[:16]


def as_json(made: Invoice) -> dict[str, Any]:
    """The invoice as it is kept with its broadcast; amounts and moments are texts."""
    plain: dict[str, Any] = msgspec.to_builtins(made, str_keys=True)
    return plain


def from_json(kept: dict[str, Any]) -> Invoice:
    return msgspec.convert(kept, Invoice)
