"""What those who took part in a draw are told: drawn, not drawn, and why not."""

from __future__ import annotations

from typing import Any

from clinic.notices import Telling, notify
from clinic.notices.people import covered
from clinic.sessions.lottery.entries import page
from clinic.tables import Draw, DrawEntry
from clinic.views import VisitView
from clinic.visit_telling.wording import booker, is_wrong, where
from conf.texts.words import Money, Word


def tell_won(telling: Telling, draw: Draw, entry: DrawEntry, view: VisitView) -> None:
    """Its T-code comes with the booking; of one that is to be paid until when."""
    if view.state != "pending" or view.hold_until is None:
        _tell(telling, draw, entry, "lottery.won_sms", queue=view.queue)
        return
    until = view.hold_until.astimezone(telling.when.now.tzinfo)
    fee = Money(draw.clinic_session.fee, draw.clinic_session.department.centre.currency)
    words: dict[str, Word] = {"queue": view.queue, "drawday": until.date(), "drawat": until.time(), "fee": fee}
    _tell(telling, draw, entry, "lottery.won_pay_sms", **words)


def tell_lost(telling: Telling, draw: Draw, entry: DrawEntry, *, waits: bool) -> None:
    _tell(telling, draw, entry, "lottery.lost_waits_sms" if waits else "lottery.lost_sms")


def tell_passed(telling: Telling, draw: Draw, entry: DrawEntry) -> None:
    _tell(telling, draw, entry, "lottery.passed_sms")


def tell_off(telling: Telling, draw: Draw, entry: DrawEntry) -> None:
    _tell(telling, draw, entry, "lottery.off_sms")


def _tell(telling: Telling, draw: Draw, entry: DrawEntry, key: str, **more: Word) -> None:
    """Once for each ticket, whatever it is; not in quiet hours, and not after the session has begun."""
    if is_wrong(telling.session, entry.phone):
        return
    row = draw.clinic_session
    begins = row.starts_at(telling.when.now.tzinfo)
    said: dict[str, Any] = {
        "name": covered(entry.name),
        "ticket": entry.ticket,
        **where(row),
        "link": page(telling.installation, row.id),
        **more,
    }
    notify(
        telling.session,
        occasion=f"drawn:{entry.id}:{entry.ticket}",
        to=booker(entry),
        resident_id=entry.resident_id,
        centre_id=row.department.centre_id,
        key=key,
        when=telling.when,
        installation=telling.installation,
        due_at=telling.when.now,
        expires_at=begins,
        **said,
    )
