"""Where care is given, and when: centres, departments, practitioners, clinic sessions."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from clinic.tables.base import Base
from conf.texts.words import Half, Name


class Centre(Base):
    """A community health centre."""

    __tablename__ = "centre"
    code: Mapped[str] = mapped_column(String(32), unique=True)
    name_zh: Mapped[str] = mapped_column(String(80))
    name_en: Mapped[str] = mapped_column(String(80), default="")
    address: Mapped[str] = mapped_column(String(200), default="")
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    # Who is on duty: told of emergencies and home visits.
    duty_phone: Mapped[str] = mapped_column(String(20), default="", server_default=text("''"))
    # When broadcasts are not sent; None: as the installation's.
    quiet_from: Mapped[dt.time | None]
    quiet_until: Mapped[dt.time | None]

    @property
    def name(self) -> Name:
        return Name(self.name_zh, self.name_en)


class Department(Base):
    __tablename__ = "department"
    __table_args__ = (UniqueConstraint("centre_id", "code"),)
    centre_id: Mapped[int] = mapped_column(ForeignKey("centre.id"))
    code: Mapped[str] = mapped_column(String(32))
    name_zh: Mapped[str] = mapped_column(String(80))
    name_en: Mapped[str] = mapped_column(String(80), default="")
    room: Mapped[str] = mapped_column(String(40), default="")
    # What a dialog must find by itself: `vaccination` is where a family books for a vaccine; of most it is "".
    service: Mapped[str] = mapped_column(String(20), default="", server_default=text("''"))
    centre: Mapped[Centre] = relationship()

    @property
    def name(self) -> Name:
        return Name(self.name_zh, self.name_en)


class Practitioner(Base):
    __tablename__ = "practitioner"
    __table_args__ = (UniqueConstraint("centre_id", "code"),)
    centre_id: Mapped[int] = mapped_column(ForeignKey("centre.id"))
    department_id: Mapped[int] = mapped_column(ForeignKey("department.id"), index=True)
    code: Mapped[str] = mapped_column(String(32))
    name_zh: Mapped[str] = mapped_column(String(80))
    name_en: Mapped[str] = mapped_column(String(80), default="")
    grade: Mapped[str] = mapped_column(String(32), default="")

    @property
    def name(self) -> Name:
        return Name(self.name_zh, self.name_en)


class ClinicSession(Base):
    """Half a day of a department (or one of its practitioners) with so many places.

    `taken` counts the places held now, `last_number` the queue numbers ever given: a cancelled place can be
    booked again, its number is not given twice.
    """

    __tablename__ = "clinic_session"
    __table_args__ = (
        UniqueConstraint("department_id", "practitioner_id", "day", "half"),
        Index("ix_clinic_session_department_id_day", "department_id", "day"),
        Index(
            "ix_clinic_session_change",
            "day",
            sqlite_where=text("change is not null"),
            postgresql_where=text("change is not null"),
        ),
    )
    department_id: Mapped[int] = mapped_column(ForeignKey("department.id"))
    practitioner_id: Mapped[int | None] = mapped_column(ForeignKey("practitioner.id"))
    day: Mapped[dt.date]
    half: Mapped[Half] = mapped_column(String(2))
    starts: Mapped[dt.time]
    ends: Mapped[dt.time]
    capacity: Mapped[int]
    fee: Mapped[int]  # fen
    release_at: Mapped[dt.datetime]
    state: Mapped[str] = mapped_column(String(10), default="open")  # open, stopped
    # Why it was stopped or moved, by whom and whereto, while some of its visits have yet to follow
    # (`clinic.visit_notices.changes`).
    change: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    taken: Mapped[int] = mapped_column(default=0)
    last_number: Mapped[int] = mapped_column(default=0)
    department: Mapped[Department] = relationship()
    practitioner: Mapped[Practitioner | None] = relationship()
