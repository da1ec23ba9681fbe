"""The audit trail: a line in the same transaction as what it tells of."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy.orm import Session

from clinic.tables import Audit


def note(session: Session, actor: str, action: str, subject: str, *, now: dt.datetime, **detail: Any) -> None:
    """`actor` is a kind and an id ("kiosk:3", "subscriber:8"), never a name or a phone number."""
    session.add(Audit(at=now, actor=actor, action=action, subject=subject, detail=detail))
