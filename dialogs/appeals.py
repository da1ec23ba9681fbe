"""Blocks that concern this phone: why, until when, for which visits; and an appeal, once. Also as an answer to the SMS.

By voice nothing is written: who appeals says nothing else, and staff call back where they want to know more.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Final

from clinic.errors import ClinicError
from clinic.fairness import appeals
from clinic.fairness.appeals import OwnBlock
from clinic.notices import Asked
from conf import texts
from conf.texts.words import LANGUAGES, Language, Word
from dialogs.incoming import Incoming
from dialogs.talk import Choice, Desk, Talk

LONGEST: Final = 200
_VIEWS: Final = {"noshow": "block.view_missed", "cancel": "block.view_given_up"}


class NothingSaid(ClinicError):
    """An appeal in writing has a reason."""

    tell = "talk.not_understood"


async def my_blocks(talk: Talk, desk: Desk) -> None:
    """Show what is blocked, and let one appeal once."""
    found = await desk.store.run(appeals.of_phone, phone=talk.phone, now=desk.now())
    if not found:
        await talk.say("block.none")
        return
    block = await _chosen(talk, found)
    if block.appeal:  # a screen is small: what they want to know comes first
        await _how_it_stands(talk, block)
    await _visits(talk, block)
    if not block.appeal:
        await _offer(talk, desk, block)


async def answered(asked: Asked, incoming: Incoming, desk: Desk) -> str | None:
    """Whoever answers the SMS with "appeal", and perhaps why, has appealed; None for any other text."""
    block, why = asked.subject.get("block"), appeal_in(incoming.text)
    if why is None or not isinstance(block, int):
        return None
    try:
        await desk.store.run(appeals.appeal, block=block, phone=incoming.phone, text=why, now=desk.now())
    except ClinicError as error:
        if error.retry:
            raise
        return texts.say(incoming.language, error.tell, **error.words)
    return texts.say(incoming.language, "block.appealed")


def appeal_in(text: str) -> str | None:
    """What stands behind the word that means an appeal, "" where nothing does; None where the text is none."""
    written = unicodedata.normalize("NFKC", text).strip(" \t\r\n\"'“”「」")
    for word in _words():
        if written.casefold().startswith(word):
            rest = written[len(word) :]
            # "appealing" is no appeal; Chinese has no blank between words.
            if not (word.isascii() and re.match(r"\w", rest)):
                return rest.strip(" \t\r\n.,:;!。\"'“”」")
    return None


async def _chosen(talk: Talk, found: list[OwnBlock]) -> OwnBlock:
    if len(found) == 1:
        return found[0]
    options = [
        Choice(block.id, "block.which_item", {"name": _whose(block, talk.language), "last": block.last})
        for block in found
    ]
    chosen = await talk.choose("block.which", options)
    return next(block for block in found if block.id == chosen)


async def _offer(talk: Talk, desk: Desk, block: OwnBlock) -> None:
    options = [Choice("appeal", "block.appeal"), Choice("leave", "block.leave")]
    wanted = await talk.choose(_VIEWS.get(block.reason, "block.view_staff"), options, **_words_of(block, talk.language))
    if wanted == "leave":
        await talk.say("block.left")
        return
    why = await talk.ask("block.why", _reason) if talk.letters else ""
    await desk.store.run(appeals.appeal, block=block.id, phone=talk.phone, text=why, now=desk.now())
    await talk.say("block.appealed")


async def _how_it_stands(talk: Talk, block: OwnBlock) -> None:
    if block.appeal == "refused":
        await talk.say("block.appeal_refused", answer=block.answer)
    else:
        await talk.say("block.appeal_waits")
    await talk.say(_VIEWS.get(block.reason, "block.view_staff"), **_words_of(block, talk.language))


async def _visits(talk: Talk, block: OwnBlock) -> None:
    for visit in block.visits:
        await talk.say("block.visit", day=visit.day, department=visit.department)
    if block.count > len(block.visits):
        await talk.say("block.others", count=block.count - len(block.visits))


def _words_of(block: OwnBlock, language: Language) -> dict[str, Word]:
    return {
        "name": _whose(block, language),
        "centre": block.centre or texts.say(language, "block.everywhere"),
        "last": block.last,
        "count": block.count,
        "reason": block.note or "-",
    }


def _whose(block: OwnBlock, language: Language) -> str:
    return block.name or texts.say(language, "block.this_phone")


def _reason(written: str) -> str:
    tidy = " ".join(written.split())
    if not tidy:
        raise NothingSaid
    return tidy[:LONGEST]


@cache
def _words() -> tuple[str, ...]:
    """The words that mean an appeal, in every language; the longest first."""
    found = {word for language in LANGUAGES for word in texts.say(language, "block.appeal_words_sms").split("|")}
    return tuple(sorted((word.strip().casefold() for word in found), key=lambda word: (-len(word), word)))
