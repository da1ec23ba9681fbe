"""Who calls, who is ill, and what they were given."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from clinic.tables.base import Base, Channel


class Subscriber(Base):
    """A phone as the network knows it (E.164): who calls, not who is ill."""

    __tablename__ = "subscriber"
    phone: Mapped[str] = mapped_column(String(20), unique=True)
    language: Mapped[str | None] = mapped_column(String(2))
    contact: Mapped[Channel | None] = mapped_column(String(5))  # how we reach them; None: as the number's kind suggests
    last_centre_id: Mapped[int | None] = mapped_column(ForeignKey("centre.id"))
    created_at: Mapped[dt.datetime]


class Resident(Base):
    """A person of the population served. The identity number is sealed; `identity_digest` (keyed) finds it.

    Who was registered by voice has no written name yet: `spoken_name` is the recording, and the counter completes it.
    """

    __tablename__ = "resident"
    name: Mapped[str] = mapped_column(String(60))
    identity_sealed: Mapped[bytes]
    identity_digest: Mapped[str] = mapped_column(String(64), unique=True)
    birth: Mapped[dt.date]
    sex: Mapped[str] = mapped_column(String(6))  # male, female (FHIR AdministrativeGender)
    centre_id: Mapped[int | None] = mapped_column(ForeignKey("centre.id"))
    spoken_name: Mapped[str | None] = mapped_column(String(80))
    created_at: Mapped[dt.datetime]


class RelatedPerson(Base):
    """Whom a subscriber books for (FHIR RelatedPerson). `name` is what this subscriber typed.

    Somebody who types another's identity number so learns nothing of what is on record.
    """

    __tablename__ = "related_person"
    __table_args__ = (UniqueConstraint("subscriber_id", "resident_id"),)
    subscriber_id: Mapped[int] = mapped_column(ForeignKey("subscriber.id"))
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"), index=True)
    name: Mapped[str] = mapped_column(String(60))
    is_self: Mapped[bool]


class Immunization(Base):
    """A vaccine dose that was given (FHIR Immunization)."""

    __tablename__ = "immunization"
    __table_args__ = (UniqueConstraint("resident_id", "vaccine", "dose"),)
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"))
    vaccine: Mapped[str] = mapped_column(String(20))  # the code of the national programme: HepB, BCG, ...
    dose: Mapped[int]
    given_on: Mapped[dt.date]
    lot: Mapped[str] = mapped_column(String(40), default="")
