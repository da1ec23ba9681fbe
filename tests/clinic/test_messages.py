"""Who is written to and who is called, and what is kept to be spoken."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from clinic import inbox, messages, residents
from clinic.tables import Message
from conf.texts.words import Code, Name

PHONE, READER = "+8615400000001", "+8615400000002"
WORDS = {
    "centre": Name("东苑中心", "Dongyuan Centre"),
    "department": Name("全科", "General practice"),
    "day": dt.date(2027, 3, 8),
    "half": "am",
    "starts": dt.time(8),
    "queue": 7,
    "number": Code("123456789012"),
    "link": "http://127.0.0.1:8080/t/x",
}


def reach_by_voice(clinic: Any, phone: str = PHONE) -> None:
    clinic.run(residents.prefer, phone=phone, contact="voice", now=clinic.moment)


def tell(clinic: Any, occasion: str, phone: str = PHONE, **given: Any) -> None:
    told = {"occasion": occasion, "phone": phone, "language": "en", "key": "visit.code_sms", "now": clinic.moment}
    clinic.run(messages.tell, **told, **WORDS, **given)


def channels(clinic: Any) -> list[str]:
    return clinic.rows(Message.channel)


@pytest.mark.parametrize("message_class", ["code", "answer", "notice"])
def test_who_is_reached_by_voice_is_called_and_others_are_written_to(clinic: Any, message_class: str) -> None:
    reach_by_voice(clinic)
    tell(clinic, "a", message_class=message_class)
    tell(clinic, "b", READER, message_class=message_class)
    assert channels(clinic) == ["voice", "sms"]


def test_a_broadcast_never_calls_anybody(clinic: Any) -> None:
    reach_by_voice(clinic)
    tell(clinic, "a", message_class="bulk")
    for n, channel in enumerate((None, "sms", "voice")):
        given = {"occasion": f"bulk {n}", "phone": PHONE, "text": "t", "message_class": "bulk", "channel": channel}
        clinic.run(messages.tell_text, **given, now=clinic.moment)
    assert clinic.rows(Message.channel, Message.speech) == [("sms", None)] * 4


def test_a_text_is_kept_as_it_is_read_and_as_it_is_spoken(clinic: Any) -> None:
    tell(clinic, "a")
    [(text, speech)] = clinic.rows(Message.text, Message.speech)
    assert "1234 5678 9012" in text
    assert (speech["language"], speech["key"]) == ("en", "visit.code_sms")
    assert speech["words"]["number"] == {"digits": "123456789012"}


def test_a_free_text_is_told_as_the_phone_is_reached(clinic: Any) -> None:
    reach_by_voice(clinic)
    for n, given in enumerate(({}, {"link": "main"}, {"channel": "sms"}, {"link": "main", "channel": "voice"})):
        clinic.run(messages.tell_text, occasion=f"{n}", phone=PHONE, text="t", now=clinic.moment, **given)
    assert clinic.rows(Message.channel, Message.link, Message.speech) == [
        ("voice", None, None),
        ("sms", "main", None),
        ("sms", None, None),
        ("sms", "main", None),
    ]


def test_who_writes_is_answered_in_writing(clinic: Any) -> None:
    reach_by_voice(clinic)
    given = {"link": "main", "bind": "1", "live": [], "phone": PHONE, "text": "CX"}
    incoming = clinic.run(inbox.receive, now=clinic.moment, **given)
    clinic.run(inbox.answer, incoming=incoming, reply="No visits.", now=clinic.moment)
    assert channels(clinic) == ["sms"]


def test_the_channel_of_the_first_time_stands(clinic: Any) -> None:
    tell(clinic, "a")
    reach_by_voice(clinic)
    clinic.wait(hours=1)
    tell(clinic, "a")
    assert channels(clinic) == ["sms"]


def test_a_booking_of_somebody_reached_by_voice_is_told_by_voice(clinic: Any) -> None:
    reach_by_voice(clinic)
    clinic.book()
    [(channel, speech)] = clinic.rows(Message.channel, Message.speech)
    assert (channel, speech["key"]) == ("voice", "visit.code_sms")
