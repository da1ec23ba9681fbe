"""T-codes in the database: issued with the visit, used once, cancelled with it, expired after its day.

Every move is one UPDATE with the old state in its WHERE: of any number of kiosks, cancellations and nightly jobs at
once exactly one wins.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, select, update
from sqlalchemy.orm import Session, joinedload

from clinic import audit
from clinic.names import masked
from clinic.queue import arriving, standing
from clinic.rows import reads, rows_changed
from clinic.rules import BookingRules
from clinic.tables import ClinicSession, Department, Visit, Voucher
from clinic.views import KioskView, Standing, VoucherView
from tcode import number as tcode_number
from tcode import token as tcode_token
from tcode.voucher import Claims


@dataclass(frozen=True, slots=True)
class _At:
    """Where a T-code is used: at a kiosk, or (None) at the counter. `who`: for the audit trail."""

    kiosk: int | None
    who: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What a kiosk is told. `outcome`: genuine, returned, used, wrong_day, wrong_centre, cancelled, expired, forged.

    `returned`: who was passed over is in the queue again. `voucher` is None for a code that is nobody's. `used_at`
    tells when a used one was used, `standing` where who has come stands in the queue.
    """

    outcome: str
    voucher: VoucherView | None = None
    used_at: dt.datetime | None = None
    standing: Standing | None = None


def issue(session: Session, visit: Visit) -> Voucher:
    """Make the visit's T-code: a number to type and the token of its page, both unguessable."""
    voucher = Voucher(visit_id=visit.id, number=_unused(session), token=tcode_token.mint(), state="issued")
    session.add(voucher)
    session.flush()
    return voucher


def renew(session: Session, voucher: Voucher) -> None:
    """Another number and another page: what was sent of the T-code before is worth nothing."""
    voucher.number, voucher.token = _unused(session), tcode_token.mint()
    session.flush()


def _unused(session: Session) -> str:
    number = tcode_number.mint()
    while session.scalar(select(Voucher.id).where(Voucher.number == number)) is not None:
        number = tcode_number.mint()
    return number


def use(
    session: Session,
    *,
    claims: Claims | None,
    number: str,
    kiosk: KioskView,
    now: dt.datetime,
    rules: BookingRules = BookingRules(),  # noqa: B008  frozen
) -> Checked:
    """Use the T-code with this number at this kiosk: its holder is there, and in the queue. Who was passed over and
    scans it again waits again. `claims` is what a scanned QR says (its signature verified)."""
    row = session.scalars(_whole().where(Voucher.number == number)).one_or_none()
    if row is None:
        return Checked("forged")
    view = _view(row)
    if claims is not None and not _are_of(claims, row, view):
        return Checked("forged")
    if view.centre != kiosk.centre:
        return Checked("wrong_centre", view)
    return _use_here(session, view, _At(kiosk.id, f"kiosk:{kiosk.id}"), now, rules)


def arrive(session: Session, *, visit: int, by: str, now: dt.datetime, rules: BookingRules) -> Checked:
    """Somebody is there whom the counter lets in without their T-code, or who is back after being passed over; the
    outcome is a kiosk's, `forged` where the visit has no T-code."""
    row = session.scalars(_whole().where(Voucher.visit_id == visit)).one_or_none()
    if row is None:
        return Checked("forged")
    return _use_here(session, _view(row), _At(None, f"staff:{by}"), now, rules)


def _are_of(claims: Claims, row: Voucher, view: VoucherView) -> bool:
    """What a QR says that we have signed; one drawn before its visit was moved names the time that it had then."""
    if row.visit.moved_at is not None:
        return (claims.number, claims.centre) == (view.number, view.centre)
    return claims == claims_of(view)


def _use_here(session: Session, view: VoucherView, at: _At, now: dt.datetime, rules: BookingRules) -> Checked:
    refused = _refused(view, now)
    if refused is not None:
        return _again(session, refused, at, now)
    if not _use(session, view, at, now):
        return _lost(session, view, now)
    arriving.arrive(session, visit=view.visit, late_minutes=rules.late_minutes, now=now)
    audit.note(session, at.who, "voucher.use", f"visit:{view.visit}", now=now)
    return Checked("genuine", view, now, _standing(session, view, now))


def _again(session: Session, refused: Checked, at: _At, now: dt.datetime) -> Checked:
    """A T-code that is used already, on its day: of who was passed over it is the way back into the queue."""
    view = refused.voucher
    if view is None or refused.outcome != "used" or view.day != now.date():
        return refused
    is_back = arriving.come_back(session, visit=view.visit, by=at.who, now=now)
    return Checked("returned" if is_back else "used", view, refused.used_at, _standing(session, view, now))


