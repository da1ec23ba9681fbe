"""Subscribers: the phones that talk to us, and the language each of them chose."""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, or_, select
from sqlalchemy.orm import Session

from clinic.rows import get_or_add, reads
from clinic.tables import Subscriber
from conf.texts.words import Language


def known(session: Session, phone: str, now: dt.datetime) -> Subscriber:
    """The subscriber's row, added at the first contact. For use cases only: rows never leave the store."""
    return get_or_add(session, Subscriber, ["phone"], phone=phone, created_at=now)


def locked(session: Session, phone: str, now: dt.datetime) -> Subscriber:
    """As `known`, and nobody else writes for this phone until the transaction ends (SQLite has one writer anyway)."""
    row = known(session, phone, now)
    session.refresh(row, with_for_update=True)
    return row


@reads
def language(session: Session, *, phone: str) -> Language | None:
    """The language this phone chose, or None before it chose one."""
    chosen: Language | None = session.scalar(_language(), {"phone": phone})
    return chosen


@cache
def _language() -> Select[Any]:
    """Built once, as every conversation asks for it."""
    return select(Subscriber.language).where(Subscriber.phone == bindparam("phone"))


def theirs_since(phone: str, asked_at: Any) -> ColumnElement[bool]:
    """What was asked for (at `asked_at`, a column) since this phone has said that it is somebody else's; all, where it
    has not."""
    said = select(Subscriber.wrong_at).where(Subscriber.phone == phone).scalar_subquery()
    return or_(said.is_(None), asked_at >= said)


def set_language(session: Session, *, phone: str, language: Language, now: dt.datetime) -> None:
    known(session, phone, now).language = language
