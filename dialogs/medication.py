"""Medicines: the answer to a reminder (1, 吃了), the words that end reminders, one's own medicines by menu."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Sequence

from clinic.medication import intakes, stopping, views
from clinic.medication.intakes import Noted, Said, Which
from clinic.medication.views import Mine
from clinic.medication.wording import listed
from clinic.notices import questions
from clinic.notices.questions import Asked
from conf import texts
from conf.texts.words import Language, Word
from dialogs.incoming import Incoming
from dialogs.talk import Choice, Desk, Line, Talk
from dialogs.words import alternatives

SHOW = "show"
MOST_HEARD, MOST_SEEN = 3, 6
MEAN_MORE = ("yes", "no", "not yet")
"""Words that answer other questions too: there the last question counts."""


async def answer_taken(asked: Asked, text: Incoming, desk: Desk) -> str | None:
    """Whether it was taken: by the figure that the reminder names, or in words."""
    read = _read(text.text)
    if read is None:
        return None
    found = await desk.store.run(
        intakes.answer,
        asked=asked,
        phone=text.phone,
        figure=read[0],
        said=read[1],
        words=text.text.strip(),
        inbox=text.inbox,
        language=text.language,
        rules=desk.rules,
        installation=desk.installation,
        now=desk.now(),
    )
    if isinstance(found, Which):
        return _which(found, text.language)
    return None if found is None else _noted(found, text.language, desk)


async def take_words(text: Incoming, desk: Desk) -> str | None:
    """As `answer_taken`, for words that mean nothing else: also in the middle of another conversation."""
    read = _read(text.text)
    if read is None or read[0] or _plain(text.text) in MEAN_MORE:
        return None
    open_now = await desk.store.run(questions.open_to, phone=text.phone, inbox=text.inbox, now=desk.now())
    asked = next((each for each in open_now if each.kind == stopping.KIND), None)
    return await answer_taken(asked, text, desk) if asked else None


async def take_stop(text: Incoming, desk: Desk) -> str | None:
    """`停止用药提醒`, `stop medicine`, with a name where the phone is several people's; None for every other text."""
    written = _plain(text.text)
    word = next((word for word in alternatives("medication.stop_words_sms") if _begins(written, word)), None)
    if word is None:
        return None
    stopped = await desk.store.run(
        stopping.by_phone,
        phone=text.phone,
        words=written[len(word) :],
        proof=text.text.strip(),
        rules=desk.rules,
        installation=desk.installation,
        now=desk.now(),
    )
    if stopped.asks:
        return texts.say(text.language, "medication.whose_sms", name=stopped.asks[0])
    if not stopped.medicines:
        return texts.say(text.language, "medication.none_stopped_sms")
    medicines = listed(text.language, stopped.medicines)
    return texts.say(text.language, "medication.stopped_sms", medicines=medicines, hotline=desk.installation.hotline)


async def my_medicines(talk: Talk, desk: Desk) -> None:
    """What one takes, when, and how many are left; and, while a reminder is open, that it was taken or not."""
    open_now = await desk.store.run(intakes.waiting, phone=talk.phone, now=desk.now())
    wanted = await talk.choose("medication.menu", [*_acts(open_now), Choice(SHOW, "medication.show")])
    if wanted == SHOW:
        await _show(talk, desk)
        return
    number, _, said = wanted.partition(":")
    asked = next(each for each in open_now if each.id == int(number))
    found = await desk.store.run(
        intakes.answer,
        asked=asked,
        phone=talk.phone,
        figure=asked.subject[said],
        said=None,
        words=said,
        inbox=None,
        language=talk.language,
        rules=desk.rules,
        installation=desk.installation,
        now=desk.now(),
    )
    await talk.say("medication.noted" if isinstance(found, Noted) else "medication.too_late")


def _acts(open_now: Sequence[Asked]) -> list[Choice[str]]:
    """Of each reminder that can be answered two choices."""
    found = []
    for asked in open_now:
        words = {"name": asked.subject["name"], "at": dt.time.fromisoformat(asked.subject["at"])}
        found.append(Choice(f"{asked.id}:yes", "medication.took", words))
        found.append(Choice(f"{asked.id}:no", "medication.skipped", words))
    return found


async def _show(talk: Talk, desk: Desk) -> None:
    people = await desk.store.run(views.mine, phone=talk.phone, now=desk.now())
    if not people:
        await talk.say("medication.none")
        return
    whose = people[0].resident
    if len(people) > 1:
        named = [Choice(each.resident, "medication.person", {"name": each.label}) for each in people]
        whose = await talk.choose("medication.who", named)
    mine = next(each for each in people if each.resident == whose)
    for line in _lines(mine, talk.language)[: MOST_SEEN if talk.letters else MOST_HEARD]:
        await talk.say(line.key, **line.words)


def _lines(mine: Mine, language: Language) -> list[Line]:
    found = []
    for each in mine.medicines:
        words: dict[str, Word] = {
            "medicine": each.name, "dose": each.dose, "times": listed(language, each.times), "left": each.left or 0,
        }  # fmt: skip
        key = "medication.item" if each.left is None else "medication.item_left"
        found.append(Line("medication.item_empty" if each.left == 0 else key, words))
    return found


def _noted(noted: Noted, language: Language, desk: Desk) -> str:
    key = "medication.taken_sms" if noted.taken else "medication.missed_sms"
    words: dict[str, Word] = {"name": noted.name, "at": noted.at, "medicines": noted.medicines}
    return texts.say(language, key, hotline=desk.installation.hotline, **words)


def _which(which: Which, language: Language) -> str:
    lines = [texts.say(language, "medication.which_sms")]
    for name, yes, no in which.answers:
        lines.append(texts.say(language, "medication.which_item_sms", name=name, yes=yes, no=no))
    return "\n".join(lines)


def _read(text: str) -> tuple[str, Said | None] | None:
    """`1`, `1 吃了` -> ("1", None); `吃了。` -> ("", "yes"); `还没吃` -> ("", "no"); None for any other text."""
    written = re.fullmatch(r"(\d{0,2})[\s.:、，,]*(.*)", _plain(text))
    if written is None:
        return None
    figure, word = written[1], written[2]
    said: Said | None = "yes" if word in alternatives("medication.yes_words_sms") else None
    said = "no" if word in alternatives("medication.no_words_sms") else said
    if (word and said is None) or not (figure or said):
        return None
    return (figure, None) if figure else ("", said)


def _begins(written: str, word: str) -> bool:
    """The words alone, or a name behind them."""
    rest = written[len(word) :]
    return written.startswith(word) and (not rest or not word.isascii() or rest[0] in " ,:，：")


def _plain(text: str) -> str:
    written = unicodedata.normalize("NFKC", text).strip(" \t\r\n.,!?~;:。，！？；：()\"'“”")
    return " ".join(written.split()).casefold()
