"""What comes out of the use cases of broadcasts: frozen, and the invoice so that it can be kept as JSON."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, get_args

from clinic.rules import Contract
from clinic.tables import BroadcastState, ConsentClass
from conf.texts.words import Language
from smpp.kinds import Encoding
from smpp.settings import LinkSettings

Reason = Literal[
    "no_phone", "invalid", "refused", "no_consent", "no_text", "duplicate", "daily_limit", "expires"
]  # fmt: skip
"""Why a member of the audience is no recipient: the first of these, in this order, that applies.

no_phone: nobody's phone is known. invalid: a number that gets no SMS (a fixed line, a short code). refused: has opted
out of this class. no_consent: the class needs consent, and there is none. no_text: a word of the text is missing, or
it gets longer than 10 segments with these words. duplicate: the phone is another recipient's before. daily_limit: the
phone has had enough broadcasts on the day when this would go. expires: quiet hours last until it is too late.
"""
REASONS: tuple[Reason, ...] = get_args(Reason)


@dataclass(frozen=True, slots=True)
class LinkShape:
    """A link that can send, as its settings describe it: how it cuts texts, whom it reaches, and how fast it is."""

    name: str
    settings: LinkSettings = field(compare=False)  # known by its name


@dataclass(frozen=True, slots=True)
class BroadcastView:
    """A broadcast. `owner` is a centre's code, "" is the city; `recipients` are its invoice's, None before it has one.

    `written` counts the messages that stand in the outbox, `all_written` tells that no more follow, `needs_approval`
    that a second person is waited for.
    """

    id: int
    title: str
    owner: str
    consent_class: ConsentClass
    expression: str
    texts: Mapping[Language, str]
    state: BroadcastState
    created_by: str
    created_at: dt.datetime
    start_at: dt.datetime | None
    expires_at: dt.datetime | None
    sent_by: str | None
    sent_at: dt.datetime | None
    approved_by: str | None
    approved_at: dt.datetime | None
    began_at: dt.datetime | None
    ended_at: dt.datetime | None
    recipients: int | None
    written: int
    all_written: bool

    @property
    def needs_approval(self) -> bool:
        return self.state == "waiting"


@dataclass(frozen=True, slots=True)
class Wait:
    """So many recipients are in the quiet hours of their centre (its code, "" for those without one) at the start."""

    centre: str
    until: dt.datetime
    recipients: int


@dataclass(frozen=True, slots=True)
class LanguageLine:
    """What goes out in one language. `encodings` counts recipients by the encoding of their text.

    `example` is the text of the first recipient, as it is sent.
    """

    language: Language
    recipients: int
    encodings: Mapping[Encoding, int]
    segments: int
    fewest: int  # segments of the shortest text
    most: int
    example: str


@dataclass(frozen=True, slots=True)
class Bill:
    """What segments cost by the contract, in yuan: `before` and `after` are the whole month's."""

    month: str  # 2027-03
    used_on_net: int  # segments of the month before this broadcast
    used_off_net: int
    on_net: int  # segments of this broadcast
    off_net: int
    before: Decimal
    after: Decimal

    @property
    def added(self) -> Decimal:
        """What this broadcast adds to the month's bill."""
        return self.after - self.before

    @property
    def segments(self) -> int:
        return self.on_net + self.off_net


@dataclass(frozen=True, slots=True)
class Invoice:
    """What a broadcast would do and cost if it was sent at `start_at`.

    `members` is the audience; `recipients` and `excluded` (every reason, in the order of REASONS) add up to it. `bill`
    counts by `contract`. `ends_at` None: nobody knows how fast the links are.
    """

    broadcast: int
    made_at: dt.datetime
    today: dt.date  # by which ages are counted
    digest: str  # of the draft, which must not change between the invoice and the sending
    start_at: dt.datetime
    expires_at: dt.datetime
    members: int
    recipients: int
    excluded: Mapping[Reason, int]
    waits: tuple[Wait, ...]
    languages: tuple[LanguageLine, ...]
    bill: Bill
    contract: Contract
    rate: float | None  # segments a second that are reckoned with
    ends_at: dt.datetime | None
    approval: bool  # a second person must approve

    @property
    def segments(self) -> int:
        return self.bill.segments


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the messages of a broadcast have been written; `of` are the recipients of the invoice."""

    state: BroadcastState
    written: int
    of: int

    @property
    def done(self) -> bool:
        """No more to write."""
        return self.state != "preparing"


@dataclass(frozen=True, slots=True)
class Screen:
    """What may be claimed of a broadcast now. Those in quiet hours have been put off, those who refused cancelled.

    `clear` False: claim nothing of it in this round, there is more to put off; ask again. `quiet`: centres that are in
    their quiet hours (None: messages of no centre), which are not to be claimed; `all_quiet_until`: every centre is,
    until this moment at least.
    """

    clear: bool
    quiet: frozenset[int | None] = frozenset()
    all_quiet_until: dt.datetime | None = None
    deferred: int = 0
    cancelled: int = 0
    expired: int = 0


@dataclass(frozen=True, slots=True)
class Going:
    """A broadcast that is sending now, and whose it is: centre None is the city's."""

    id: int
    centre_id: int | None


Cell = int | str | Decimal | dt.datetime | None


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the report. `key` is made for programs (excluded.refused), `label` for people; None: does not apply."""

    key: str
    label: str
    planned: Cell
    actual: Cell

    @property
    def differs(self) -> bool:
        """Both are known, and they are not the same."""
        return self.planned is not None and self.actual is not None and self.planned != self.actual


@dataclass(frozen=True, slots=True)
class Report:
    """The invoice and what really happened, line by line. `failures` counts failed messages by why they did."""

    broadcast: BroadcastView
    invoice: Invoice
    lines: tuple[Line, ...]
    bill: Bill  # of the segments that were really taken, upon what had been used when the invoice was made
    failures: Mapping[str, int]
    cancellations: Mapping[str, int]

    def line(self, key: str) -> Line:
        """Raises KeyError."""
        for line in self.lines:
            if line.key == key:
                return line
        raise KeyError(key)


@dataclass(frozen=True, slots=True)
class Moment:
    """A step of the report's chart: what happened in the `seconds` from `at` on."""

    at: dt.datetime
    sent: int
    delivered: int
    failed: int
