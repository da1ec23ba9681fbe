"""The tables. Rows never leave a use case: what comes out are the frozen views of `clinic.views`.

Times are stored as UTC and come back aware; a clinic session's day and hours are local to the installation.
States use the words of HL7 FHIR R4 where it has them (Appointment.status: booked, arrived, cancelled, noshow).
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from conf.texts.words import Half, Name
from smpp.kinds import MessageClass

Channel = Literal["sms", "voice"]


class Instant(TypeDecorator[dt.datetime]):
    """An aware moment, kept as naive UTC (SQLite knows no time zones), given back aware."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:  # noqa: ARG002
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone is ambiguous")
        return value.astimezone(dt.UTC).replace(tzinfo=None)

    def process_result_value(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:  # noqa: ARG002
        return None if value is None else value.replace(tzinfo=dt.UTC)


# SQLite gives an alias of rowid (and so a number by itself) only to INTEGER PRIMARY KEY.
Id = BigInteger().with_variant(Integer, "sqlite")


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {dt.datetime: Instant, dict[str, Any]: JSON}  # noqa: RUF012

    id: Mapped[int] = mapped_column(Id, primary_key=True)


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
    taken: Mapped[int] = mapped_column(default=0)
    last_number: Mapped[int] = mapped_column(default=0)
    department: Mapped[Department] = relationship()
    practitioner: Mapped[Practitioner | None] = relationship()


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
            sqlite_where=text("state in ('booked', 'arrived')"),
            postgresql_where=text("state in ('booked', 'arrived')"),
        ),
        UniqueConstraint("clinic_session_id", "queue"),
    )
    clinic_session_id: Mapped[int] = mapped_column(ForeignKey("clinic_session.id"))
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"))
    department_id: Mapped[int] = mapped_column(ForeignKey("department.id"))
    day: Mapped[dt.date]
    phone: Mapped[str] = mapped_column(String(20), index=True)
    language: Mapped[str] = mapped_column(String(2))
    name: Mapped[str] = mapped_column(String(60))
    queue: Mapped[int]
    fee: Mapped[int]  # fen
    state: Mapped[str] = mapped_column(String(10), default="booked")  # booked, arrived, cancelled, noshow
    # What makes a repeated write harmless: the conversation and its step, unique.
    occasion: Mapped[str] = mapped_column(String(80), unique=True)
    booked_at: Mapped[dt.datetime]
    clinic_session: Mapped[ClinicSession] = relationship()


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


class Kiosk(Base):
    __tablename__ = "kiosk"
    centre_id: Mapped[int] = mapped_column(ForeignKey("centre.id"))
    name: Mapped[str] = mapped_column(String(60))
    token_digest: Mapped[str] = mapped_column(String(64), unique=True)
    enrolled_at: Mapped[dt.datetime]
    revoked_at: Mapped[dt.datetime | None]
    centre: Mapped[Centre] = relationship()


# In these very words a query finds the index: SQLite does not look into bound values.
TO_CALL = "channel = 'voice' and state = 'queued'"
# SMS that have not come, and can still be told by voice.
NOT_COME = "channel = 'sms' and state in ('failed', 'expired') and speech is not null"


class Message(Base):
    """The outbox: a text to be told, written in the transaction of the change that it tells of."""

    __tablename__ = "message"
    __table_args__ = (
        Index("ix_message_channel_state_due_at", "channel", "state", "due_at"),
        # Small ones, for what is spoken: they cost an SMS nothing.
        Index(
            "ix_message_to_call", "message_class", "due_at", sqlite_where=text(TO_CALL), postgresql_where=text(TO_CALL)
        ),
        Index(
            "ix_message_not_come",
            "channel",
            "state",
            "expires_at",
            sqlite_where=text(NOT_COME),
            postgresql_where=text(NOT_COME),
        ),
    )
    occasion: Mapped[str] = mapped_column(String(120), unique=True)
    phone: Mapped[str] = mapped_column(String(20))
    text: Mapped[str] = mapped_column(Text)
    message_class: Mapped[MessageClass] = mapped_column(String(10), default="answer", server_default="answer")
    link: Mapped[str | None] = mapped_column(String(40))  # the only link that may carry it, where one is named
    channel: Mapped[Channel] = mapped_column(String(5), default="sms", server_default="sms")
    # What the text was made from, so that it can be spoken: language, key and words (`clinic.speech`). Of an SMS that
    # failed it goes over to the call in its place (`clinic.voice.fall_back`).
    speech: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    # queued, claimed, submitted, delivered, failed, expired
    state: Mapped[str] = mapped_column(String(10), default="queued")
    due_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    claimed_by: Mapped[str | None] = mapped_column(String(80))
    claimed_at: Mapped[dt.datetime | None]
    error: Mapped[str | None] = mapped_column(String(80))
    created_at: Mapped[dt.datetime]
    parts: Mapped[list[MessagePart]] = relationship(order_by="MessagePart.number")


