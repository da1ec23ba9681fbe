"""The caller's side of the outbox: messages that are told by telephone. Claim, dial, settle, recover.

A claim is committed before the dial, and the call with its name (`calls.begin`) too: after a crash a message that was
claimed is one of which nobody knows whether it was heard, and its class tells whether it is told once more.

A phone has one call at a time, and codes go before answers, answers before notices. Broadcasts call nobody.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from sqlalchemy import ColumnElement, Select, and_, false, func, not_, or_, select, text, update
from sqlalchemy.orm import Session, aliased

from clinic import calls
from clinic.hours import Span, quiet_until
from clinic.messages import INSTEAD, LATE, LIFETIME, TIMELY, add_once
from clinic.outbox import LEASE, LONGEST_ERROR, MOST_ROUNDS, MOST_UNANSWERED, begins_with
from clinic.outbox.quiet import awake
from clinic.rows import in_turn, reads, rows_changed
from clinic.rules import Rules
from clinic.speech import BadSpeech, Speech, plain, thaw
from clinic.tables import NOT_COME, TO_CALL, Call, Message
from smpp.kinds import MessageClass

Outcome = Literal["heard", "busy", "no_answer", "rejected", "congestion", "unreachable", "unheard", "failed"]
"""What became of a call: `unreachable` there is no such number, `unheard` nobody listened, `failed` our own fault."""
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
PLANNED: tuple[Outcome, ...] = ("busy", "no_answer", "rejected", "congestion", "unheard")
"""After which it may be dialled again."""

URGENT: tuple[MessageClass, ...] = ("code", "answer")
# Who has asked for an answer waits for it, but not for its third try in the middle of the night.
WAITED_FOR = dt.timedelta(minutes=10)
"""What somebody waits for: it is told in the quiet hours too."""
CLASSES: tuple[MessageClass, ...] = (*URGENT, "notice")
# A call that has not ended by now never will be told to have: its gateway died.
LONGEST_CALL = dt.timedelta(hours=4)
LONGEST_OCCASION = 120  # characters, as the table has it


@dataclass(frozen=True, slots=True)
class Trunk:
    """A way out: numbers that begin with one of `prefixes` (none: all), and how many more calls there is `room` for.

    A trunk that is down is told with no room: numbers that no trunk fits fail at once.
    """

    name: str
    prefixes: tuple[str, ...] = ()
    room: int = 1

    def fits(self, phone: str) -> int | None:
        """The digits of the longest prefix that the phone begins with, or None."""
        digits = phone.removeprefix("+")
        lengths = [len(each) for each in self._digits() if digits.startswith(each)]
        return max(lengths, default=None)

    def carries(self) -> ColumnElement[bool]:
        return or_(*(begins_with(each) for each in self._digits()))

    def _digits(self) -> list[str]:
        return [each.removeprefix("+") for each in self.prefixes] or [""]


@dataclass(frozen=True, slots=True)
class OutgoingCall:
    """A claimed message: what is to be said to whom, over which trunk. `attempts` were made before."""

    id: int
    phone: str
    speech: Speech
    text: str
    message_class: MessageClass
    attempts: int
    expires_at: dt.datetime
    trunk: str


def claim(
    session: Session,
    *,
    caller: str,
    trunks: Sequence[Trunk],
    most: int,
    now: dt.datetime,
    quiet: bool,
    rules: Rules | None = None,
) -> list[OutgoingCall]:
    """Claim up to `most` messages that are to be told by voice now, over these trunks (all that there are).

    One for each phone at most, and none for a phone that is on a call. A number goes over the trunk with the longest
    prefix that has room, of equal ones that with most room. In `quiet` hours nobody is called but with a code, or with
    an answer that has been asked for a moment ago; nor, by the `rules`, with a notice of a centre that is quiet.
    """
    in_turn(session, "calls that we make")  # or two callers would claim different messages for one phone
    expire(session, now=now)
    room = Counter({trunk.name: trunk.room for trunk in trunks})
    claimed: list[OutgoingCall] = []
    for message_class in URGENT if quiet else CLASSES:
        for _ in range(MOST_ROUNDS if trunks else 0):
            wanted = most - len(claimed)
            due = _due(message_class, trunks, room, now, quiet=quiet)
            if message_class == "notice" and rules is not None:
                due = due.where(*awake(session, rules, now))
            rows = session.scalars(due.limit(wanted)).all() if wanted > 0 else []
            claimed += _claimed(rows, trunks, room, caller, now)
            if len(rows) < wanted or len(claimed) >= most:
                break
    return claimed


def _due(
    message_class: MessageClass, trunks: Sequence[Trunk], room: Counter[str], now: dt.datetime, *, quiet: bool
) -> Select[Message]:
    """What can go of this class, and what never will: of each phone all, though only one may."""
    awaited = [
        Message.created_at > now - WAITED_FOR,
        Message.attempts == 0,
        not_(Message.occasion.startswith(INSTEAD)),
    ]
    called, on_call = aliased(Message), Call.started_at > now - LONGEST_CALL
    calling = select(called.phone).where(called.channel == "voice", called.state == "sending")
    with_room = [trunk.carries() for trunk in trunks if room[trunk.name] > 0]
    ever = [trunk.carries() for trunk in trunks]
    return (
        select(Message)
        .where(text(TO_CALL), Message.message_class == message_class, Message.due_at <= now)
        .where(or_(false(), *with_room, not_(or_(false(), *ever))))
        .where(*(awaited if quiet and message_class == "answer" else []))
        .where(Message.phone.not_in(calling))
        .where(Message.phone.not_in(select(Call.phone).where(Call.ended_at.is_(None), on_call)))
        .order_by(Message.due_at, Message.id)
        .with_for_update(skip_locked=True)
    )


def _claimed(
    rows: Sequence[Message], trunks: Sequence[Trunk], room: Counter[str], caller: str, now: dt.datetime
) -> list[OutgoingCall]:
    claimed: dict[str, OutgoingCall] = {}
    for row in rows:
        fitting = [
            (length, room[trunk.name], trunk) for trunk in trunks if (length := trunk.fits(row.phone)) is not None
        ]
        free = [entry for entry in fitting if entry[1] > 0]
        if not fitting:
            row.state, row.error = "failed", "no trunk carries this number"
        elif free and row.phone not in claimed:
            _, _, trunk = max(free, key=lambda entry: entry[:2])
            room[trunk.name] -= 1
            claimed[row.phone] = _outgoing(row, trunk.name)
            row.state, row.claimed_by, row.claimed_at = "sending", caller, now
            row.attempts += 1
    return list(claimed.values())


def _outgoing(row: Message, trunk: str) -> OutgoingCall:
    return OutgoingCall(
        row.id, row.phone, _speech(row), row.text, row.message_class, row.attempts, row.expires_at, trunk
    )


def _speech(row: Message) -> Speech:
    """What was kept, if it can be read: the text itself can always be spoken."""
    try:
        return thaw(row.speech, row.text)
    except BadSpeech:
        return plain(row.text)


def expire(session: Session, *, now: dt.datetime) -> None:
    """Give up what nobody was called with in time."""
    session.execute(update(Message).where(text(TO_CALL), Message.expires_at <= now).values(state="expired"))


def dialled(
    session: Session, *, caller: str, message: int, server: str, uniqueid: str, trunk: str, now: dt.datetime
) -> int | None:
    """Write down the call before it is dialled: the number of its record. None: it is not ours any more, do not dial.

    `server` and `uniqueid` are what Asterisk will know it by (`calls.begin`).
    """
    mine = (Message.id == message, Message.state == "sending", Message.claimed_by == caller)
    row = session.scalars(select(Message).where(*mine).with_for_update()).one_or_none()
    if row is None:
        return None
    row.claimed_at = now
    return calls.begin(
        session,
        server=server,
        uniqueid=uniqueid,
        direction="out",
        phone=row.phone,
        trunk=trunk,
        message=message,
        now=now,
    )


def put_back(session: Session, *, caller: str, message: int, due_at: dt.datetime) -> None:
    """A claimed message that was not dialled after all (its trunk went down) waits until then; no attempt was made."""
    mine = (Message.id == message, Message.state == "sending", Message.claimed_by == caller)
    again = {"state": "queued", "due_at": due_at, "attempts": Message.attempts - 1}
    session.execute(update(Message).where(*mine).values(again))


@dataclass(frozen=True, slots=True)
class Dialled:
    """A call that was dialled by a gateway before: its record, when that was, and what it is to tell."""

    call: int
    dialled_at: dt.datetime
    message: OutgoingCall


@reads
def dialled_before(session: Session, *, message: int, server: str, uniqueid: str) -> Dialled | None:
    """What a live call with this name is there for; None where its message has been settled, or dialled anew since."""
    row = session.scalars(select(Message).where(Message.id == message, Message.state == "sending")).one_or_none()
    call = session.scalars(select(Call).where(Call.message_id == message).order_by(Call.id.desc()).limit(1)).first()
    if row is None or call is None or (call.server, call.uniqueid) != (server, uniqueid):
        return None
    return Dialled(call.id, call.started_at, _outgoing(row, call.trunk))


def settle(
    session: Session,
    *,
    message: int,
    outcome: Outcome,
    dialled_at: dt.datetime,
    plans: Mapping[str, Sequence[int]],
    quiet: Span,
    now: dt.datetime,
    call: int | None = None,
    path: Sequence[str] = (),
    cause: int | None = None,
) -> None:
    """Record what became of a call that was dialled at that moment; perhaps it is dialled again.

    `call` is its record, which ends with it: see `calls.end`.

    `plans`: for each outcome the seconds from the first, second, ... dial that ended so to the next one; at the end of
    the plan the message has failed. What has no plan is not dialled again, but our own fault goes by that of
    congestion. Calls are counted by their records, this one may be ended already. `now` is local: a notice waits for
    the end of the `quiet` hours.
    """
    if call is not None:
        calls.end(session, call=call, outcome=outcome, path=path, now=now, cause=cause)
    row = session.scalars(select(Message).where(Message.id == message).with_for_update()).one()
    if outcome == "heard":
        row.state, row.error = "delivered", None  # whoever has it by now: nobody is told twice
    elif row.state == "sending":
        seconds = _wait(session, message, outcome, dialled_at, plans)
        retry_at = None if seconds is None else _retry_at(row, dialled_at, seconds, quiet, now)
        again = retry_at is not None and retry_at < row.expires_at
        row.state, row.error = "queued" if again else "failed", outcome[:LONGEST_ERROR]
        row.due_at = retry_at if again and retry_at else row.due_at


def _wait(
    session: Session, message: int, outcome: Outcome, dialled_at: dt.datetime, plans: Mapping[str, Sequence[int]]
) -> int | None:
    """Seconds from the dial to the next one, None where there is none."""
    earlier = select(func.count()).where(
        Call.message_id == message, Call.outcome == outcome, Call.started_at < dialled_at
    )
    plan = plans.get(outcome, plans.get("congestion", ()) if outcome == "failed" else ())
    made = session.scalar(earlier) or 0
    return plan[made] if outcome != "unreachable" and made < len(plan) else None


def _retry_at(row: Message, dialled_at: dt.datetime, seconds: int, quiet: Span, now: dt.datetime) -> dt.datetime:
    at = max((dialled_at + dt.timedelta(seconds=seconds)).astimezone(dt.UTC), now.astimezone(dt.UTC))
    local = at.astimezone(now.tzinfo)
    if row.message_class == "code":
        return local
    return quiet_until(local, quiet, now.tzinfo or dt.UTC) or local


def renew(session: Session, *, caller: str, messages: Collection[int], now: dt.datetime) -> None:
    """Tell that this caller is still at work on these messages."""
    mine = (Message.id.in_(messages), Message.state == "sending", Message.claimed_by == caller)
    session.execute(update(Message).where(*mine).values(claimed_at=now))


def recover(
    session: Session, *, caller: str, alive_messages: Collection[int], now: dt.datetime, lease: dt.timedelta = LEASE
) -> int:
    """Queue again what a dead caller had claimed: this caller's own at its start, others' after the lease.

    Not those of calls that are `alive`. A message of which so many calls have no known end as its class may be told
    while nobody knows has failed.
    """
    stale = or_(Message.claimed_by == caller, Message.claimed_at < now - lease)
    claimed = update(Message).where(
        Message.channel == "voice", Message.state == "sending", stale, Message.id.not_in(alive_messages)
    )
    known = select(func.count()).where(Call.message_id == Message.id, Call.outcome.in_(OUTCOMES)).scalar_subquery()
    # What was dialled for them is over, as far as anybody knows: an open record would keep others from their phones.
    ours = select(Message.id).where(
        Message.channel == "voice", Message.state == "sending", stale, Message.id.not_in(alive_messages)
    )
    open_calls = update(Call).where(Call.ended_at.is_(None), Call.message_id.in_(ours))
    session.execute(
        open_calls.values(ended_at=now, outcome=calls.LOST), execution_options={"synchronize_session": False}
    )
    for message_class in CLASSES:
        spent = Message.attempts - known >= MOST_UNANSWERED[message_class]
        given_up = claimed.where(Message.message_class == message_class, spent)
        session.execute(given_up.values(state="unknown", error="outcome unknown", settled_at=now))
    result = session.execute(claimed.values(state="queued", due_at=now))
    return rows_changed(result)


@reads
def next_due(session: Session, *, now: dt.datetime) -> dt.datetime | None:
    """When the next message that is to be told by voice falls due, or None."""
    due: dt.datetime | None = session.scalar(
        select(func.min(Message.due_at)).where(text(TO_CALL), Message.due_at > now)
    )
    return due


def fall_back(session: Session, *, now: dt.datetime, most: int = 100) -> int:
    """Tell by voice, once, what did not come as an SMS; how many there were. To be run before a claim.

    Not a broadcast, and not a free text. An SMS whose outcome is unknown is told too: rather twice than never. What
    the text was made from goes over to the call's message, so each is told once.
    """
    failed = (
        select(Message)
        .where(text(NOT_COME), Message.expires_at > now - LATE, Message.message_class.in_(CLASSES))
        .where(or_(and_(Message.message_class != "code", not_(_is_timely())), Message.expires_at > now))
        .order_by(Message.expires_at.desc(), Message.id.desc())
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    rows = session.scalars(failed).all()
    for row in rows:
        add_once(session, **_instead(row, now))
        row.speech = None
    return len(rows)


def _is_timely() -> ColumnElement[bool]:
    return and_(Message.kind.is_not(None), Message.kind.in_(TIMELY))


def _instead(row: Message, now: dt.datetime) -> dict[str, object]:
    """The message for a call in place of this SMS; a code, or what is of a moment, lives no longer for it."""
    occasion = f"{INSTEAD}{row.occasion}"
    if len(occasion) > LONGEST_OCCASION:
        occasion = f"{INSTEAD}{hashlib.sha256(row.occasion.encode()).hexdigest()}"
    timely = row.message_class == "code" or row.kind in TIMELY
    return {
        "occasion": occasion,
        "resident_id": row.resident_id,
        "centre_id": row.centre_id,
        "kind": row.kind,
        "phone": row.phone,
        "text": row.text,
        "message_class": row.message_class,
        "channel": "voice",
        "speech": row.speech,
        "state": "queued",
        "attempts": 0,
        "due_at": now,
        "expires_at": row.expires_at if timely else now + LIFETIME,
        "created_at": now,
    }
