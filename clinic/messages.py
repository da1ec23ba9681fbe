"""Telling residents: a text is written with the change that it tells of, and sent or spoken later from the outbox.

A message has a unique occasion, so a use case that runs twice tells once. Who is reached by voice is called instead
of being written to; a broadcast never calls anybody.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from clinic import residents, speech
from clinic.rows import get_or_add
from clinic.tables import Channel, Message
from conf import texts
from conf.texts.words import Language, Word
from smpp.kinds import MessageClass

LIFETIME = dt.timedelta(hours=24)
LIFETIMES: Mapping[MessageClass, dt.timedelta] = {"code": dt.timedelta(minutes=5)}
"""How long an SMS of a class is worth sending, where nothing else is said; of the others LIFETIME."""
# A phone is kept with its country code; only short codes are read by it.
REGION = "CN"


def tell(
    session: Session,
    *,
    occasion: str,
    phone: str,
    language: Language,
    key: str,
    now: dt.datetime,
    message_class: MessageClass = "answer",
    channel: Channel | None = None,
    region: str = REGION,
    **words: Word,
) -> None:
    """Put the text `key` into the outbox, once for this occasion, and with it what it was made from.

    `channel` None: as the phone is reached.
    """
    _put(
        session,
        occasion=occasion,
        phone=phone,
        text=texts.say(language, key, **words),
        frozen=None if message_class == "bulk" else speech.freeze(language, key, words),
        message_class=message_class,
        channel=channel or _channel(session, phone, message_class, region),
        link=None,
        now=now,
        due_at=now,
    )


def tell_text(
    session: Session,
    *,
    occasion: str,
    phone: str,
    text: str,
    now: dt.datetime,
    message_class: MessageClass = "answer",
    link: str | None = None,
    channel: Channel | None = None,
    region: str = REGION,
    due_at: dt.datetime | None = None,
    expires_at: dt.datetime | None = None,
) -> None:
    """Put a finished text into the outbox, once for this occasion.

    `link` names the only link that may carry it, as an SMS. `channel` None: as the phone is reached. `due_at` None: at
    once. After `expires_at` it is not sent any more; None: by its class, from when it falls due.
    """
    if link is not None or message_class == "bulk":
        channel = "sms"
    _put(
        session,
        occasion=occasion,
        phone=phone,
        text=text,
        frozen=None,
        message_class=message_class,
        channel=channel or _channel(session, phone, message_class, region),
        link=link,
        now=now,
        due_at=due_at or now,
        expires_at=expires_at,
    )


def lifetime(message_class: MessageClass, channel: Channel = "sms") -> dt.timedelta:
    """What is told by telephone has plans of its own for when to try again (`clinic.voice`)."""
    return LIFETIMES.get(message_class, LIFETIME) if channel == "sms" else LIFETIME


def _channel(session: Session, phone: str, message_class: MessageClass, region: str) -> Channel:
    return "sms" if message_class == "bulk" else residents.contact(session, phone=phone, region=region)


def _put(
    session: Session,
    *,
    occasion: str,
    frozen: Mapping[str, Any] | None,
    now: dt.datetime,
    due_at: dt.datetime,
    expires_at: dt.datetime | None = None,
    **values: Any,
) -> None:
    get_or_add(
        session,
        Message,
        ["occasion", "broadcast_id"],
        occasion=occasion,
        broadcast_id=None,
        speech=frozen,
        state="queued",
        attempts=0,
        due_at=due_at,
        expires_at=expires_at or due_at + lifetime(values["message_class"], values["channel"]),
        created_at=now,
        **values,
    )
    session.info["told"] = True  # lets the store wake the sender after the commit
