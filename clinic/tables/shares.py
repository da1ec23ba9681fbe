"""Who gets the places of a clinic session: pools, waiting lists, offers, draws."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from clinic.tables.base import Base
from clinic.tables.places import ClinicSession, Department


class SessionShare(Base):
    """A pool of a session's places: `onsite`, `booked` (any channel), or a channel's own (`ussd`, `sms`, `voice`, ...).

    Over its pools `places` add up to the session's capacity, and `taken` to its taken.
    """

    __tablename__ = "session_share"
    __table_args__ = (UniqueConstraint("clinic_session_id", "pool"),)
    clinic_session_id: Mapped[int] = mapped_column(ForeignKey("clinic_session.id"))
    pool: Mapped[str] = mapped_column(String(10))
    places: Mapped[int]
    taken: Mapped[int] = mapped_column(default=0)


class WaitEntry(Base):
    """Somebody waits for a place that comes back: in one session, or in a department from one day to another."""

    __tablename__ = "wait_entry"
    __table_args__ = (
        Index(
            "uq_wait_entry_waiting",
            "resident_id",
            "department_id",
            unique=True,
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
        Index("ix_wait_entry_department_id", "department_id", "state", "id"),
        Index("ix_wait_entry_phone", "phone"),
        Index(
            "ix_wait_entry_last_day",
            "last_day",
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
    )
    occasion: Mapped[str] = mapped_column(String(80), unique=True)
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"))
    phone: Mapped[str] = mapped_column(String(20))
    language: Mapped[str] = mapped_column(String(2))
    name: Mapped[str] = mapped_column(String(60))
    department_id: Mapped[int] = mapped_column(ForeignKey("department.id"))
    clinic_session_id: Mapped[int | None] = mapped_column(ForeignKey("clinic_session.id"))
    first_day: Mapped[dt.date]
    last_day: Mapped[dt.date]
    state: Mapped[str] = mapped_column(String(8), default="waiting")  # waiting, booked, left, over
    waits_since: Mapped[dt.datetime]
    offered_at: Mapped[dt.datetime | None]  # the last time
    offers: Mapped[int] = mapped_column(default=0)
    department: Mapped[Department] = relationship()


class PlaceOffer(Base):
    """A place that came back and is held for those who wait: told to some of them at a time, the first yes has it.

    `pool` is where it is given back where nobody wants it. One UPDATE of `state` decides. One that is never looked at
    is held for the winners of a draw.
    """

    __tablename__ = "place_offer"
    __table_args__ = (
        Index(
            "ix_place_offer_look_at",
            "look_at",
            "id",
            sqlite_where=text("look_at is not null"),
            postgresql_where=text("look_at is not null"),
        ),
        Index("ix_place_offer_clinic_session_id", "clinic_session_id"),
    )
    clinic_session_id: Mapped[int] = mapped_column(ForeignKey("clinic_session.id"))
    pool: Mapped[str] = mapped_column(String(10), default="")
    state: Mapped[str] = mapped_column(String(8), default="open")  # open, taken, released
    made_at: Mapped[dt.datetime]
    look_at: Mapped[dt.datetime | None]  # when the next ones are told, or it is given back
    told: Mapped[int] = mapped_column(default=0)
    visit_id: Mapped[int | None]
    clinic_session: Mapped[ClinicSession] = relationship()


class PlaceTold(Base):
    """Who was told of an offer, when that came, and what they said: "" nothing yet, yes, no, gone (told that it is)."""

    __tablename__ = "place_told"
    __table_args__ = (
        UniqueConstraint("place_offer_id", "wait_entry_id"),
        Index("ix_place_told_entry", "wait_entry_id"),
    )
    place_offer_id: Mapped[int] = mapped_column(ForeignKey("place_offer.id"))
    wait_entry_id: Mapped[int] = mapped_column(ForeignKey("wait_entry.id"))
    told_at: Mapped[dt.datetime]
    answer: Mapped[str] = mapped_column(String(4), default="")


class Draw(Base):
    """The lottery of a session. `commitment` is published before anybody enters, `seed` after the draw: anyone can
    recompute it (`clinic.sessions.lottery`)."""

    __tablename__ = "draw"
    __table_args__ = (
        Index(
            "ix_draw_unfinished",
            "id",
            sqlite_where=text("finished_at is null"),
            postgresql_where=text("finished_at is null"),
        ),
    )
    clinic_session_id: Mapped[int] = mapped_column(ForeignKey("clinic_session.id"), unique=True)
    commitment: Mapped[str] = mapped_column(String(64))  # SHA-256 of the seed
    seed: Mapped[bytes] = mapped_column(LargeBinary)  # locked (`clinic.identity.Vault`) until it is drawn, then plain
    entries_digest: Mapped[str] = mapped_column(String(64), default="")  # of the tickets, when entries closed
    last_ticket: Mapped[int] = mapped_column(default=0)
    committed_at: Mapped[dt.datetime]
    drawn_at: Mapped[dt.datetime | None]
    finished_at: Mapped[dt.datetime | None]  # when all who took part had their places, or knew that they have none
    clinic_session: Mapped[ClinicSession] = relationship()


class DrawEntry(Base):
    """Somebody's ticket in a draw; `rank` from 1 once it is drawn."""

    __tablename__ = "draw_entry"
    __table_args__ = (UniqueConstraint("draw_id", "resident_id"), UniqueConstraint("draw_id", "ticket"))
    draw_id: Mapped[int] = mapped_column(ForeignKey("draw.id"))
    ticket: Mapped[int]
    occasion: Mapped[str] = mapped_column(String(80), unique=True)
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"))
    phone: Mapped[str] = mapped_column(String(20), index=True)
    language: Mapped[str] = mapped_column(String(2))
    name: Mapped[str] = mapped_column(String(60))
    entered_at: Mapped[dt.datetime]
    channel: Mapped[str] = mapped_column(String(8), default="")
    waits: Mapped[bool] = mapped_column(default=False)  # goes to the waiting list of the session if it is not drawn
    rank: Mapped[int | None]
    # entered, left, won, lost, passed (drawn, but they could not have the place: blocked, booked elsewhere)
    state: Mapped[str] = mapped_column(String(8), default="entered")
