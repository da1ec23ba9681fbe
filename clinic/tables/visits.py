"""What residents ask for: places with their T-codes, staff who come, help."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from clinic.tables.base import Base, written
from clinic.tables.places import Centre, ClinicSession

TO_COME = ("pending", "booked")
"""The states of visits whose people have not come yet, and may."""
STANDING = (*TO_COME, "arrived")
"""The states of visits that still stand."""
HOLDS = (*STANDING, "fulfilled", "noshow")
"""The states of visits that hold a place."""
GIVEN_UP = ("own", "late")
"""Why a visit is cancelled (`cancelled_for`) that was given up by who had booked it, in time or too late."""


class Kiosk(Base):
    __tablename__ = "kiosk"
    centre_id: Mapped[int] = mapped_column(ForeignKey("centre.id"))
    name: Mapped[str] = mapped_column(String(60))
    token_digest: Mapped[str] = mapped_column(String(64), unique=True)
    enrolled_at: Mapped[dt.datetime]
    revoked_at: Mapped[dt.datetime | None]
    centre: Mapped[Centre] = relationship()


class Visit(Base):
    """A booked place: the real queue number of one person in one clinic session."""

    __tablename__ = "visit"
    __table_args__ = (
        # One department, one person, one day: the database says so, not only the code.
        Index(
            "uq_visit_person_department_day",
            "resident_id",
            "department_id",
            "day",
            unique=True,
            sqlite_where=text("state in ('pending', 'booked', 'arrived')"),
            postgresql_where=text("state in ('pending', 'booked', 'arrived')"),
        ),
        UniqueConstraint("clinic_session_id", "queue"),
        Index("ix_visit_day", "day", "state", "id"),
        # What is still to be told of it: a row leaves the index when nothing is.
        Index(
            "ix_visit_look_at",
            "look_at",
            "id",
            sqlite_where=text("look_at is not null"),
            postgresql_where=text("look_at is not null"),
        ),
        Index(
            "ix_visit_hold_until",
            "hold_until",
            "id",
            sqlite_where=text("hold_until is not null"),
            postgresql_where=text("hold_until is not null"),
        ),
        Index("ix_visit_resident_id_state", "resident_id", "state", "day"),
        Index("ix_visit_phone", "phone", "day"),
        Index(
            "ix_visit_judge_at",
            "judge_at",
            "id",
            sqlite_where=text("judge_at is not null"),
            postgresql_where=text("judge_at is not null"),
        ),
        Index("uq_visit_external_id", "external_id", unique=True),
        Index("ix_visit_updated_at", "updated_at", "id"),
    )
    clinic_session_id: Mapped[int] = mapped_column(ForeignKey("clinic_session.id"))
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"))
    department_id: Mapped[int] = mapped_column(ForeignKey("department.id"))
    day: Mapped[dt.date]
    phone: Mapped[str] = mapped_column(String(20))
    language: Mapped[str] = mapped_column(String(2))
    name: Mapped[str] = mapped_column(String(60))
    queue: Mapped[int]
    fee: Mapped[int]  # in the smallest unit of the centre's currency
    # pending (held until it is paid), booked, arrived, fulfilled, cancelled, noshow
    state: Mapped[str] = mapped_column(String(10), default="booked")
    # What makes a repeated write harmless: the conversation and its step, unique.
    occasion: Mapped[str] = mapped_column(String(80), unique=True)
    booked_at: Mapped[dt.datetime]
    look_at: Mapped[dt.datetime | None]  # when its notices are looked at next (`clinic.visit_notices`), None: never
    called_at: Mapped[dt.datetime | None]  # into the room; who was called and is still `arrived` is in there
    moved_at: Mapped[dt.datetime | None]  # with its session, to another day, half or practitioner
    channel: Mapped[str] = mapped_column(String(8), default="", server_default=text("''"))  # by which it was booked
    pool: Mapped[str] = mapped_column(String(10), default="", server_default=text("''"))  # whose place it holds
    pays: Mapped[str] = mapped_column(String(8), default="counter", server_default=text("'counter'"))
    paid: Mapped[int] = mapped_column(default=0, server_default=text("0"))  # what we hold of its fee now
    hold_until: Mapped[dt.datetime | None]  # a pending one's
    cancelled_at: Mapped[dt.datetime | None]
    cancelled_for: Mapped[str] = mapped_column(String(8), default="", server_default=text("''"))
    external_id: Mapped[str | None] = mapped_column(String(100))  # of the hospital's system, `clinic.hospital.names`
    # Set by every UPDATE, also one that no object stands behind; None: as it was before there was this column.
    updated_at: Mapped[dt.datetime | None] = mapped_column(default=written, onupdate=written)
    judge_at: Mapped[dt.datetime | None]  # missed or given up, and not looked at yet (`clinic.fairness.absences`)
    excused_at: Mapped[dt.datetime | None]  # by staff: it counts in no rule of absence
    # Its way through the queue (`clinic.queue`).
    arrived_at: Mapped[dt.datetime | None]
    turn: Mapped[int | None]  # by which those who are there are ordered; None: not there, or passed over
    turn_at: Mapped[dt.datetime | None]  # since when it has this turn; of equal turns the earlier goes first
    passes: Mapped[int] = mapped_column(default=0, server_default=text("0"))  # how often passed over
    seen_at: Mapped[dt.datetime | None]
    clinic_session: Mapped[ClinicSession] = relationship()


class QueuePace(Base):
    """How long one took on one day, from call to call: what expected call times are made from (`clinic.queue.pace`)."""

    __tablename__ = "queue_pace"
    __table_args__ = (
        UniqueConstraint("clinic_session_id"),
        Index("ix_queue_pace_department_id", "department_id", "day"),
    )
    clinic_session_id: Mapped[int] = mapped_column(ForeignKey("clinic_session.id"))
    department_id: Mapped[int] = mapped_column(ForeignKey("department.id"))
    practitioner_id: Mapped[int | None] = mapped_column(ForeignKey("practitioner.id"))
    day: Mapped[dt.date]
    seen: Mapped[int]
    seconds: Mapped[float]
    squares: Mapped[float]  # seconds squared
    expected: Mapped[int] = mapped_column(default=0)  # booked ones who could have come
    absent: Mapped[int] = mapped_column(default=0)  # of them who did not
    walked: Mapped[int] = mapped_column(default=0)  # those who came without booking


class Voucher(Base):
    """The T-code of a visit."""

    __tablename__ = "voucher"
    visit_id: Mapped[int] = mapped_column(ForeignKey("visit.id"), unique=True)
    number: Mapped[str] = mapped_column(String(12), unique=True)
    token: Mapped[str] = mapped_column(String(40), unique=True)
    state: Mapped[str] = mapped_column(String(10), default="issued")  # issued, used, cancelled, expired
    used_at: Mapped[dt.datetime | None]
    used_kiosk_id: Mapped[int | None] = mapped_column(ForeignKey("kiosk.id"))
    visit: Mapped[Visit] = relationship()


class HomeVisit(Base):
    """A resident asks for staff to come (FHIR ServiceRequest)."""

    __tablename__ = "home_visit"
    __table_args__ = (Index("ix_home_visit_state_requested_at", "state", "requested_at"),)
    occasion: Mapped[str] = mapped_column(String(80), unique=True)
    phone: Mapped[str] = mapped_column(String(20), index=True)
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"))
    name: Mapped[str] = mapped_column(String(60))
    centre_id: Mapped[int] = mapped_column(ForeignKey("centre.id"))
    state: Mapped[str] = mapped_column(String(10), default="active")  # active, completed, revoked
    requested_at: Mapped[dt.datetime]
    closed_at: Mapped[dt.datetime | None]
    centre: Mapped[Centre] = relationship()


class Alarm(Base):
    """Somebody has called for help: who, and whose duty phone was told."""

    __tablename__ = "alarm"
    occasion: Mapped[str] = mapped_column(String(80), unique=True)
    phone: Mapped[str] = mapped_column(String(20))
    centre_id: Mapped[int | None] = mapped_column(ForeignKey("centre.id"))
    duty_phone: Mapped[str] = mapped_column(String(20))
    raised_at: Mapped[dt.datetime] = mapped_column(index=True)
