"""Programs that queue messages by the messages API, and what they are told of them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from clinic.tables.base import Base


class Client(Base):
    """A program. Its token is kept as a digest only; `webhook_secret` (sealed) signs what is pushed to it."""

    __tablename__ = "client"
    name: Mapped[str] = mapped_column(String(60), unique=True)
    token_digest: Mapped[str] = mapped_column(String(64), unique=True)
    classes: Mapped[list[str]] = mapped_column(JSON)  # the message classes that it may queue
    # What else it may do: `hospital` (the FHIR interface, all centres), `hospital:CODE` (that of one centre).
    scopes: Mapped[str] = mapped_column(String(200), default="", server_default=text("''"))  # apart by blanks
    webhook_url: Mapped[str] = mapped_column(String(400), default="")
    webhook_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[dt.datetime]
    disabled_at: Mapped[dt.datetime | None]


class ClientBatch(Base):
    """What came in one request. The same key with the same body gives the same batch again."""

    __tablename__ = "client_batch"
    __table_args__ = (UniqueConstraint("client_id", "idempotency_key"),)
    client_id: Mapped[int] = mapped_column(ForeignKey("client.id"))
    idempotency_key: Mapped[str] = mapped_column(String(80))
    body_digest: Mapped[str] = mapped_column(String(64))
    answer: Mapped[dict[str, Any]]
    created_at: Mapped[dt.datetime]


class ClientMessage(Base):
    """What only a client's message has: its batch, and the client's own name for it. `id` is the message's."""

    __tablename__ = "client_message"
    __table_args__ = (
        Index("ix_client_message_batch_id", "batch_id", "id"),
        Index(
            "ix_client_message_reference",
            "client_id",
            "reference",
            "id",
            sqlite_where=text("reference is not null"),
            postgresql_where=text("reference is not null"),
        ),
    )
    client_id: Mapped[int] = mapped_column(ForeignKey("client.id"))
    batch_id: Mapped[int] = mapped_column(ForeignKey("client_batch.id"))
    reference: Mapped[str | None] = mapped_column(String(64))


class Push(Base):
    """A change of a message's state that its client has yet to be told; gone once it has said that it has it."""

    __tablename__ = "push"
    __table_args__ = (Index("ix_push_due_at", "due_at"), Index("ix_push_client_id", "client_id", "id"))
    client_id: Mapped[int] = mapped_column(ForeignKey("client.id"))
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"))
    state: Mapped[str] = mapped_column(String(10))
    error: Mapped[str | None] = mapped_column(String(80))
    at: Mapped[dt.datetime]
    due_at: Mapped[dt.datetime]
    tries: Mapped[int]
