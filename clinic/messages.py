"""Telling residents: a text is written with the change that it tells of, and sent or spoken later from the outbox.

A message has a unique occasion, so a use case that runs twice tells once. Who is reached by voice is called instead
of being written to; a broadcast never calls anybody.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, and_, update
from sqlalchemy.orm import Session

from clinic import residents, speech
from clinic.batches import among
from clinic.rows import add_or_get, rows_changed
from clinic.tables import Channel, Message
from conf import texts
from conf.texts.words import Language, Word
from smpp.kinds import MessageClass

LIFETIME = dt.timedelta(hours=24)
LIFETIMES: Mapping[MessageClass, dt.timedelta] = {"code": dt.timedelta(minutes=5)}
"""How long an SMS of a class is worth sending, where nothing else is said; of the others LIFETIME."""
TIMELY = (
    "remind.eve_sms",
    "remind.morning_sms",
    "queue.near_sms",
    "queue.room_sms",
    "standing.room_sms",
    "standing.called_sms",
)
"""Kinds of notices that are worth nothing once they have expired, by telephone neither."""
INSTEAD = "voice:"
"""How the occasion of a call begins that is made because an SMS has not come (`clinic.voice`)."""
LATE = dt.timedelta(hours=6)
"""So long after the end of its life it may show that an SMS has not come (its receipt is late): it is told by voice."""
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
    due_at: dt.datetime | None = None,
    expires_at: dt.datetime | None = None,
    resident_id: int | None = None,
    centre_id: int | None = None,
    **words: Word,
) -> None:
    """Put the text `key` into the outbox, once for this occasion, and with it what it was made from.

    `channel` None: as the phone is reached. `due_at` None: at once. `resident_id`: whom it is about. A notice
    of a centre (`centre_id`) is not sent in its quiet hours.
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
        due_at=due_at or now,
        expires_at=expires_at,
        resident_id=resident_id,
        centre_id=centre_id,
        kind=key,
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
    resident_id: int | None = None,
    kind: str | None = None,
) -> None:
    """Put a finished text into the outbox, once for this occasion.

    `resident_id`: whom it is about, `kind`: what it tells.
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
        resident_id=resident_id,
        kind=kind,
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
    add_once(
        session,
        occasion=occasion,
        speech=frozen,
        state="queued",
        attempts=0,
        due_at=due_at,
        expires_at=expires_at or due_at + lifetime(values["message_class"], values["channel"]),
        created_at=now,
        **values,
    )
    session.info["told"] = True  # lets the store wake the sender after the commit


def add_once(session: Session, **row: Any) -> int:
    """A row of the outbox that is no broadcast's, unless its occasion has one already; the number of the one there."""
    return add_or_get(session, Message, ["occasion", "broadcast_id"], **row, broadcast_id=None)


def under(session: Session, *occasions: str) -> ColumnElement[bool]:
    """The messages of these occasions: by their one index, in which those of broadcasts do not stand."""
    one = len(occasions) == 1
    which = Message.occasion == occasions[0] if one else among(session, Message.occasion, occasions)
    return and_(Message.broadcast_id.is_(None), which)


def call_off(session: Session, *occasions: str, now: dt.datetime) -> int:
    """What waits of these occasions is not sent any more; how many it were. What is on its way cannot be had back, but
    if it does not come nobody is called instead."""
    theirs = update(Message).where(under(session, *occasions)).execution_options(synchronize_session=False)
    done = session.execute(theirs.where(Message.state == "queued").values(state="cancelled", settled_at=now))
    session.execute(theirs.where(Message.channel == "sms").values(speech=None))
    return rows_changed(done)
