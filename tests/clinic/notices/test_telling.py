"""When a notice goes: at the hour of notices, never in quiet hours, also when it comes late or once more."""

from __future__ import annotations

import datetime as dt
from typing import Any

from clinic import notices, outbox, residents, voice
from clinic.notices.people import Reached
from clinic.rules import NoticeRules, Rules
from clinic.tables import Centre, Message
from clinic.voice import Trunk
from tests.clinic.conftest import HOUSE, NOW
from tests.clinic.test_outbox import rooms

PHONE = "+8615400000001"
RULES = Rules(quiet_from=dt.time(21), quiet_until=dt.time(8), notices=NoticeRules(at=dt.time(9)))
TO = Reached(PHONE, "zh", True, "", "")


def notify(clinic: Any, occasion: str = "n:1", centre: int | None = 1, **given: Any) -> Any:
    def write(session: Any) -> Any:
        when = notices.times(session, rules=RULES, installation=HOUSE, now=clinic.moment)
        told = {"key": "system.busy", "resident_id": 7, "centre_id": centre, "installation": HOUSE, **given}
        return notices.notify(session, occasion=occasion, to=TO, when=when, **told)

    return clinic.run(write)


def at(clinic: Any, hour: int, minute: int = 0, day: int = 8) -> None:
    clinic.moment = NOW.replace(day=day, hour=hour, minute=minute)


def claimed(clinic: Any) -> int:
    return len(clinic.run(outbox.claim, sender="one", rooms=rooms(), now=clinic.moment, rules=RULES))


def own_hours(clinic: Any, begin: dt.time, end: dt.time) -> None:
    def write(session: Any) -> None:
        centre = session.get(Centre, 2)
        centre.quiet_from, centre.quiet_until = begin, end

    clinic.run(write)


def test_what_belongs_to_a_day_is_told_at_the_hour_of_notices(clinic: Any) -> None:
    assert notify(clinic) == NOW.replace(hour=9, minute=0)
    assert clinic.rows(Message.kind, Message.resident_id, Message.centre_id, Message.message_class) == [
        ("system.busy", 7, 1, "notice")
    ]


def test_later_on_the_day_it_goes_at_once_and_in_the_night_in_the_morning(clinic: Any) -> None:
    at(clinic, 12)
    assert notify(clinic, "n:1") == clinic.moment
    at(clinic, 22)
    assert notify(clinic, "n:2") == NOW.replace(day=9, hour=8, minute=0)


def test_once_for_its_occasion_and_phone(clinic: Any) -> None:
    notify(clinic)
    notify(clinic)
    assert clinic.rows(Message.occasion) == [f"n:1:{PHONE}"]


def test_what_would_come_too_late_is_not_written(clinic: Any) -> None:
    at(clinic, 22)
    ends = NOW.replace(day=9, hour=7, minute=0)
    assert notify(clinic, expires_at=ends) is None
    assert clinic.rows(Message.id) == []


def test_a_notice_that_is_late_waits_for_the_morning(clinic: Any) -> None:
    at(clinic, 20, 59)
    notify(clinic)
    at(clinic, 21)
    assert claimed(clinic) == 0
    at(clinic, 7, 59, day=9)
    assert claimed(clinic) == 0
    at(clinic, 8, 0, day=9)
    assert claimed(clinic) == 1


def test_a_centres_own_quiet_hours_count_and_only_for_it(clinic: Any) -> None:
    own_hours(clinic, dt.time(12), dt.time(14))
    at(clinic, 11, 59)
    notify(clinic, "n:1", centre=1)
    notify(clinic, "n:2", centre=2)
    at(clinic, 13)
    assert claimed(clinic) == 1
    assert notify(clinic, "n:3", centre=2) == NOW.replace(hour=14, minute=0)


def test_nobody_is_called_in_the_quiet_hours_of_their_centre(clinic: Any) -> None:
    own_hours(clinic, dt.time(12), dt.time(14))
    clinic.run(residents.prefer, phone=PHONE, contact="voice", now=clinic.moment)
    at(clinic, 11, 59)
    notify(clinic, centre=2)
    assert clinic.rows(Message.channel) == ["voice"]
    ring = {"caller": "one", "trunks": [Trunk("main")], "most": 5, "quiet": False, "rules": RULES}
    at(clinic, 13)
    assert clinic.run(voice.claim, now=clinic.moment, **ring) == []
    at(clinic, 14)
    assert len(clinic.run(voice.claim, now=clinic.moment, **ring)) == 1


def test_a_call_for_an_sms_that_failed_keeps_the_centre(clinic: Any) -> None:
    at(clinic, 11)
    notify(clinic, centre=2)
    clinic.run(lambda session: session.query(Message).update({"state": "failed"}) and None)
    assert clinic.run(voice.fall_back, now=clinic.moment) == 1
    assert clinic.rows(Message.channel, Message.centre_id) == [("sms", 2), ("voice", 2)]


def test_a_centre_that_is_awake_at_night_is_told_at_night(clinic: Any) -> None:
    own_hours(clinic, dt.time(2), dt.time(3))
    at(clinic, 22)
    assert notify(clinic, centre=2) == clinic.moment
    assert claimed(clinic) == 1


def test_answers_and_notices_of_no_centre_wait_for_nobody(clinic: Any) -> None:
    at(clinic, 23)
    notify(clinic, centre=None, due_at=clinic.moment)
    clinic.run(lambda session: session.query(Message).update({"due_at": clinic.moment}) and None)
    assert claimed(clinic) == 1


def test_one_that_expires_in_the_night_is_told_to_have(clinic: Any) -> None:
    at(clinic, 20, 59)
    notify(clinic, expires_at=NOW.replace(hour=23, minute=0))
    at(clinic, 23, 1)
    assert claimed(clinic) == 0
    assert clinic.rows(Message.state) == ["expired"]
