"""Who works at the centres, when, and what they were told."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from clinic.tables.base import Base


class Staff(Base):
    """A member of a centre's staff."""

    __tablename__ = "staff"
    __table_args__ = (Index("ix_staff_phone", "phone"),)
    centre_id: Mapped[int] = mapped_column(ForeignKey("centre.id"), index=True)
    code: Mapped[str] = mapped_column(String(32), unique=True)
    name: Mapped[str] = mapped_column(String(60))
    phone: Mapped[str] = mapped_column(String(20))
    role: Mapped[str] = mapped_column(String(40))  # doctor, nurse, ...
    active: Mapped[bool]


class Roster(Base):
    """Who is on duty when."""

    __tablename__ = "roster"
    __table_args__ = (UniqueConstraint("staff_id", "day", "shift"), Index("ix_roster_day", "day"))
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    day: Mapped[dt.date]
    shift: Mapped[str] = mapped_column(String(5))  # am, pm, night


class StaffNotice(Base):
    """A text to members of staff that is to be acknowledged."""

    __tablename__ = "staff_notice"
    text: Mapped[str] = mapped_column(Text)
    created_by: Mapped[str] = mapped_column(String(60))
    created_at: Mapped[dt.datetime]
    closed_at: Mapped[dt.datetime | None]


class StaffNoticeRecipient(Base):
    """Whether one of them has answered; `asked` is how often they were told, reminders among it."""

    __tablename__ = "staff_notice_recipient"
    __table_args__ = (
        UniqueConstraint("staff_notice_id", "staff_id"),
        Index("ix_staff_notice_recipient_phone", "phone"),
    )
    staff_notice_id: Mapped[int] = mapped_column(ForeignKey("staff_notice.id"))
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    phone: Mapped[str] = mapped_column(String(20))
    asked: Mapped[int]
    acknowledged_at: Mapped[dt.datetime | None]
    answer: Mapped[str] = mapped_column(String(80), default="")
