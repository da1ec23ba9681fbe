"""What a phone was asked, and may answer with a short text."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from clinic.tables.base import Base


class Question(Base):
    """A notice that can be answered: 1 to book, 1 to 5 how it was, "taken". `subject` is what it is about.

    Of several open ones of a phone the last that was asked is meant. `asked_at` is when its message falls due;
    `answer` the very words.
    """

    __tablename__ = "question"
    __table_args__ = (
        UniqueConstraint("occasion"),
        Index("ix_question_phone", "phone", "asked_at"),
    )
    occasion: Mapped[str] = mapped_column(String(120))
    phone: Mapped[str] = mapped_column(String(20))
    kind: Mapped[str] = mapped_column(String(20))
    subject: Mapped[dict[str, Any]]
    asked_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime]
    answered_at: Mapped[dt.datetime | None]
    answer: Mapped[str] = mapped_column(String(40), default="")
    inbox_id: Mapped[int | None]  # the text that has answered it


class Satisfaction(Base):
    """How a visit was, from 1 (bad) to 5 (very good), as its booker has said; `score` None while nobody has."""

    __tablename__ = "satisfaction"
    __table_args__ = (Index("ix_satisfaction_asked_on", "asked_on"),)
    visit_id: Mapped[int] = mapped_column(unique=True)
    centre_id: Mapped[int]
    department_id: Mapped[int]
    practitioner_id: Mapped[int | None]
    asked_on: Mapped[dt.date]
    score: Mapped[int | None]
    comment: Mapped[str] = mapped_column(String(200), default="")
    channel: Mapped[str] = mapped_column(String(5), default="")
    answered_at: Mapped[dt.datetime | None]
    called_at: Mapped[dt.datetime | None]  # when staff have talked with somebody who was not satisfied
