"""Whose messages may go at this moment, by the quiet hours of their centres."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ColumnElement, or_
from sqlalchemy.orm import Session

from clinic import hours
from clinic.rules import Rules
from clinic.tables import Message


def awake(session: Session, rules: Rules, now: dt.datetime) -> list[ColumnElement[bool]]:
    """Notices of a centre wait for the end of its quiet hours, too, when they come late or once more; no condition
    where none is quiet. `now` is aware, in the installation's zone. What has expired may go: to be told so."""
    known = hours.load(session, rules, now.tzinfo or dt.UTC)
    quiet = frozenset(centre for centre in known.own if known.until(centre, now))
    if known.until(None, now) is None:
        return [or_(Message.expires_at <= now, of_others(quiet))] if quiet else []
    loud = [centre for centre in known.own if centre not in quiet]
    return [or_(Message.expires_at <= now, Message.centre_id.is_(None), Message.centre_id.in_(loud))]


def of_others(centres: frozenset[int | None]) -> ColumnElement[bool]:
    """Messages of other centres; a message may be of none."""
    others = Message.centre_id.not_in([each for each in centres if each is not None])
    return Message.centre_id.is_not(None) & others if None in centres else Message.centre_id.is_(None) | others
