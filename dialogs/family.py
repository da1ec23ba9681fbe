"""Copies for the family by SMS: 抄送 15400000009 女儿 grants them, 停止抄送 ends them, 1 agrees."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import cache

from clinic import phones
from clinic.care import family, whose
from clinic.care.whose import Person
from clinic.errors import ClinicError
from clinic.notices.questions import Asked
from conf import texts
from conf.texts.words import LANGUAGES
from dialogs.conversation import plain
from dialogs.incoming import Incoming
from dialogs.talk import Desk

YES, NO = ("1", "同意", "yes", "y"), ("2", "不同意", "no", "n")
REPLIES = {
    "asked": "copy.granted_sms",
    "asked_before": "copy.asked_before_sms",
    "agreed_before": "copy.agreed_before_sms",
}


async def take_words(text: Incoming, desk: Desk) -> str | None:
    """The words that grant and end copies, and the general refusal (退订), which ends those to this phone, too."""
    written = " ".join(unicodedata.normalize("NFKC", text.text).split()).strip(" .,!。，！")
    folded = written.casefold()
    if folded in _words("command.stop"):
        return await _stopped(text, desk)
    for word in _words("copy.stop_words_sms"):
        if folded == word or re.fullmatch(rf"{re.escape(word)} ?[+\d ()-]{{5,20}}", folded):
            return await _end(text, desk, written[len(word) :].strip())
    for word in _words("copy.words_sms"):
        if folded == word:
            return texts.say(text.language, "copy.how_sms")
        if folded.startswith(word):
            return await _grant(text, desk, written[len(word) :].strip())
    return None


async def answer_copy(asked: Asked, text: Incoming, desk: Desk) -> str | None:
    """Whether this phone wants the copies: 1 or 2."""
    said = plain(text.text).casefold()
    if said not in (*YES, *NO):
        return None
    name = await desk.store.run(
        family.agree,
        question=asked.id,
        copy=asked.subject["copy"],
        phone=text.phone,
        yes=said in YES,
        words=text.text.strip(),
        inbox=text.inbox,
        now=desk.now(),
    )
    if name is None:
        return None
    return texts.say(text.language, "copy.agreed_sms" if said in YES else "copy.refused_sms", name=name)


async def _stopped(text: Incoming, desk: Desk) -> str | None:
    """None where this phone gets no copies: then 退订 means what it means to everybody."""
    ended = await desk.store.run(family.end_to, phone=text.phone, proof=text.text, now=desk.now())
    if not ended:
        return None
    said = (texts.say(text.language, key) for key in ("command.stopped_text", "copy.stopped_sms"))
    return ("" if text.language == "zh" else " ").join(said)


async def _end(text: Incoming, desk: Desk, number: str) -> str:
    """Both ways: what this phone gets, and what its own people have granted; with a number only to that one."""
    phone = _phone(number, desk)
    found = await desk.store.run(whose.people, phone=text.phone, day=desk.now().date())
    ended = 0
    for person in found:
        ended += await desk.store.run(
            family.end_of,
            resident=person.resident,
            actor=f"resident:{person.resident}",
            proof=text.text,
            now=desk.now(),
            phone=phone,
        )
    if phone is None:
        ended += len(await desk.store.run(family.end_to, phone=text.phone, proof=text.text, now=desk.now()))
    return texts.say(text.language, "copy.ended_sms" if ended else "copy.none_sms")


async def _grant(text: Incoming, desk: Desk, rest: str) -> str | None:
    """None for a sentence that merely begins with the word."""
    said = re.match(r"[:：,， ]*(\+?[\d][\d -]{4,18}\d)[,， ]*(.*)", rest)
    phone = _phone(said[1], desk) if said else None
    if said is None or phone is None:
        return texts.say(text.language, "copy.how_sms") if re.search(r"\d{5}", rest) else None
    found = whose.candidates(await desk.store.run(whose.people, phone=text.phone, day=desk.now().date()))
    if not found:
        return texts.say(text.language, family.NotTheirs.tell)
    person = _meant(found, said[2])
    if person is None:
        return texts.say(text.language, "copy.whose_sms", name=found[0].name)
    try:
        state = await desk.store.run(
            family.grant,
            resident=person.resident,
            phone=phone,
            relation=said[2].replace(person.name, "").strip(" ,，"),
            granted_by=f"resident:{person.resident}",
            proof=text.text,
            rules=desk.rules,
            installation=desk.installation,
            now=desk.now(),
        )
    except ClinicError as error:
        if error.retry:
            raise
        return texts.say(text.language, error.tell, **error.words)
    return texts.say(text.language, REPLIES[state], phone=said[1].strip())


def _meant(found: Sequence[Person], words: str) -> Person | None:
    """Who grants: a lone person, or who is named; the relation (妈妈, 女儿) says nothing of that."""
    if len(found) == 1:
        return found[0]
    named = whose.named(found, words)
    return named[0] if len(named) == 1 else None


def _phone(written: str, desk: Desk) -> str | None:
    """None for what is no person's telephone: a short code belongs to nobody's family."""
    try:
        phone = phones.canonical(written, desk.installation.region) if written else ""
    except phones.BadPhone:
        return None
    return phone if phone.startswith("+") else None


@cache
def _words(key: str) -> tuple[str, ...]:
    found = {word for language in LANGUAGES for word in texts.say(language, key).casefold().split()}
    return tuple(sorted(found, key=len, reverse=True))
