"""The queue on the page of a T-code: how it goes at this moment. The page asks again by itself, without any script."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from clinic.views import Standing
from conf.texts import say
from conf.texts.words import Language
from gateway.http.outcomes import queue_words

SOON, LATER = 20, 60
"""Seconds after which the page asks again: of who is near or called, and of all others."""
NEAR: Final = 3
TOLD: Final[Mapping[str, str]] = {
    "called": "queue-page.told_called",
    "passed": "queue-page.told_passed",
    "over": "queue-page.told_over",
}


@dataclass(frozen=True, slots=True)
class Live:
    """What the template shows; `rows` are label, value and a class for the style sheet."""

    state: str
    seconds: int
    title: str
    rows: tuple[tuple[str, str, str], ...]
    as_of: str


def live(stands: Standing, now: dt.datetime, language: Language) -> Live:
    """The queue as rows for the page; none once the visit is over."""
    is_near = stands.state == "called" or stands.ahead <= NEAR
    return Live(
        state=stands.state,
        seconds=SOON if is_near and stands.state in ("called", "waits") else LATER,
        title=say(language, "queue-page.title"),
        rows=tuple(_rows(stands, now, language)) if stands.state != "over" else (),
        as_of=say(language, "queue-page.as_of", at=now.time()),
    )


def _rows(stands: Standing, now: dt.datetime, language: Language) -> list[tuple[str, str, str]]:
    words = queue_words(stands, now.tzinfo)
    called = str(stands.called) if stands.called else say(language, "queue-page.nobody")
    rows = [
        (say(language, "queue-page.called"), called, "big"),
        (say(language, "queue-page.seen"), say(language, "queue-page.of_all", **words), ""),
    ]
    if stands.state in ("waits", "to_come"):
        rows.insert(1, (say(language, "queue-page.ahead"), say(language, "queue-page.people", **words), "big"))
    if stands.expected is not None:
        rows.append((say(language, "queue-page.about"), say(language, "queue-page.between", **words), "wide"))
    return rows
