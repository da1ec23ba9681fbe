"""Telephone calls: when each began, what it went through, how it ended.

Asterisk names a call (server and uniqueid); it is taken up again after a crash of ours and stays one call. What was
answered is nowhere in it: `path` are the keys of prompts and of choices.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Literal

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from clinic.rows import add_or_get, reads
from clinic.tables import Call
from conf.texts.words import Language

Direction = Literal["in", "out"]
DIRECTIONS: tuple[Direction, ...] = ("in", "out")
LOST = "lost"
NOT_WANTED = "not wanted"
MOST_STEPS = 200
"""Of a path: a caller who presses keys for an hour does not fill the database."""


def begin(
    session: Session,
    *,
    server: str,
    uniqueid: str,
    direction: Direction,
    phone: str,
    now: dt.datetime,
    trunk: str = "",
    message: int | None = None,
    answered: bool = False,
) -> int:
    """The number of this call's record, made where it is new. `phone` is E.164, "" where the caller is not told.

    `answered`: somebody picks up at once, as we do.
    """
    return add_or_get(
        session,
        Call,
        ["server", "uniqueid"],
        server=server,
        uniqueid=uniqueid,
        direction=direction,
        phone=phone,
        trunk=trunk,
        message_id=message,
        started_at=now,
        answered_at=now if answered else None,
        path=[],
    )


def answered(session: Session, *, call: int, now: dt.datetime) -> None:
    """Somebody has picked up: we, or the one who was called. The first time stands."""
    session.execute(update(Call).where(Call.id == call, Call.answered_at.is_(None)).values(answered_at=now))


def passed(session: Session, *, call: int, path: Sequence[str]) -> None:
    """Add steps to a call that is still open, so that they are not lost with the process."""
    row = _open(session, call)
    if row is not None:
        row.path = [*row.path, *path][:MOST_STEPS]


def end(
    session: Session,
    *,
    call: int,
    outcome: str,
    path: Sequence[str],
    now: dt.datetime,
    cause: int | None = None,
    language: Language | None = None,
) -> None:
    """The call is over; `path` is added to what is there, `cause` is of ITU-T Q.850. The first end stands."""
    row = _open(session, call)
    if row is None:
        return
    row.path = [*row.path, *path][:MOST_STEPS]
    row.outcome, row.cause, row.ended_at = outcome, cause, now
    row.language = language or row.language


def lost(session: Session, *, server: str, alive: Collection[str], now: dt.datetime) -> int:
    """End every open call of this server that is no longer `alive` (uniqueids); how many there were."""
    opened = select(Call).where(Call.server == server, Call.ended_at.is_(None)).with_for_update()
    gone = [row for row in session.scalars(opened) if row.uniqueid not in alive]
    for row in gone:
        row.outcome, row.ended_at = LOST, now
    return len(gone)


def forget(session: Session, *, server: str, uniqueid: str, now: dt.datetime) -> None:
    """End the open record of a call that nobody needs any more, if there is one."""
    mine = (Call.server == server, Call.uniqueid == uniqueid, Call.ended_at.is_(None))
    session.execute(update(Call).where(*mine).values(outcome=NOT_WANTED, ended_at=now))


@reads
def outcomes(session: Session, *, message: int) -> list[str]:
    """How the calls ended that were made for this message of the outbox, the first one first."""
    ended = select(Call.outcome).where(Call.message_id == message, Call.outcome.is_not(None)).order_by(Call.id)
    return [outcome for outcome in session.scalars(ended) if outcome is not None]


def _open(session: Session, call: int) -> Call | None:
    """The row, locked, unless the call is over."""
    return session.scalars(select(Call).where(Call.id == call, Call.ended_at.is_(None)).with_for_update()).one_or_none()