class MessagePart(Base):
    """One segment as the SMS centre knows it."""

    __tablename__ = "message_part"
    __table_args__ = (
        UniqueConstraint("message_id", "number"),
        Index("ix_message_part_link_smsc_id", "link", "smsc_id"),
    )
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"))
    number: Mapped[int]
    link: Mapped[str] = mapped_column(String(40))
    smsc_id: Mapped[str] = mapped_column(String(65))
    state: Mapped[str] = mapped_column(String(14), default="submitted")
    error: Mapped[str | None] = mapped_column(String(40))


class Receipt(Base):
    """A delivery receipt that came before its submit_sm_resp was settled; waits here for its part.

    `phones`, between spaces: the only ones that it may count for, None for any.
    """

    __tablename__ = "receipt"
    __table_args__ = (Index("ix_receipt_link_smsc_id", "link", "smsc_id"),)
    link: Mapped[str] = mapped_column(String(40))
    smsc_id: Mapped[str] = mapped_column(String(65))
    state: Mapped[str] = mapped_column(String(14))
    error: Mapped[str | None] = mapped_column(String(40))
    received_at: Mapped[dt.datetime]
    phones: Mapped[str | None] = mapped_column(Text)
    forget_at: Mapped[dt.datetime | None]


class Call(Base):
    """A telephone call, in or out. `path` are the steps of its dialog: keys of prompts and of choices, no answers."""

    __tablename__ = "call"
    __table_args__ = (
        UniqueConstraint("server", "uniqueid"),
        Index("ix_call_started_at", "started_at"),
        Index("ix_call_message_id_outcome", "message_id", "outcome"),
        # The phones that are on a call now.
        Index(
            "ix_call_open", "phone", sqlite_where=text("ended_at is null"), postgresql_where=text("ended_at is null")
        ),
    )
    server: Mapped[str] = mapped_column(String(40))
    uniqueid: Mapped[str] = mapped_column(String(150))  # Asterisk's, which begins anew with each of its processes
    direction: Mapped[str] = mapped_column(String(3))  # in, out
    phone: Mapped[str] = mapped_column(String(20))  # E.164, "" where the caller is not told
    trunk: Mapped[str] = mapped_column(String(40), default="")
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id"))
    language: Mapped[str | None] = mapped_column(String(2))
    started_at: Mapped[dt.datetime]
    answered_at: Mapped[dt.datetime | None]
    ended_at: Mapped[dt.datetime | None]
    outcome: Mapped[str | None] = mapped_column(String(20))
    cause: Mapped[int | None]  # ITU-T Q.850
    path: Mapped[list[str]] = mapped_column(JSON)


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


class Immunization(Base):
    """A vaccine dose that was given (FHIR Immunization)."""

    __tablename__ = "immunization"
    __table_args__ = (UniqueConstraint("resident_id", "vaccine", "dose"),)
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"))
    vaccine: Mapped[str] = mapped_column(String(20))  # the code of the national programme: HepB, BCG, ...
    dose: Mapped[int]
    given_on: Mapped[dt.date]
    lot: Mapped[str] = mapped_column(String(40), default="")


class Inbound(Base):
    """The inbox: a text from a phone, stored before the SMS centre is told that we have it."""

    __tablename__ = "inbound"
    __table_args__ = (
        Index("ix_inbound_handled_at", "handled_at"),
        Index("ix_inbound_fingerprint", "fingerprint"),
    )
    link: Mapped[str] = mapped_column(String(40))
    bind: Mapped[str] = mapped_column(String(40))
    phone: Mapped[str] = mapped_column(String(20))
    text: Mapped[str] = mapped_column(Text)
    fingerprint: Mapped[str] = mapped_column(String(64))
    received_at: Mapped[dt.datetime]
    handled_at: Mapped[dt.datetime | None]


class InboundPart(Base):
    """A segment of a long text from a phone, stored before the SMS centre is told that we have it.

    What a segment belongs to does not depend on the link: two segments may come over two binds, or two links. Those
    of a text that is complete stay for a while with the text that they went into, to know a repetition by.
    """

    __tablename__ = "inbound_part"
    __table_args__ = (
        UniqueConstraint(
            "source", "destination", "reference", "total", "width", "number", name="uq_inbound_part_place"
        ),
        Index("ix_inbound_part_received_at", "received_at"),
    )
    source: Mapped[str] = mapped_column(String(65))  # data_sm has room for as much
    destination: Mapped[str] = mapped_column(String(65))
    reference: Mapped[int]
    total: Mapped[int]
    width: Mapped[int]  # bits of the reference
    number: Mapped[int]
    data_coding: Mapped[int]
    octets: Mapped[bytes] = mapped_column(LargeBinary)
    received_at: Mapped[dt.datetime]
    inbound_id: Mapped[int | None] = mapped_column(ForeignKey("inbound.id"), index=True)


class Audit(Base):
    """Who did what, when: visits, vouchers, kiosks, keys."""

    __tablename__ = "audit"
    at: Mapped[dt.datetime]
    actor: Mapped[str] = mapped_column(String(60))
    action: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(60), index=True)
    detail: Mapped[dict[str, Any]]
