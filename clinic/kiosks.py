"""Kiosks: enrolled by staff, each with a token of its own, of which only a digest is kept."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from clinic import audit
from clinic.rows import reads
from clinic.tables import Centre, Kiosk
from clinic.views import KioskView
from conf.texts.words import Name


class UnknownCentre(LookupError):
    """No centre has this code."""


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A kiosk as staff see it; `revoked_at` is None while it has access."""

    id: int
    name: str
    centre: str
    centre_name: Name
    enrolled_at: dt.datetime
    revoked_at: dt.datetime | None


def enrol(session: Session, *, centre: str, name: str, now: dt.datetime) -> tuple[KioskView, str]:
    """A new kiosk of the centre with this code, and its token, which is shown once and cannot be read again."""
    row = session.scalars(select(Centre).where(Centre.code == centre)).one_or_none()
    if row is None:
        raise UnknownCentre(centre)
    token = secrets.token_urlsafe(24)
    kiosk = Kiosk(centre_id=row.id, name=name, token_digest=_digest(token), enrolled_at=now, centre=row)
    session.add(kiosk)
    session.flush()
    audit.note(session, "cli", "kiosk.enrol", f"kiosk:{kiosk.id}", now=now, centre=centre)
    return _view(kiosk), token


def revoke(session: Session, *, kiosk: int, now: dt.datetime) -> bool:
    """Take the kiosk's access away; tells whether there was any."""
    row = session.get(Kiosk, kiosk)
    if row is None or row.revoked_at is not None:
        return False
    row.revoked_at = now
    audit.note(session, "cli", "kiosk.revoke", f"kiosk:{kiosk}", now=now)
    return True


@reads
def known(session: Session, *, token: str) -> KioskView | None:
    """The kiosk with this token, unless revoked. Found by digest, so the time taken tells nothing of the token."""
    found = select(Kiosk).options(joinedload(Kiosk.centre)).where(Kiosk.token_digest == _digest(token))
    row = session.scalars(found.where(Kiosk.revoked_at.is_(None))).one_or_none()
    return None if row is None else _view(row)


@reads
def enrolled(session: Session) -> list[Enrolled]:
    """All kiosks ever enrolled, by centre, the revoked ones too."""
    rows = session.scalars(
        select(Kiosk).join(Kiosk.centre).options(joinedload(Kiosk.centre)).order_by(Centre.code, Kiosk.id)
    )
    return [
        Enrolled(row.id, row.name, row.centre.code, row.centre.name, row.enrolled_at, row.revoked_at) for row in rows
    ]


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _view(row: Kiosk) -> KioskView:
    return KioskView(row.id, row.name, row.centre_id, row.centre.name)
