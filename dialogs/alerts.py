"""Doctors and who is on duty answer an alert by SMS: 1 for the last one, 确认12 for that number."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from clinic.care import alerts
from clinic.care.alerts import Seen
from clinic.notices import questions
from clinic.notices.questions import Asked
from conf import texts
from conf.texts.words import LANGUAGES, Language
from dialogs.conversation import plain
from dialogs.incoming import Incoming
from dialogs.talk import Desk

SEEN = "1"


async def answer_seen(asked: Asked, text: Incoming, desk: Desk) -> str | None:
    """1, or the word alone, means the last alert."""
    if plain(text.text) != SEEN and _number(text.text) != 0:
        return None
    return await _close(asked, text, desk)


async def take_number(text: Incoming, desk: Desk) -> str | None:
    """`确认12`, `done 12`; None for every other text, and for a phone that was told of no alert."""
    number = _number(text.text)
    if not number:
        return None
    language = desk.installation.language
    told = await desk.store.run(questions.open_to, phone=text.phone, inbox=text.inbox, now=desk.now())
    mine = [asked for asked in told if asked.kind == alerts.KIND]
    asked = next((asked for asked in mine if asked.subject["alert"] == number), None)
    if asked is None:
        return texts.say(language, "alert.unknown_sms", number=number) if mine else None
    return await _close(asked, text, desk)


async def _close(asked: Asked, text: Incoming, desk: Desk) -> str | None:
    seen = await desk.store.run(
        alerts.seen,
        question=asked.id,
        alert=asked.subject["alert"],
        phone=text.phone,
        words=text.text.strip(),
        inbox=text.inbox,
        now=desk.now(),
    )
    return None if seen is None else _reply(seen, desk.installation.language)


def _reply(seen: Seen, language: Language) -> str:
    name = seen.name or texts.say(language, "alert.nameless_sms")
    if seen.by_us:
        return texts.say(language, "alert.closed_sms", number=seen.alert, name=name, left=seen.left)
    return texts.say(language, "alert.already_sms", number=seen.alert, name=name, by=seen.closed_by, left=seen.left)


def _number(text: str) -> int | None:
    """The number behind the word, 0 for the word alone, None for any other text."""
    said = _pattern().fullmatch(unicodedata.normalize("NFKC", text).strip(" \t\r\n.,!。，！").casefold())
    return None if said is None else int(said["number"] or 0)


@cache
def _pattern() -> re.Pattern[str]:
    words = {word for language in LANGUAGES for word in texts.say(language, "alert.seen_words_sms").casefold().split()}
    word = "|".join(map(re.escape, sorted(words, key=len, reverse=True)))
    return re.compile(rf"(?:{word})[\s:：#.,-]*(?P<number>[1-9]\d{{0,8}})?")
