"""Who calls, who is ill, and what they were given."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from clinic.tables.base import Base, Channel

ConsentClass = Literal["public", "education", "commercial"]
"""public: instructions and warnings of the health authority, which nobody can refuse; health education; advertising."""


class Subscriber(Base):
    """A phone as the network knows it (E.164): who calls, not who is ill."""

    __tablename__ = "subscriber"
    phone: Mapped[str] = mapped_column(String(20), unique=True)
    language: Mapped[str | None] = mapped_column(String(2))
    contact: Mapped[Channel | None] = mapped_column(String(5))  # how we reach them; None: as the number's kind suggests
    last_centre_id: Mapped[int | None] = mapped_column(ForeignKey("centre.id"))
    wrong_at: Mapped[dt.datetime | None]  # since when it says that it is not whom we think
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
    grid: Mapped[str] = mapped_column(String(40), default="", server_default=text("''"))  # the work grid they live in
    created_at: Mapped[dt.datetime]
    # Whether name and identity number belong together, as a register says: "" nobody asked, confirmed, refuted;
    # seen: the counter has seen the identity document (`clinic.verifying`).
    verified: Mapped[str] = mapped_column(String(10), default="", server_default=text("''"))
    verify_at: Mapped[dt.datetime | None] = mapped_column(index=True)  # when it is asked next


class ResidentTag(Base):
    """What a resident is looked after for: hypertension, diabetes, pregnant, ..."""

    __tablename__ = "resident_tag"
    __table_args__ = (UniqueConstraint("resident_id", "tag"), Index("ix_resident_tag_tag", "tag", "resident_id"))
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"))
    tag: Mapped[str] = mapped_column(String(40))


class RelatedPerson(Base):
    """Whom a subscriber books for (FHIR RelatedPerson). `name` is what this subscriber typed.

    Somebody who types another's identity number so learns nothing of what is on record. `relation` is what the centre
    has on record ("" where it has nothing): mother, father, guardian, ...; `is_told`: notices about the resident go to
    this phone, because the centre has put it on record for that.
    """

    __tablename__ = "related_person"
    __table_args__ = (
        UniqueConstraint("subscriber_id", "resident_id"),
        # By which phone a resident is reached: one look, also for each of a million (`clinic.audience`).
        Index("ix_related_person_reach", "resident_id", "is_self", "id", "subscriber_id"),
    )
    subscriber_id: Mapped[int] = mapped_column(ForeignKey("subscriber.id"))
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"))
    name: Mapped[str] = mapped_column(String(60))
    is_self: Mapped[bool]
    relation: Mapped[str] = mapped_column(String(20), default="", server_default=text("''"))
    is_told: Mapped[bool] = mapped_column(default=False, server_default=false())


class OneTimeCode(Base):
    """A code that was sent to a phone, to prove who holds it; of each purpose only the last can be open.

    `digest` is "" once it can be used no more (`clinic.passcodes`).
    """

    __tablename__ = "one_time_code"
    __table_args__ = (
        Index("ix_one_time_code_phone", "phone", "purpose", "id"),
        Index("ix_one_time_code_expires_at", "expires_at"),
    )
    phone: Mapped[str] = mapped_column(String(20))
    purpose: Mapped[str] = mapped_column(String(20))
    digest: Mapped[str] = mapped_column(String(64))
    subject: Mapped[dict[str, Any]]  # what it is good for
    sent_at: Mapped[dt.datetime]
    wrong: Mapped[int] = mapped_column(default=0)
    expires_at: Mapped[dt.datetime]
    used_at: Mapped[dt.datetime | None]


class Immunization(Base):
    """A vaccine dose that was given (FHIR Immunization)."""

    __tablename__ = "immunization"
    __table_args__ = (UniqueConstraint("resident_id", "vaccine", "dose"),)
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"))
    vaccine: Mapped[str] = mapped_column(String(20))  # the code of the national programme: HepB, BCG, ...
    dose: Mapped[int]
    given_on: Mapped[dt.date]
    lot: Mapped[str] = mapped_column(String(40), default="")


class Consent(Base):
    """What a phone has said to a class of messages; a class that it has said nothing to has no row.

    `proof`: the very words, where they came by SMS. Every change stands in the audit trail too.
    """

    __tablename__ = "consent"
    __table_args__ = (UniqueConstraint("phone", "consent_class"), Index("ix_consent_changed_at", "changed_at"))
    phone: Mapped[str] = mapped_column(String(20))
    consent_class: Mapped[ConsentClass] = mapped_column(String(10))
    given: Mapped[bool]
    source: Mapped[str] = mapped_column(String(10))  # sms, staff, import
    proof: Mapped[str] = mapped_column(String(200), default="")
    changed_at: Mapped[dt.datetime]
