"""Where care is given, and when: centres, departments, practitioners, clinic sessions."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from clinic.tables.base import Base, written
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
    currency: Mapped[str] = mapped_column(String(3), default="CNY", server_default=text("'CNY'"))  # ISO 4217
    # Where fees are paid: `counter`; `optional`, there or at booking; `required`, at booking.
    payment: Mapped[str] = mapped_column(String(10), default="counter", server_default=text("'counter'"))

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
    # Whether expert sessions are offered: general clinics first, experts where they are switched on.
    experts: Mapped[bool] = mapped_column(default=False, server_default=false())
    # How its queue is ordered: `number`, strictly; `arrival`, booked times merged with arrivals (`clinic.queue.order`).
    queue_policy: Mapped[str] = mapped_column(String(8), default="number", server_default=text("'number'"))
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


class SessionTemplate(Base):
    """A line of the weekly roster: clinic sessions are made from it, day by day (`clinic.sessions.making`).

    A session is released `release_days` before its day at `release_at`. Of a lottery entries are taken for `draw_hours`
    from then on; None: first come, first served. `shares`: see `clinic.places.shares`. What is left of the booked
    shares goes to the counter `flow_days` before, at `flow_at`; None: never.
    """

    __tablename__ = "session_template"
    __table_args__ = (Index("ix_session_template_department_id", "department_id", "weekday"),)
    department_id: Mapped[int] = mapped_column(ForeignKey("department.id"))
    practitioner_id: Mapped[int | None] = mapped_column(ForeignKey("practitioner.id"))
    kind: Mapped[str] = mapped_column(String(8), default="general")  # general, expert
    weekday: Mapped[int]  # 0 is Monday
    half: Mapped[Half] = mapped_column(String(2))
    starts: Mapped[dt.time]
    ends: Mapped[dt.time]
    capacity: Mapped[int]
    fee: Mapped[int]  # in the centre's smallest unit (fen)
    valid_from: Mapped[dt.date]
    valid_until: Mapped[dt.date | None]  # the last day
    release_days: Mapped[int]
    release_at: Mapped[dt.time]
    draw_hours: Mapped[int | None]
    shares: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    flow_days: Mapped[int] = mapped_column(default=0)
    flow_at: Mapped[dt.time | None]
    made_until: Mapped[dt.date | None]  # the day up to which the job has made its sessions
    department: Mapped[Department] = relationship()
    practitioner: Mapped[Practitioner | None] = relationship()


class ClinicSession(Base):
    """Half a day of a department (or one of its practitioners) with so many places.

    `taken` counts the places held now, `last_number` the queue numbers ever given: a cancelled place can be
    booked again, its number is not given twice. Held is a place by a visit that stands, or by an open `PlaceOffer`.
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
        Index(
            "ix_clinic_session_flow_at",
            "flow_at",
            "id",
            sqlite_where=text("flow_at is not null and flowed_at is null"),
            postgresql_where=text("flow_at is not null and flowed_at is null"),
        ),
        # One session of a template and a day, however often and by how many it is made.
        Index("uq_clinic_session_template_day", "template_id", "day", unique=True),
        Index("uq_clinic_session_external_id", "external_id", unique=True),
    )
    department_id: Mapped[int] = mapped_column(ForeignKey("department.id"))
    practitioner_id: Mapped[int | None] = mapped_column(ForeignKey("practitioner.id"))
    day: Mapped[dt.date]
    half: Mapped[Half] = mapped_column(String(2))
    starts: Mapped[dt.time]
    ends: Mapped[dt.time]
    capacity: Mapped[int]
    fee: Mapped[int]  # in the smallest unit of the centre's currency
    release_at: Mapped[dt.datetime]
    # open, stopped, closed (an expert's, not switched on), draw (a lottery that is not drawn yet)
    state: Mapped[str] = mapped_column(String(10), default="open")
    kind: Mapped[str] = mapped_column(String(8), default="general", server_default=text("'general'"))
    template_id: Mapped[int | None]  # of `SessionTemplate`
    external_id: Mapped[str | None] = mapped_column(String(100))  # of the hospital's system, `clinic.hospital.names`
    # As a visit's. In no index: each booking changes it, and PostgreSQL would write each a row anew.
    updated_at: Mapped[dt.datetime | None] = mapped_column(default=written, onupdate=written)
    # How its places are shared out, None: anybody may have any (`clinic.places.shares`); its pools are `SessionShare`.
    shares: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    flow_at: Mapped[dt.datetime | None]  # when what is left of the booked shares goes to the counter
    flowed_at: Mapped[dt.datetime | None]  # it has, and what comes back goes there too
    draw_at: Mapped[dt.datetime | None]  # a lottery's
    # Why it was stopped or moved, by whom and whereto, while some of its visits have yet to follow
    # (`clinic.sessions.changes`).
    change: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    taken: Mapped[int] = mapped_column(default=0)
    last_number: Mapped[int] = mapped_column(default=0)
    department: Mapped[Department] = relationship()
    practitioner: Mapped[Practitioner | None] = relationship()

    def starts_at(self, zone: dt.tzinfo | None) -> dt.datetime:
        """The moment in the installation's zone, which a local `now` has."""
        return dt.datetime.combine(self.day, self.starts, tzinfo=zone)

    def ends_at(self, zone: dt.tzinfo | None) -> dt.datetime:
        """As `starts_at`."""
        return dt.datetime.combine(self.day, self.ends, tzinfo=zone)
