"""What else ends with a session that is stopped or moved: offers of its places, those who wait for it or for its draw.

What somebody else has in hand is passed over, and looked at once more before the change is finished: whoever takes an
offer, or a ticket in the draw, has it first, and may want the session after it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clinic import audit
from clinic.notices import Telling, notify
from clinic.notices.people import covered
from clinic.places.offers import release_all
from clinic.tables import ClinicSession, Draw, DrawEntry, PlaceOffer, WaitEntry
from clinic.visit_telling.wording import booker, is_wrong, where


def end(telling: Telling, row: ClinicSession, change: Mapping[str, Any]) -> int:
    """Release what is held of the session for others, and tell those who wait for it that it will not be; how many
    were told, or would have been were it their phone."""
    release_all(telling.session, row.id)
    return _end_waiting(telling, row, change) + _end_draw(telling, row, change)


def left(session: Session, offered: int) -> int:
    """What of that is in others' hands: open offers, and a draw that is not finished."""
    offers = select(func.count()).where(PlaceOffer.clinic_session_id == offered, PlaceOffer.state == "open")
    draws = select(func.count()).where(Draw.clinic_session_id == offered, Draw.finished_at.is_(None))
    return (session.scalar(offers) or 0) + (session.scalar(draws) or 0)


def _end_waiting(telling: Telling, row: ClinicSession, change: Mapping[str, Any]) -> int:
    """Those who wait for exactly this one; who waits for any of the department goes on waiting."""
    theirs = select(WaitEntry).where(WaitEntry.clinic_session_id == row.id, WaitEntry.state == "waiting")
    entries = telling.session.scalars(theirs.order_by(WaitEntry.id).with_for_update(skip_locked=True)).all()
    for entry in entries:
        entry.state = "over"
        audit.note(
            telling.session, f"staff:{change['by']}", "waiting.over", f"waiting:{entry.id}", now=telling.when.now
        )
        _tell(telling, row, entry, "halted.waiting_sms", f"waiting:{entry.id}:stopped", change)
    return len(entries)


def _end_draw(telling: Telling, row: ClinicSession, change: Mapping[str, Any]) -> int:
    """Those who hold tickets, where the places are not given yet."""
    session, now = telling.session, telling.when.now
    unfinished = select(Draw).where(Draw.clinic_session_id == row.id, Draw.finished_at.is_(None))
    found = unfinished.with_for_update(skip_locked=True).execution_options(populate_existing=True)
    draw = session.scalars(found).one_or_none()
    if draw is None:
        return 0
    draw.finished_at = now
    theirs = select(DrawEntry).where(DrawEntry.draw_id == draw.id, DrawEntry.state == "entered")
    entries = session.scalars(theirs.order_by(DrawEntry.id)).all()
    for entry in entries:
        entry.state = "lost"
        _tell(telling, row, entry, "halted.draw_sms", f"draw:{entry.id}:stopped", change)
    audit.note(session, f"staff:{change['by']}", "draw.stopped", f"session:{row.id}", now=now, tickets=len(entries))
    return len(entries)


def _tell(
    telling: Telling,
    row: ClinicSession,
    entry: WaitEntry | DrawEntry,
    key: str,
    occasion: str,
    change: Mapping[str, Any],
) -> dt.datetime | None:
    if is_wrong(telling.session, entry.phone):
        return None
    return notify(
        telling.session,
        occasion=occasion,
        to=booker(entry),
        resident_id=entry.resident_id,
        centre_id=row.department.centre_id,
        key=key,
        when=telling.when,
        installation=telling.installation,
        due_at=telling.when.now,
        name=covered(entry.name),
        **where(row),
        reason=change["reason"],
        code=telling.installation.ussd_code,
    )