def _standing(session: Session, view: VoucherView, now: dt.datetime) -> Standing | None:
    session.expire_all()  # the rows were changed behind the objects
    return standing.of_visit(session, visit=view.visit, now=now)


def _refused(view: VoucherView, now: dt.datetime) -> Checked | None:
    if view.state != "issued":
        return Checked(view.state, view, view.used_at)
    if view.day != now.date():
        return Checked("expired" if view.day < now.date() else "wrong_day", view)
    return None


def _use(session: Session, view: VoucherView, at: _At, now: dt.datetime) -> bool:
    """Use it, unless it is used or cancelled by now, or its visit was moved to another day since it was read.

    Who moves a visit holds its T-code without changing it. So ours is taken first, and the day asked afterwards: an
    UPDATE that has waited would go by the day that it saw before.
    """
    session.execute(select(Voucher.id).where(Voucher.id == view.id).with_for_update())
    today = Voucher.visit_id.in_(select(Visit.id).where(Visit.day == now.date()))
    return _move(session, view.id, "used", today, used_at=now, used_kiosk_id=at.kiosk)


def _lost(session: Session, view: VoucherView, now: dt.datetime) -> Checked:
    """Another kiosk (or a cancellation, or a move) was faster: say what it is now."""
    session.expire_all()
    now_is = session.scalars(_whole().where(Voucher.id == view.id)).one()
    seen = _view(now_is)
    return _refused(seen, now) or Checked(now_is.state, seen, now_is.used_at)


def cancel(session: Session, *, visit: int) -> bool:
    """Cancel the visit's T-code unless it is used, cancelled or expired already; tells whether it did."""
    row = session.scalar(select(Voucher.id).where(Voucher.visit_id == visit))
    return row is not None and _move(session, row, "cancelled")


def expire(session: Session, *, now: dt.datetime) -> int:
    """Expire what was not used on its day, and count its visits as not come; tells how many.

    Not those that are still to follow their session, which was stopped or moved: nobody could have come to it.
    """
    changed = select(ClinicSession.id).where(ClinicSession.change.is_not(None))
    missed = Visit.day < now.date(), Visit.state == "booked", Visit.clinic_session_id.not_in(changed)
    over = select(Visit.id).where(*missed)
    vouchers = session.execute(
        update(Voucher)
        .where(Voucher.state == "issued", Voucher.visit_id.in_(over))
        .values(state="expired")
        .execution_options(synchronize_session=False)
    )
    noshow = update(Visit).where(*missed).values(state="noshow", judge_at=now)
    session.execute(noshow, execution_options={"synchronize_session": False})
    return rows_changed(vouchers)


@reads
def by_token(session: Session, *, token: str) -> VoucherView | None:
    row = session.scalars(_whole().where(Voucher.token == token)).one_or_none()
    return None if row is None else _view(row)


@reads
def by_number(session: Session, *, number: str, centre: int) -> VoucherView | None:
    row = session.scalars(_whole().where(Voucher.number == number)).one_or_none()
    return None if row is None or _view(row).centre != centre else _view(row)


@reads
def by_visit(session: Session, *, visit: int, centre: int) -> VoucherView | None:
    """The T-code of this visit, if it is one of this centre."""
    row = session.scalars(_whole().where(Voucher.visit_id == visit)).one_or_none()
    return None if row is None or _view(row).centre != centre else _view(row)


def claims_of(view: VoucherView) -> Claims:
    """What the QR of this voucher says."""
    return Claims(number=view.number, centre=view.centre, day=view.day, half=view.half, queue=view.queue)


def _move(session: Session, voucher: int, state: str, *only: ColumnElement[bool], **values: object) -> bool:
    result = session.execute(
        update(Voucher)
        .where(Voucher.id == voucher, Voucher.state == "issued", *only)
        .values(state=state, **values)
        .execution_options(synchronize_session=False)
    )
    return rows_changed(result) == 1


def _whole() -> Select[Voucher]:
    offered = joinedload(Voucher.visit).joinedload(Visit.clinic_session)
    return select(Voucher).options(
        offered.joinedload(ClinicSession.department).joinedload(Department.centre),
        offered.joinedload(ClinicSession.practitioner),
    )


def _view(row: Voucher) -> VoucherView:
    visit, offered = row.visit, row.visit.clinic_session
    return VoucherView(
        id=row.id,
        number=row.number,
        token=row.token,
        state=row.state,
        used_at=row.used_at,
        language=visit.language,
        visit=visit.id,
        queue=visit.queue,
        centre=offered.department.centre_id,
        centre_name=offered.department.centre.name,
        department=offered.department.name,
        room=offered.department.room,
        practitioner=offered.practitioner.name if offered.practitioner else None,
        day=visit.day,
        half=offered.half,
        starts=offered.starts,
        patient_name=masked(visit.name),
    )
