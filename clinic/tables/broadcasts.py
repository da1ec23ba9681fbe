"""Messages to many: who, what, when, by whose leave, and what it was to cost."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from clinic.tables.base import Base
from clinic.tables.people import ConsentClass
from conf.texts.words import Language

BroadcastState = Literal["draft", "preparing", "waiting", "sending", "paused", "done", "cancelled"]
"""draft: can be changed. preparing: its messages are being written; once it has begun
(`began_at`), what is written goes out meanwhile. waiting: for a second person's leave.

sending: goes out, from `start_at` on. done: nothing is left to send; receipts may still come.
"""


class Audience(Base):
    """A named expression that tells who is meant (`clinic.audience`)."""

    __tablename__ = "audience"
    name: Mapped[str] = mapped_column(String(60), unique=True)
    expression: Mapped[str] = mapped_column(Text)
    created_by: Mapped[str] = mapped_column(String(60))
    created_at: Mapped[dt.datetime]


class PhoneList(Base):
    """A named list of phones from a file; `columns` are the types of its further columns, by their names."""

    __tablename__ = "phone_list"
    name: Mapped[str] = mapped_column(String(60), unique=True)
    columns: Mapped[dict[str, Any]]
    created_by: Mapped[str] = mapped_column(String(60))
    created_at: Mapped[dt.datetime]


class PhoneListEntry(Base):
    """A row of the file; `words` are the values of its further columns. A phone may stand in it twice."""

    __tablename__ = "phone_list_entry"
    __table_args__ = (
        Index("ix_phone_list_entry_phone_list_id_phone", "phone_list_id", "phone"),
        Index("ix_phone_list_entry_phone_list_id_id", "phone_list_id", "id"),  # a list read page by page
    )
    phone_list_id: Mapped[int] = mapped_column(ForeignKey("phone_list.id"))
    phone: Mapped[str] = mapped_column(String(20))
    language: Mapped[Language | None] = mapped_column(String(2))
    words: Mapped[dict[str, Any]]


class Broadcast(Base):
    """One text to many phones. Its messages are rows of the outbox with its id; they are the list of recipients.

    `texts`: the text in each language, with its placeholders. `invoice`: what `send` was shown (`clinic.broadcasts`),
    which the report is compared with. `cursor`: how far the audience has been written into the outbox.
    """

    __tablename__ = "broadcast"
    __table_args__ = (Index("ix_broadcast_state", "state"),)
    title: Mapped[str] = mapped_column(String(80))
    centre_id: Mapped[int | None] = mapped_column(ForeignKey("centre.id"))  # whose it is; None: the whole city's
    consent_class: Mapped[ConsentClass] = mapped_column(String(10))
    expression: Mapped[str] = mapped_column(Text)
    texts: Mapped[dict[str, Any]]
    state: Mapped[BroadcastState] = mapped_column(String(10), default="draft")
    created_by: Mapped[str] = mapped_column(String(60))
    created_at: Mapped[dt.datetime]
    start_at: Mapped[dt.datetime | None]
    expires_at: Mapped[dt.datetime | None]
    sent_by: Mapped[str | None] = mapped_column(String(60))
    sent_at: Mapped[dt.datetime | None]
    approved_by: Mapped[str | None] = mapped_column(String(60))
    approved_at: Mapped[dt.datetime | None]
    invoice: Mapped[dict[str, Any] | None]
    cursor: Mapped[dict[str, Any] | None]
    began_at: Mapped[dt.datetime | None]
    ended_at: Mapped[dt.datetime | None]


class SmsUsage(Base):
    """Segments that SMS centres took in a month (2027-03, of the centres' time zone), as the contract counts them."""

    __tablename__ = "sms_usage"
    __table_args__ = (UniqueConstraint("month", "on_net"),)
    month: Mapped[str] = mapped_column(String(7))
    on_net: Mapped[bool]
    segments: Mapped[int]
