"""What staff make of signs: list them, clear them or a phone for a time, confirm one, which may block the phone."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clinic import audit
from clinic.fairness import blocks
from clinic.fairness.blocks import Subject
from clinic.fairness.signs.seeing import TRUSTED
from clinic.fairness.told import tell
from clinic.installation import Installation
from clinic.notices import Telling
from clinic.phones import masked_phone
from clinic.rows import reads
from clinic.rules import Rules
from clinic.tables import ScalperSign

MOST = 1000


class NoSuchSign(Exception):
    """There is no such sign, or it was judged already; the words say which."""


@dataclass(frozen=True, slots=True)
class SignView:
    """A sign, as staff see it. `phone` is masked unless it was asked for whole; `visits`: what shows it."""

    id: int
    phone: str
    kind: str
    count: int
    visits: tuple[int, ...]
    first_at: dt.datetime
    last_at: dt.datetime
    state: str
    judged_by: str
    judged_at: dt.datetime | None
    until: dt.date | None


@reads
def listed(session: Session, *, every: bool = False, whole: bool = False, most: int = MOST) -> list[SignView]:
    """Open signs, the strongest first; `every`: those that were judged, and trusted phones, too. `whole`: with phones
    as they are."""
    found = select(ScalperSign).order_by(ScalperSign.count.desc(), ScalperSign.id).limit(most)
    rows = session.scalars(found if every else found.where(ScalperSign.state == "open"))
    return [_view(row, whole=whole) for row in rows]


def note_shown(session: Session, *, by: str, now: dt.datetime) -> None:
    """Somebody looks at the phone numbers of signs."""
    audit.note(session, f"staff:{by}", "sign.shown", "sign", now=now)


def clear(session: Session, *, sign: int, until: dt.date | None, by: str, now: dt.datetime) -> None:
    """It means nothing; `until`: nothing of its kind is noted of this phone up to and including that day. Raises
    NoSuchSign."""
    row = _open(session, sign)
    row.state, row.judged_by, row.judged_at, row.until = "cleared", by, now, until
    audit.note(session, f"staff:{by}", "sign.clear", f"sign:{sign}", now=now)


def trust(session: Session, *, phone: str, until: dt.date, by: str, now: dt.datetime) -> None:
    """A phone that books for many and may: no sign is noted of it up to and including that day, and those that are open
    are cleared."""
    open_ones = select(ScalperSign).where(ScalperSign.phone == phone, ScalperSign.state == "open")
    for each in session.scalars(open_ones.with_for_update()):
        each.state, each.judged_by, each.judged_at, each.until = "cleared", by, now, until
    last = session.scalar(
        select(func.max(ScalperSign.round)).where(ScalperSign.phone == phone, ScalperSign.kind == TRUSTED)
    )
    row = ScalperSign(
        phone=phone,
        kind=TRUSTED,
        round=(last or 0) + 1,
        count=0,
        evidence={"visits": []},
        first_at=now,
        last_at=now,
        state="cleared",
        judged_by=by,
        judged_at=now,
        until=until,
    )
    session.add(row)
    session.flush()
    audit.note(session, f"staff:{by}", "phone.trust", f"sign:{row.id}", now=now, until=until.isoformat())


def confirm(
    session: Session,
    *,
    sign: int,
    last: dt.date | None,
    reason: str,
    by: str,
    rules: Rules,
    installation: Installation,
    now: dt.datetime,
) -> int | None:
    """It is what it looks like. `last`: the phone is blocked everywhere up to and including that day, and told so with
    `reason`; the number of the block. Raises NoSuchSign, NoSuchBlock."""
    row = _open(session, sign)
    row.state, row.judged_by, row.judged_at = "confirmed", by, now
    audit.note(session, f"staff:{by}", "sign.confirm", f"sign:{sign}", now=now)
    if last is None:
        return None
    blocks.check_last(last, now)
    note = blocks.checked(reason)
    with_ = Telling.of(session, rules=rules, installation=installation, now=now)
    made = blocks.block(
        with_,
        whom=Subject(phone=row.phone),
        centre=None,
        last=last,
        reason="scalper",
        note=note,
        by=f"staff:{by}",
        occasion=f"sign:{sign}",
        visits=row.evidence.get("visits", []),
    )
    if made is None:
        return None
    tell(with_, made, "block.staff_sms", f"block:{made.id}:made", reason=note)
    return made.id


def _open(session: Session, sign: int) -> ScalperSign:
    row = session.scalars(select(ScalperSign).where(ScalperSign.id == sign).with_for_update()).one_or_none()
    if row is None:
        raise NoSuchSign(f"there is no sign {sign}; `caredial fairness signs list --all` shows them")
    if row.state != "open":
        raise NoSuchSign(f"sign {sign} is {row.state} already, by {row.judged_by}")
    return row


def _view(row: ScalperSign, *, whole: bool) -> SignView:
    return SignView(
        id=row.id,
        phone=row.phone if whole else masked_phone(row.phone),
        kind=row.kind,
        count=row.count,
        visits=tuple(row.evidence.get("visits", ())),
        first_at=row.first_at,
        last_at=row.last_at,
        state=row.state,
        judged_by=row.judged_by,
        judged_at=row.judged_at,
        until=row.until,
    )
