"""Follow-up of chronic disease: plans and visits, readings, the family, medicines."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from clinic.tables.base import Base

Condition = Literal["hypertension", "diabetes"]
ReadingKind = Literal["bp", "glucose"]
ReadingSource = Literal["sms", "ussd", "voice", "meter", "visit", "staff"]


class CarePlan(Base):
    """That a resident is followed up for a condition (FHIR CarePlan). `staff_id`: the doctor who looks after them.

    `next_on`: when the next statutory face-to-face visit is due, computed from those that were made; `look_on`: when
    its reminders are to be looked at again.
    """

    __tablename__ = "care_plan"
    __table_args__ = (
        UniqueConstraint("resident_id", "condition"),
        Index(
            "ix_care_plan_look_on",
            "look_on",
            "id",
            sqlite_where=text("look_on is not null"),
            postgresql_where=text("look_on is not null"),
        ),
        Index("ix_care_plan_staff_id", "staff_id"),
    )
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"))
    condition: Mapped[Condition] = mapped_column(String(12))
    since: Mapped[dt.date]
    ended_on: Mapped[dt.date | None]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    next_on: Mapped[dt.date | None]
    look_on: Mapped[dt.date | None]
    created_at: Mapped[dt.datetime]


class CareVisit(Base):
    """A statutory follow-up visit, face to face (readings by phone are none). `outcome` as in `clinic.care.plan`."""

    __tablename__ = "care_visit"
    __table_args__ = (UniqueConstraint("resident_id", "condition", "day"),)
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"))
    condition: Mapped[Condition] = mapped_column(String(12))
    day: Mapped[dt.date]
    systolic: Mapped[int | None]  # mmHg
    diastolic: Mapped[int | None]
    glucose: Mapped[int | None]  # tenths of mmol/L, fasting
    adverse_reaction: Mapped[bool]
    new_complication: Mapped[bool]
    examination: Mapped[bool]  # the yearly one
    outcome: Mapped[str] = mapped_column(String(14))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    note: Mapped[str] = mapped_column(String(200), default="")


class Reading(Base):
    """What a resident has measured (FHIR Observation); `occasion` makes that it is kept once.

    `fasting`: fasting, after_meal, unknown. `level`: as in `clinic.care`, by the norms of its day.
    """

    __tablename__ = "reading"
    __table_args__ = (Index("ix_reading_resident_id", "resident_id", "kind", "measured_at"),)
    occasion: Mapped[str] = mapped_column(String(80), unique=True)
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"))
    kind: Mapped[ReadingKind] = mapped_column(String(8))
    systolic: Mapped[int | None]  # mmHg
    diastolic: Mapped[int | None]
    pulse: Mapped[int | None]
    glucose: Mapped[int | None]  # tenths of mmol/L
    fasting: Mapped[str] = mapped_column(String(10), default="")
    measured_at: Mapped[dt.datetime]
    received_at: Mapped[dt.datetime]
    source: Mapped[ReadingSource] = mapped_column(String(8))
    phone: Mapped[str] = mapped_column(String(20))
    level: Mapped[str] = mapped_column(String(12))
    notes: Mapped[list[str]] = mapped_column(JSON)


class CareAlert(Base):
    """An emergency that a reading or a text has shown: whom it was told, and who has seen to it."""

    __tablename__ = "care_alert"
    __table_args__ = (Index("ix_care_alert_raised_at", "raised_at"),)
    occasion: Mapped[str] = mapped_column(String(80), unique=True)
    resident_id: Mapped[int | None] = mapped_column(ForeignKey("resident.id"))
    phone: Mapped[str] = mapped_column(String(20))
    what: Mapped[dict[str, Any]]
    raised_at: Mapped[dt.datetime]
    closed_at: Mapped[dt.datetime | None]
    closed_by: Mapped[str] = mapped_column(String(60), default="")


class FamilyCopy(Base):
    """Somebody of the family who gets a copy of readings and notices, because the resident has said so.

    `asked_at`: when this phone was asked; `agreed_at`: when it said yes, with these very words; `ended_at`: when either
    of them ended it. Copies go while it has begun and has not ended.
    """

    __tablename__ = "family_copy"
    __table_args__ = (UniqueConstraint("resident_id", "phone"), Index("ix_family_copy_phone", "phone"))
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"))
    phone: Mapped[str] = mapped_column(String(20))
    relation: Mapped[str] = mapped_column(String(20))
    granted_by: Mapped[str] = mapped_column(String(60))
    proof: Mapped[str] = mapped_column(String(200))
    asked_at: Mapped[dt.datetime]
    agreed_at: Mapped[dt.datetime | None]
    agreed_proof: Mapped[str] = mapped_column(String(200), default="")
    ended_at: Mapped[dt.datetime | None]


class Meter(Base):
    """A meter with a SIM card of its own; `phone` is its number, `serial` what it writes, "" for any."""

    __tablename__ = "meter"
    __table_args__ = (UniqueConstraint("phone", "serial"),)
    phone: Mapped[str] = mapped_column(String(20))
    serial: Mapped[str] = mapped_column(String(40))
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"))
    format: Mapped[str] = mapped_column(String(40))  # a name of [care.meters]


class Medication(Base):
    """A medicine that a resident takes (FHIR MedicationRequest). `times`: when, as "08:00"; `left`: doses in the box.

    `next_at`: when the next reminder falls due, None where there are none any more.
    """

    __tablename__ = "medication"
    __table_args__ = (
        Index("ix_medication_resident_id", "resident_id"),
        Index(
            "ix_medication_next_at",
            "next_at",
            "id",
            sqlite_where=text("next_at is not null"),
            postgresql_where=text("next_at is not null"),
        ),
    )
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"))
    name: Mapped[str] = mapped_column(String(60))
    dose: Mapped[str] = mapped_column(String(40))  # as it is told: 250 mg, 1 tablet
    times: Mapped[list[str]] = mapped_column(JSON)
    caution: Mapped[str] = mapped_column(String(200), default="")  # contraindications, as they are told
    left: Mapped[int | None]
    refill_at: Mapped[int]  # told to fetch more when so many doses are left
    since: Mapped[dt.date]
    until: Mapped[dt.date | None]
    next_at: Mapped[dt.datetime | None]
    stopped_at: Mapped[dt.datetime | None]


class MedicationIntake(Base):
    """A reminder to take a medicine, and whether it was taken (FHIR MedicationAdministration)."""

    __tablename__ = "medication_intake"
    __table_args__ = (UniqueConstraint("medication_id", "planned_at"),)
    medication_id: Mapped[int] = mapped_column(ForeignKey("medication.id"))
    planned_at: Mapped[dt.datetime]
    taken_at: Mapped[dt.datetime | None]
