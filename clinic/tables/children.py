"""Children whose vaccinations a centre looks after."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from clinic.tables.base import Base

Residence = Literal["local", "mobile", "temporary"]
"""Registered here; moved here from elsewhere (migrant); here for a while."""
Standing = Literal["active", "out_of_area", "lost", "moved", "died"]
"""active: looked after here, and reminded. Of the others nobody is reminded."""


class ChildFile(Base):
    """The immunisation file of a child (预防接种个案). Its person is the resident, its doses are `Immunization`.

    `unit` is the row of the statistics that it counts for (a village, `scattered`, ...). `look_on`: the day from which
    on its reminders are to be looked at again, None where nothing more will come; whatever changes what is due (a dose,
    a contraindication, a correction) sets it to that day.
    """

    __tablename__ = "child_file"
    __table_args__ = (
        Index(
            "ix_child_file_look_on",
            "look_on",
            "id",
            sqlite_where=text("look_on is not null"),
            postgresql_where=text("look_on is not null"),
        ),
    )
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"), unique=True)
    card: Mapped[str | None] = mapped_column(String(40), unique=True)  # the vaccination certificate's number
    residence: Mapped[Residence] = mapped_column(String(10))
    standing: Mapped[Standing] = mapped_column(String(12))
    unit: Mapped[str] = mapped_column(String(60))
    birth_weight: Mapped[int | None]  # grams
    mother_hbsag: Mapped[str] = mapped_column(String(8))  # positive, negative, unknown
    look_on: Mapped[dt.date | None]
    created_at: Mapped[dt.datetime]


class Contraindication(Base):
    """Why a child is not given a vaccine: a code of it, `live` or `all`; to a last day, or for good (None)."""

    __tablename__ = "contraindication"
    __table_args__ = (UniqueConstraint("resident_id", "against", "reason", "since"),)
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"))
    against: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(String(40))  # a code of conf/vaccines
    since: Mapped[dt.date]
    until: Mapped[dt.date | None]
    noted_by: Mapped[str] = mapped_column(String(60))
    noted_at: Mapped[dt.datetime]


class ScheduleSeen(Base):
    """By which rules the children were looked at last (`clinic.children.schedules`).

    `looked_to`: up to which file they are to be looked at again since the rules changed; None: all are.
    """

    __tablename__ = "schedule_seen"
    name: Mapped[str] = mapped_column(String(20), unique=True)
    digest: Mapped[str] = mapped_column(String(64))
    looked_to: Mapped[int | None]


class VaccineReminder(Base):
    """That the family was told of a dose. `stage`: 0 before it is due, 1 due, 2 and more overdue."""

    __tablename__ = "vaccine_reminder"
    __table_args__ = (UniqueConstraint("resident_id", "series", "dose", "stage"),)
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"))
    series: Mapped[str] = mapped_column(String(20))
    dose: Mapped[int]
    stage: Mapped[int]
    told_on: Mapped[dt.date]
