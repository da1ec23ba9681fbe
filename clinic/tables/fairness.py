"""What keeps booking fair: rules with their days, who may not book, what looks like scalping."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from clinic.tables.base import Base


class AbsenceRule(Base):
    """So many visits missed (or given up) within so many months block for so many months. Policies differ and change.

    `centre_id` None: of all centres that have none of their own.
    """

    __tablename__ = "absence_rule"
    __table_args__ = (Index("ix_absence_rule_centre_id", "centre_id", "valid_from"),)
    centre_id: Mapped[int | None] = mapped_column(ForeignKey("centre.id"))
    what: Mapped[str] = mapped_column(String(8))  # noshow, late, absent, cancel (`clinic.fairness.rules`)
    times: Mapped[int]
    months: Mapped[int]
    block_months: Mapped[int]
    valid_from: Mapped[dt.date]
    valid_until: Mapped[dt.date | None]  # the last day


class CancelRule(Base):
    """Until when a visit can be given up without any consequence: `days` before its day, at `until`.

    Later it can be given up, too, as long as it has not ended: what was paid is not given back then, and it counts as
    `late` in the rules of absence.
    """

    __tablename__ = "cancel_rule"
    __table_args__ = (Index("ix_cancel_rule_centre_id", "centre_id", "valid_from"),)
    centre_id: Mapped[int | None] = mapped_column(ForeignKey("centre.id"))
    days: Mapped[int]
    until: Mapped[dt.time]
    valid_from: Mapped[dt.date]
    valid_until: Mapped[dt.date | None]


class Block(Base):
    """Somebody may not book by phone for a time: a person (`resident_id`), or a phone."""

    __tablename__ = "block"
    __table_args__ = (
        Index("ix_block_resident_id", "resident_id", "until"),
        Index("ix_block_phone", "phone", "until"),
        Index("ix_block_appeal", "appeal"),
    )
    occasion: Mapped[str] = mapped_column(String(80), unique=True)
    resident_id: Mapped[int | None] = mapped_column(ForeignKey("resident.id"))
    phone: Mapped[str | None] = mapped_column(String(20))
    centre_id: Mapped[int | None] = mapped_column(ForeignKey("centre.id"))  # None: everywhere
    reason: Mapped[str] = mapped_column(String(10))  # noshow, cancel, scalper, staff
    note: Mapped[str] = mapped_column(String(200), default="")
    rule_id: Mapped[int | None]  # of `AbsenceRule`, which made it
    counted: Mapped[list[int]] = mapped_column(JSON, default=list)  # the visits that it was made of
    since: Mapped[dt.datetime]
    until: Mapped[dt.datetime]
    by: Mapped[str] = mapped_column(String(60))
    lifted_at: Mapped[dt.datetime | None]
    lifted_by: Mapped[str] = mapped_column(String(60), default="")
    appeal: Mapped[str] = mapped_column(String(8), default="")  # "", open, granted, refused
    appealed_at: Mapped[dt.datetime | None]
    appeal_text: Mapped[str] = mapped_column(String(200), default="")
    appeal_phone: Mapped[str] = mapped_column(String(20), default="")
    answered_at: Mapped[dt.datetime | None]
    answered_by: Mapped[str] = mapped_column(String(60), default="")
    answer: Mapped[str] = mapped_column(String(200), default="")


class ScalperSign(Base):
    """What a phone does that looks like trading with places, for staff to judge. One open row for each kind."""

    __tablename__ = "scalper_sign"
    __table_args__ = (UniqueConstraint("phone", "kind", "round"), Index("ix_scalper_sign_state", "state", "last_at"))
    phone: Mapped[str] = mapped_column(String(20))
    kind: Mapped[str] = mapped_column(String(12))  # of `clinic.fairness.signs.kinds`, or `trusted`
    round: Mapped[int]  # it may be judged, and seen again
    count: Mapped[int]
    evidence: Mapped[dict[str, Any]]
    first_at: Mapped[dt.datetime]
    last_at: Mapped[dt.datetime]
    state: Mapped[str] = mapped_column(String(9), default="open")  # open, cleared, confirmed
    judged_by: Mapped[str] = mapped_column(String(60), default="")
    judged_at: Mapped[dt.datetime | None]
    until: Mapped[dt.date | None]  # a cleared one's: nothing of its kind is noted of this phone until after it
