"""What goes over the wires: the outbox and what became of it, telephone calls, the inbox."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from clinic.tables.base import Base, Channel, Id
from conf.texts.words import Language
from smpp.kinds import MessageClass

# In these very words a query finds the index: SQLite does not look into bound values. What is false of nearly all
# messages comes first: SQLite asks all of it of each row that is changed, before and after.
WAITS = "broadcast_id is null and state = 'queued'"
SENDING = "state = 'sending'"
OF_BROADCAST = "broadcast_id is not null"
ALONE = "broadcast_id is null"
TO_CALL = f"{WAITS} and channel = 'voice'"
# SMS that have not come, and can still be told by voice.
NOT_COME = "speech is not null and channel = 'sms' and state in ('failed', 'expired', 'unknown')"


MessageState = Literal["queued", "sending", "sent", "delivered", "failed", "expired", "unknown", "cancelled"]
"""queued: waits for its turn. sending: claimed, perhaps on the wire. sent: an SMS centre has taken all of it.

Final, but for a receipt that comes late: delivered; failed (`error` tells why); expired: not sent in time; unknown:
written, not answered, and not sent once more; cancelled: not to be sent any more.
"""


def _where(name: str, which: str, *columns: str, unique: bool = False) -> Index:
    return Index(name, *columns, unique=unique, sqlite_where=text(which), postgresql_where=text(which))


class Message(Base):
    """The outbox: a text to be told, written in the transaction of the change that it tells of."""

    __tablename__ = "message"
    __table_args__ = (
        # What a broadcast has is claimed and counted by this one; the others stay small while millions go through.
        _where("ix_message_broadcast", OF_BROADCAST, "broadcast_id", "state", "due_at"),
        _where("ix_message_waits", WAITS, "channel", "message_class", "due_at"),
        _where("ix_message_sending", SENDING, "claimed_by"),
        _where("ix_message_not_come", NOT_COME, "channel", "state", "expires_at"),
        Index("ix_message_phone", "phone"),
        # Those of a broadcast are numbered by it, one after the other.
        _where("uq_message_occasion", ALONE, "occasion", unique=True),
        _where("ix_message_client_id", "client_id is not null", "client_id", "id"),
        _where("ix_message_resident_id", "resident_id is not null", "resident_id", "id"),
    )
    occasion: Mapped[str] = mapped_column(String(120))
    phone: Mapped[str] = mapped_column(String(20))
    text: Mapped[str] = mapped_column(Text)
    message_class: Mapped[MessageClass] = mapped_column(String(10), default="answer", server_default="answer")
    link: Mapped[str | None] = mapped_column(String(40))  # the only link that may carry it, where one is named
    channel: Mapped[Channel] = mapped_column(String(5), default="sms", server_default="sms")
    # What the text was made from, so that it can be spoken: language, key and words (`clinic.speech`). Of an SMS that
    # failed it goes over to the call in its place (`clinic.voice.fall_back`).
    speech: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    state: Mapped[MessageState] = mapped_column(String(10), default="queued")
    due_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    claimed_by: Mapped[str | None] = mapped_column(String(80))
    claimed_at: Mapped[dt.datetime | None]
    settled_at: Mapped[dt.datetime | None]  # since when it is what it is: sent, delivered, failed, ...
    error: Mapped[str | None] = mapped_column(String(80))
    created_at: Mapped[dt.datetime]
    # What these three name is never deleted, and to check it for each of a hundred thousand rows takes long.
    broadcast_id: Mapped[int | None]
    client_id: Mapped[int | None]  # the program that has queued it
    centre_id: Mapped[int | None]  # whose quiet hours count
    resident_id: Mapped[int | None]  # whom it is about
    kind: Mapped[str | None] = mapped_column(String(40))  # what it tells: the key of its text, or a word for its like
    language: Mapped[Language | None] = mapped_column(String(2))
    # What it costs: segments as planned, and whether the phone is of the contract's own network.
    segments: Mapped[int | None]
    on_net: Mapped[bool | None]
    parts: Mapped[list[MessagePart]] = relationship(
        primaryjoin="Message.id == foreign(MessagePart.message_id)", order_by="MessagePart.number", viewonly=True
    )


class MessagePart(Base):
    """One segment as the SMS centre knows it.

    Its message is never deleted; to have the database check and lock that row for each would take longer than all else
    that is written of a message.
    """

    __tablename__ = "message_part"
    __table_args__ = (
        UniqueConstraint("message_id", "number"),
        # The id first: by the link alone, which is mostly the same, PostgreSQL would look through all.
        Index("ix_message_part_smsc_id_link", "smsc_id", "link"),
    )
    message_id: Mapped[int] = mapped_column(Id)
    number: Mapped[int]
    link: Mapped[str] = mapped_column(String(40))
    smsc_id: Mapped[str] = mapped_column(String(65))
    state: Mapped[str] = mapped_column(String(14), default="sent")
    error: Mapped[str | None] = mapped_column(String(40))


class Receipt(Base):
    """A delivery receipt that came before its submit_sm_resp was settled; waits here for its part.

    `phones`, between spaces: the only ones that it may count for, None for any.
    """

    __tablename__ = "receipt"
    __table_args__ = (Index("ix_receipt_link_smsc_id", "link", "smsc_id"),)
    link: Mapped[str] = mapped_column(String(40))
    smsc_id: Mapped[str] = mapped_column(String(65))
    state: Mapped[str] = mapped_column(String(14))
    error: Mapped[str | None] = mapped_column(String(40))
    received_at: Mapped[dt.datetime]
    phones: Mapped[str | None] = mapped_column(Text)
    forget_at: Mapped[dt.datetime | None]


class Call(Base):
    """A telephone call, in or out. `path` are the steps of its dialog: keys of prompts and of choices, no answers."""

    __tablename__ = "call"
    __table_args__ = (
        UniqueConstraint("server", "uniqueid"),
        Index("ix_call_started_at", "started_at"),
        Index("ix_call_message_id_outcome", "message_id", "outcome"),
        # The phones that are on a call now.
        Index(
            "ix_call_open", "phone", sqlite_where=text("ended_at is null"), postgresql_where=text("ended_at is null")
        ),
    )
    server: Mapped[str] = mapped_column(String(40))
    uniqueid: Mapped[str] = mapped_column(String(150))  # Asterisk's, which begins anew with each of its processes
    direction: Mapped[str] = mapped_column(String(3))  # in, out
    phone: Mapped[str] = mapped_column(String(20))  # E.164, "" where the caller is not told
    trunk: Mapped[str] = mapped_column(String(40), default="")
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id"))
    language: Mapped[str | None] = mapped_column(String(2))
    started_at: Mapped[dt.datetime]
    answered_at: Mapped[dt.datetime | None]
    ended_at: Mapped[dt.datetime | None]
    outcome: Mapped[str | None] = mapped_column(String(20))
    cause: Mapped[int | None]  # ITU-T Q.850
    path: Mapped[list[str]] = mapped_column(JSON)


class Inbound(Base):
    """The inbox: a text from a phone, stored before the SMS centre is told that we have it."""

    __tablename__ = "inbound"
    __table_args__ = (
        Index("ix_inbound_handled_at", "handled_at"),
        Index("ix_inbound_fingerprint", "fingerprint"),
    )
    link: Mapped[str] = mapped_column(String(40))
    bind: Mapped[str] = mapped_column(String(40))
    phone: Mapped[str] = mapped_column(String(20))
    text: Mapped[str] = mapped_column(Text)
    fingerprint: Mapped[str] = mapped_column(String(64))
    received_at: Mapped[dt.datetime]
    handled_at: Mapped[dt.datetime | None]


class InboundPart(Base):
    """A segment of a long text from a phone, stored before the SMS centre is told that we have it.

    What a segment belongs to does not depend on the link: two segments may come over two binds, or two links. Those
    of a text that is complete stay for a while with the text that they went into, to know a repetition by.
    """

    __tablename__ = "inbound_part"
    __table_args__ = (
        UniqueConstraint(
            "source", "destination", "reference", "total", "width", "number", name="uq_inbound_part_place"
        ),
        Index("ix_inbound_part_received_at", "received_at"),
    )
    source: Mapped[str] = mapped_column(String(65))  # data_sm has room for as much
    destination: Mapped[str] = mapped_column(String(65))
    reference: Mapped[int]
    total: Mapped[int]
    width: Mapped[int]  # bits of the reference
    number: Mapped[int]
    data_coding: Mapped[int]
    octets: Mapped[bytes] = mapped_column(LargeBinary)
    received_at: Mapped[dt.datetime]
    inbound_id: Mapped[int | None] = mapped_column(ForeignKey("inbound.id"), index=True)
