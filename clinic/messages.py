"""Telling residents: a text is written with the change that it tells of, and sent later from the outbox.

A message has a unique occasion, so a use case that runs twice tells once.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from clinic.rows import get_or_add
from clinic.tables import Message
from conf import texts
from conf.texts.words import Language, Word
from smpp.kinds import MessageClass

LIFETIME = dt.timedelta(hours=24)


def tell(
    session: Session,
    *,
    occasion: str,
    phone: str,
    language: Language,
    key: str,
    now: dt.datetime,
    message_class: MessageClass = "answer",
    **words: Word,
) -> None:
    """Put the text `key` into the outbox, once for this occasion."""
    text = texts.say(language, key, **words)
    tell_text(session, occasion=occasion, phone=phone, text=text, now=now, message_class=message_class)


def tell_text(
    session: Session,
    *,
    occasion: str,
    phone: str,
    text: str,
    now: dt.datetime,
    message_class: MessageClass = "answer",
    link: str | None = None,
) -> None:
    """Put a finished text into the outbox, once for this occasion; `link` names the only link that may carry it."""
    get_or_add(
        session,
        Message,
        ["occasion"],
        occasion=occasion,
        phone=phone,
        text=text,
        message_class=message_class,
        link=link,
        state="queued",
        attempts=0,
        due_at=now,
        expires_at=now + LIFETIME,
        created_at=now,
    )
    session.info["told"] = True  # lets the store wake the sender after the commit
