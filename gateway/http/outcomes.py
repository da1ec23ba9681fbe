"""The outcome of a check as the kiosk gets it: words for programs, texts in both languages, and the visit."""

from __future__ import annotations

import datetime as dt
from typing import Any

from clinic.views import Standing, VoucherView
from clinic.vouchers import Checked
from conf.texts import LANGUAGES, say
from conf.texts.words import Language, Name, Word
from dialogs import standing

# Only who holds a good code at the right place sees the visit.
SHOWN = frozenset({"genuine", "returned", "used"})


def document(checked: Checked, zone: dt.tzinfo | None) -> dict[str, Any]:
    """The JSON of `POST /api/kiosk/check`: outcome, queue, used_at, text, detail, visit and standing.

    `used_at` is ISO 8601 in the installation's time; names, `text` and `detail` are objects with zh and en. `standing`
    is where who has come stands in the queue, or null; its times are "HH:MM".
    """
    used_at = checked.used_at.astimezone(zone) if checked.used_at else None
    view = checked.voucher if checked.outcome in SHOWN else None
    words = _words(checked.voucher, used_at)
    return {
        "outcome": checked.outcome,
        "queue": view.queue if view else None,
        "used_at": used_at.isoformat(timespec="seconds") if used_at and view else None,
        "text": {language: say(language, f"kiosk.{checked.outcome}", **words) for language in LANGUAGES},
        "detail": {language: _detail(checked, language, words, zone) for language in LANGUAGES},
        "visit": _visit(view) if view else None,
        "standing": _standing(checked.standing, zone) if checked.standing and view else None,
    }


def _detail(checked: Checked, language: Language, words: dict[str, Word], zone: dt.tzinfo | None) -> str:
    """Who is in the queue is told how many are before them, and about when; of a used code first when that was."""
    said = say(language, f"kiosk.{checked.outcome}_detail", **words)
    stands = checked.standing
    if stands is None or stands.state not in ("waits", "called"):
        return said
    queue = _in_queue(stands, language, zone)
    return f"{said}{'' if language == 'zh' else ' '}{queue}" if checked.outcome == "used" else queue


def _in_queue(stands: Standing, language: Language, zone: dt.tzinfo | None) -> str:
    said = queue_words(stands, zone)
    if stands.state == "called":
        return say(language, "checkin.called")
    if stands.ahead == 0 or stands.expected is None:
        return say(language, "checkin.next_room" if stands.room else "checkin.next", **said)
    return say(language, "checkin.waits_room" if stands.room else "checkin.waits", **said)


def queue_words(stands: Standing, zone: dt.tzinfo | None) -> dict[str, Word]:
    """Where somebody stands, as words for a page."""
    return {**standing.words(stands, zone), "room": stands.room}


def _standing(stands: Standing, zone: dt.tzinfo | None) -> dict[str, Any]:
    told = stands.expected
    return {
        "state": stands.state,
        "in_all": stands.in_all,
        "seen": stands.seen,
        "called": stands.called,
        "ahead": stands.ahead,
        "earliest": told.earliest.astimezone(zone).strftime("%H:%M") if told else None,
        "latest": told.latest.astimezone(zone).strftime("%H:%M") if told else None,
    }


def unreadable(reason: str) -> dict[str, Any]:
    """The same for what is no T-code: `reason` is no_code, not_a_tcode or mistyped."""
    key = "kiosk.mistyped" if reason == "mistyped" else "kiosk.unreadable"
    return {
        "outcome": "unreadable",
        "reason": reason,
        "queue": None,
        "used_at": None,
        "text": {language: say(language, key) for language in LANGUAGES},
        "detail": {language: say(language, f"{key}_detail") for language in LANGUAGES},
        "visit": None,
        "standing": None,
    }


def names(name: Name | None) -> dict[str, str] | None:
    return None if name is None else {language: name.text(language) for language in LANGUAGES}


def _words(view: VoucherView | None, used_at: dt.datetime | None) -> dict[str, Word]:
    if view is None:
        return {}
    words: dict[str, Word] = {"day": view.day, "half": view.half, "starts": view.starts, "centre": view.centre_name}
    if used_at:
        words |= {"day": used_at.date(), "at": used_at.time()}
    return words


def _visit(view: VoucherView) -> dict[str, Any]:
    when: dict[Language, str] = {
        language: say(language, "voucher.when_line", day=view.day, half=view.half, starts=view.starts)
        for language in LANGUAGES
    }
    return {
        "id": view.visit,
        "language": view.language,
        "name": view.patient_name,
        "department": names(view.department),
        "room": view.room,
        "practitioner": names(view.practitioner),
        "day": view.day.isoformat(),
        "half": view.half,
        "starts": view.starts.strftime("%H:%M"),
        "when": when,
        "slip": f"/api/kiosk/slip/{view.visit}",
    }
