"""Texts that are more than a menu's next answer: readings, and answers to what a notice has asked.

Each taker looks at a text and says what to reply, or None where it is not meant. A text may come twice (a crash came
before its reply was stored): what a taker writes is done once for its number in the inbox.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from clinic.notices import questions
from dialogs import alerts, appeals, family, medication, readings, replies, satisfaction, visits, waiting
from dialogs.incoming import Answering, Incoming, Reply, Taker
from dialogs.talk import Desk

TAKERS: Final[tuple[Taker, ...]] = (
    readings.take_meter,
    readings.take_reading,
    family.take_words,
    medication.take_stop,
    medication.take_words,
    alerts.take_number,
)
"""Asked of every text, also in the middle of a conversation, which goes on with the next one; and of a phone that gets
no more replies: a reading is never lost."""

ANSWERING: Final[Mapping[str, Answering]] = {
    "vaccine": replies.to_vaccine,
    "satisfaction": satisfaction.answered,
    "visit": visits.answered,
    "whose": readings.answer_whose,
    "alert": alerts.answer_seen,
    "copy": family.answer_copy,
    "taken": medication.answer_taken,
    "place": waiting.answered,
    "block": appeals.answered,
}
"""Who understands the answers to a kind of question (`clinic.notices.questions`)."""


async def taken(incoming: Incoming, desk: Desk) -> Reply | None:
    """What the first taker replies that the text is meant for."""
    for taker in TAKERS:
        reply = await taker(incoming, desk)
        if reply is not None:
            return reply
    return None


async def answered(incoming: Incoming, desk: Desk) -> Reply | None:
    """As an answer to what this phone was asked: the last question first that the text can be an answer to."""
    now = desk.now()
    for asked in await desk.store.run(questions.open_to, phone=incoming.phone, inbox=incoming.inbox, now=now):
        answering = ANSWERING.get(asked.kind)
        reply = await answering(asked, incoming, desk) if answering else None
        if reply is not None:
            return reply
    return None
