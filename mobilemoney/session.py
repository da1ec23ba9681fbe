"""A payment on its way, without I/O: what to ask next, and what an answer, a callback or silence makes of it.

The states are a table. A timeout is never "no": it makes a payment LOST, and it is looked for under our own correlation
id before it is asked for again under the same one. Nothing here is lost with the process: `resumed` gives the state
back from what a row keeps (asked or pending, the provider's number, its reference).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import Final

from mobilemoney.answers import Heard, News
from mobilemoney.orders import Order, Request, Writer


class State(StrEnum):
    NEW = "new"  # not asked for yet, or surely not received
    LOST = "lost"  # asked; nobody knows whether it was received
    UNSEEN = "unseen"  # asked; they know of nothing: ask again, under the same id
    SOUGHT = "sought"  # they have it, under a number that we do not know
    PENDING = "pending"  # they have it, under a number that we know
    REFERRED = "referred"  # there is a transaction, not yet looked at, or not finished
    COMPLETED = "completed"
    DIFFERS = "differs"  # completed, and not as we asked: for people to look at
    FAILED = "failed"


S, N = State, News
_LOOKED: Final = {
    N.ACCEPTED: S.PENDING,
    N.REFERRED: S.REFERRED,
    N.COMPLETED: S.COMPLETED,
    N.DIFFERENT: S.DIFFERS,
    N.FAILED: S.FAILED,
}
_ASKED: Final = {**_LOOKED, N.PENDING: S.SOUGHT, N.REFUSED: S.FAILED, N.DUPLICATE: S.SOUGHT, N.SILENCE: S.LOST}
_AFTER_ALL: Final = {N.COMPLETED: S.COMPLETED, N.DIFFERENT: S.DIFFERS}

MOVES: Final[dict[State, dict[News, State]]] = {
    S.NEW: _ASKED,
    S.UNSEEN: _ASKED,
    S.LOST: {**_LOOKED, N.MISSING: S.UNSEEN},
    S.SOUGHT: _LOOKED,
    S.PENDING: {**_LOOKED, N.MISSING: S.SOUGHT},
    S.REFERRED: {**_LOOKED, N.ACCEPTED: S.REFERRED},
    S.COMPLETED: {},
    S.DIFFERS: {},
    S.FAILED: _AFTER_ALL,
}
"""What is not in the table changes nothing."""

_TOLD: Final = {N.REFERRED: S.REFERRED, N.COMPLETED: S.COMPLETED, N.FAILED: S.FAILED}
CALLED_BACK: Final[dict[State, dict[News, State]]] = {
    **dict.fromkeys((S.NEW, S.LOST, S.UNSEEN, S.SOUGHT, S.PENDING, S.REFERRED), _TOLD),
    S.COMPLETED: {},
    S.DIFFERS: {},
    S.FAILED: {N.COMPLETED: S.COMPLETED},  # after all: then it is booked, or given back
}
"""A callback may come in any state, before the answer to our request too. One of another amount settles nothing."""

OVER: Final = (S.COMPLETED, S.DIFFERS, S.FAILED)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an order is. `looks` counts what was asked about it since; `problem` is the last thing that went wrong;
    `amount` and `currency` (ISO 4217) are what a completed one has moved."""

    state: State
    server: str = ""
    reference: str = ""
    problem: str = ""
    poll_limit: int | None = None
    looks: int = 0
    amount: Decimal | None = None
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Pace:
    """How long is looked for what the provider knows nothing of, before it has failed."""

    give_up: dt.timedelta = dt.timedelta(hours=24)


def resumed(kept: str, server: str, reference: str, looks: int = 0) -> Progress:
    """Where we were, from what a row keeps (created, asked, pending, ...); of another node too, and after kill -9."""
    if kept == "pending":
        state = S.REFERRED if reference else S.PENDING if server else S.SOUGHT
    else:
        state = {"created": S.NEW, "asked": S.LOST}.get(kept) or S(kept)
    return Progress(state, server, reference, looks=looks)


def request(order: Order, progress: Progress, writer: Writer, now: dt.datetime) -> Request | None:
    """What to ask now; None where only a callback, or staff, can tell more. Raises NotSpoken."""
    state, dialect = progress.state, writer.dialect
    if state is S.NEW or (dialect.repeats and (state is S.UNSEEN or (state is S.LOST and not dialect.response))):
        return writer.pay(order, now)
    if state is S.REFERRED:
        return writer.transaction(progress.reference, now)
    if state is S.PENDING and (progress.poll_limit is None or progress.looks <= progress.poll_limit):
        return writer.state(progress.server, now)
    if state in (S.LOST, S.SOUGHT, S.PENDING) and dialect.response:
        return writer.response(order.correlation_id, now)
    return None


def answered(
    progress: Progress, heard: Heard, *, asked: bool, asked_at: dt.datetime, now: dt.datetime, pace: Pace
) -> Progress:
    """What an answer, or none (SILENCE, UNSENT), makes of it. `asked`: to a request for the money itself."""
    table = _ASKED if asked else MOVES[progress.state]
    state = table.get(heard.news, progress.state)
    if state is S.SOUGHT and heard.news is N.MISSING and now - asked_at > pace.give_up:
        state, heard = S.FAILED, replace(heard, problem=f"the provider knows of nothing {heard.problem}".strip()[:200])
    return _learned(progress, state, heard, looks=progress.looks + 1)


def called_back(progress: Progress, heard: Heard) -> Progress:
    """What a callback, which is known to be the provider's, makes of it."""
    return _learned(progress, CALLED_BACK[progress.state].get(heard.news, progress.state), heard, looks=progress.looks)


def _learned(progress: Progress, state: State, heard: Heard, *, looks: int) -> Progress:
    limit = progress.poll_limit if heard.poll_limit is None else heard.poll_limit
    took = (heard.amount, heard.currency) if state in (S.COMPLETED, S.DIFFERS) else (None, "")
    if progress.state in (S.COMPLETED, S.DIFFERS):
        return progress
    return Progress(
        state,
        heard.server or progress.server,
        heard.reference or progress.reference if heard.news is not N.DIFFERENT or state in OVER else progress.reference,
        heard.problem or ("" if state is S.COMPLETED else progress.problem),
        limit,
        looks,
        *took,
    )


def at_once(before: Progress, after: Progress) -> bool:
    """Whether there is something to ask right now, not at the next look."""
    return after.state is not before.state and after.state in (S.REFERRED, S.UNSEEN)
