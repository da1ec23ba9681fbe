"""How a visit was: the answer to the question of the evening, by SMS; and the same by menu, from one's visits.

A figure from 1 to 5 is understood, with 分 or 星 behind it, and some words that people use instead; what follows after
a stop is kept as their comment. Any other text is not meant for us.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from clinic.notices import Asked
from clinic.typed import printable
from clinic.visit_notices import satisfaction
from clinic.visit_notices.satisfaction import Outcome, ToRate
from conf import texts
from dialogs.incoming import Incoming
from dialogs.talk import Choice, Desk, Talk
from dialogs.words import alternatives

_WORDS: Final[Mapping[int, str]] = {
    1: "satisfaction.one_sms",
    2: "satisfaction.two_sms",
    3: "satisfaction.three_sms",
    4: "satisfaction.four_sms",
    5: "satisfaction.five_sms",
}
_SCORES: Final[Mapping[int, str]] = {
    1: "satisfaction.score_one",
    2: "satisfaction.score_two",
    3: "satisfaction.score_three",
    4: "satisfaction.score_four",
    5: "satisfaction.score_five",
}
_REPLIES: Final[Mapping[Outcome, str]] = {
    "thanks": "satisfaction.thanks",
    "sorry": "satisfaction.sorry",
    "already": "satisfaction.already",
    "over": "satisfaction.over",
}
_FIGURES: Final = "一二三四五"
_STOP: Final = r"[,.;:!?~、。…()\-]"


@dataclass(frozen=True, slots=True)
class Said:
    """Points, and what was said beside them."""

    score: int
    comment: str


def read(text: str) -> Said | None:
    """`5`, `5分`, `５星。`, `五分，医生很耐心`, `很好，谢谢`, `very good` -> Said; None for any other text."""
    written = unicodedata.normalize("NFKC", text).strip()
    return _in_words(written) or _in_figures(written)


async def answered(asked: Asked, incoming: Incoming, desk: Desk) -> str | None:
    """The reply to a text that says how it was, None for any other."""
    said, visit = read(incoming.text), asked.subject.get("visit")
    if said is None or not isinstance(visit, int):
        return None
    outcome = await desk.store.run(
        satisfaction.rate,
        visit=visit,
        phone=incoming.phone,
        score=said.score,
        comment=said.comment,
        channel="sms",
        question=asked.id,
        inbox=incoming.inbox,
        now=desk.now(),
    )
    return texts.say(incoming.language, _REPLIES[outcome], score=said.score)


async def rate_visit(talk: Talk, desk: Desk, visit: ToRate) -> None:
    """Ask by menu how it was: the number of each answer is its points."""
    options = [Choice(score, key) for score, key in _SCORES.items()]
    score = await talk.choose("satisfaction.which", options, day=visit.day, department=visit.department)
    outcome = await desk.store.run(
        satisfaction.rate, visit=visit.id, phone=talk.phone, score=score, channel="menu", now=desk.now()
    )
    await talk.say(_REPLIES[outcome], score=score)


def _in_words(written: str) -> Said | None:
    for word, score in _words().items():
        rest = written[len(word) :]
        ends = rf"$|{_STOP}" if word.isascii() else rf"$|\s|{_STOP}"  # "good morning" says nothing of a visit
        if written.casefold().startswith(word) and re.match(ends, rest):
            return Said(score, _comment(rest))
    return None


def _in_figures(written: str) -> Said | None:
    points = "|".join(map(re.escape, alternatives("satisfaction.points_sms")))
    figure = rf"(?P<figure>[1-5{_FIGURES}])\s*"
    # 5分钟 is no answer, and "5" may not be the first digit of a number.
    found = re.match(rf"{figure}(?:(?:{points})(?![钟之a-z])|(?=$|\s|{_STOP}))(?P<rest>.*)$", written, re.I | re.S)
    if found is None:
        return None
    digit = found["figure"]
    score = _FIGURES.index(digit) + 1 if digit in _FIGURES else int(digit)
    return Said(score, _comment(found["rest"]))


def _comment(rest: str) -> str:
    said = re.sub(rf"^(?:\s|{_STOP})+", "", rest)
    return printable(said).strip()


@cache
def _words() -> dict[str, int]:
    """The words that stand for points, the longest first: 不太满意 goes before 不."""
    found = {word: score for score, key in _WORDS.items() for word in alternatives(key)}
    return dict(sorted(found.items(), key=lambda entry: -len(entry[0])))
