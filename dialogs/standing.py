"""Where somebody stands in the queue, in words: for the dialog of one's visits, and at once by SMS ("queue")."""

from __future__ import annotations

import datetime as dt

from clinic import visits
from clinic.views import Standing, VisitView
from conf.texts import say
from conf.texts.words import Language, Word
from dialogs.talk import Desk, Line

_TOLD = {
    "waits": "standing.waits",
    "to_come": "standing.waits",
    "called": "standing.called",
    "passed": "standing.passed",
}
_SMS = {
    "waits": "standing.waits_sms",
    "to_come": "standing.waits_sms",
    "called": "standing.called_now_sms",
    "passed": "standing.passed_sms",
}


def line(visit: VisitView, desk: Desk) -> Line | None:
    """What is said of a visit of today, besides its number and who is ahead; None on every other day."""
    stands = visit.standing
    key = _TOLD.get(stands.state) if stands else None
    return Line(key, words(stands, desk.installation.timezone)) if stands is not None and key is not None else None


async def by_sms(phone: str, language: Language, desk: Desk) -> str:
    """How the queues go in which this phone's visits of today stand; else what is booked next."""
    now = desk.now()
    found = await desk.store.run(visits.upcoming, phone=phone, installation=desk.installation, now=now)
    today = [visit for visit in found if visit.standing is not None]
    if today:
        return "\n".join(_of_today(visit, language, desk.installation.timezone) for visit in today)
    if found:
        next_one = found[0]
        said = {"day": next_one.day, "half": next_one.half, "department": next_one.department}
        return say(language, "standing.later_sms", queue=next_one.queue, ahead=next_one.ahead, **said)
    return say(language, "standing.none_sms")


def words(stands: Standing, zone: dt.tzinfo | None) -> dict[str, Word]:
    """Typed words of where somebody stands; times are the zone's."""
    said: dict[str, Word] = {"called": stands.called, "seen": stands.seen, "all": stands.in_all, "ahead": stands.ahead}
    if stands.expected is not None:
        said["earliest"] = stands.expected.earliest.astimezone(zone).time()
        said["latest"] = stands.expected.latest.astimezone(zone).time()
    return said


def _of_today(visit: VisitView, language: Language, zone: dt.tzinfo | None) -> str:
    stands = visit.standing
    assert stands is not None  # noqa: S101  of today
    key = _SMS.get(stands.state, "standing.later_sms")
    said: dict[str, Word] = {"department": visit.department, "queue": visit.queue, "day": visit.day, "half": visit.half}
    return say(language, key, **said, **words(stands, zone))
