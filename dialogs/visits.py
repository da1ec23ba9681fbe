"""My visits: the number and who is ahead, the T-code once more (heard, or sent), giving the place back, how it was.

A notice about a visit is answered here, too: with "cancel".
"""

from __future__ import annotations

import unicodedata
from functools import cache

from clinic import visits
from clinic.notices import Asked
from clinic.views import VisitView
from clinic.visit_notices import satisfaction
from clinic.visit_notices.satisfaction import ToRate
from conf import texts
from conf.texts.words import LANGUAGES, Code
from dialogs import standing
from dialogs.incoming import Incoming
from dialogs.paying import pay_held, tell_of_refund, words_of_hold
from dialogs.satisfaction import rate_visit
from dialogs.talk import Answer, Choice, Desk, Talk
from dialogs.words import of_visit


async def my_visits(talk: Talk, desk: Desk) -> None:
    """List the visits that stand; look at one; hear its code, have it sent again, or cancel it; rate one that was."""
    visit = await _chosen(talk, desk)
    if visit is None:
        await talk.say("visit.none")
    elif isinstance(visit, ToRate):
        await rate_visit(talk, desk, visit)
    elif visit.state == "pending":
        wanted = await talk.choose("payment.held_view", _HELD, **(of_visit(visit) | words_of_hold(visit, desk)))
        await _ACTS[wanted](talk, desk, visit)
    elif visit.state != "booked":
        await _say_how_the_queue_goes(talk, desk, visit)
        await talk.say("visit.view", **of_visit(visit))
    else:
        await _say_how_the_queue_goes(talk, desk, visit)
        wanted = await talk.choose("visit.view", _options(talk), **of_visit(visit))
        await _ACTS[wanted](talk, desk, visit)


async def answered(asked: Asked, incoming: Incoming, desk: Desk) -> list[Answer] | None:  # noqa: ARG001
    """Whoever answers a notice with "cancel" is asked whether they are sure; None for any other text."""
    visit = asked.subject.get("visit")
    if _plain(incoming.text) not in _cancelling() or not isinstance(visit, int):
        return None
    return [("root.menu", "visits"), ("visit.list", str(visit)), ("visit.view", "cancel")]


async def _say_how_the_queue_goes(talk: Talk, desk: Desk, visit: VisitView) -> None:
    told = standing.line(visit, desk)
    if told is not None:
        await talk.say(told.key, **told.words)


def _options(talk: Talk) -> list[Choice[str]]:
    """Who hears us may write the code down now, instead of waiting for an SMS."""
    heard = [] if talk.letters else [Choice("hear", "visit.hear_code")]
    return [*heard, Choice("send", "visit.send_again"), Choice("cancel", "visit.cancel")]


async def _chosen(talk: Talk, desk: Desk) -> VisitView | ToRate | None:
    found = await desk.store.run(visits.upcoming, phone=talk.phone, installation=desk.installation, now=desk.now())
    past = await desk.store.run(satisfaction.to_rate, phone=talk.phone, now=desk.now())
    if not found and not past:
        return None
    to_come: dict[str, VisitView | ToRate] = {str(visit.id): visit for visit in found}
    to_rate: dict[str, VisitView | ToRate] = {f"rate {visit.id}": visit for visit in past}
    chosen = await talk.choose(
        "visit.list",
        [Choice(str(visit.id), _ITEMS.get(visit.state, "visit.item"), of_visit(visit)) for visit in found]
        + [
            Choice(f"rate {visit.id}", "satisfaction.item", {"day": visit.day, "department": visit.department})
            for visit in past
        ],
    )
    return (to_come | to_rate)[chosen]


async def _hear(talk: Talk, desk: Desk, visit: VisitView) -> None:  # noqa: ARG001
    await talk.say("visit.code", number=Code(visit.number))


async def _send(talk: Talk, desk: Desk, visit: VisitView) -> None:
    await desk.store.run(
        visits.send_code,
        visit=visit.id,
        phone=talk.phone,
        language=talk.language,
        occasion=talk.occasion,
        installation=desk.installation,
        now=desk.now(),
    )
    await talk.say("visit.code_sent")


async def _cancel(talk: Talk, desk: Desk, visit: VisitView) -> None:
    options = [Choice("yes", "visit.cancel_yes"), Choice("no", "visit.cancel_no")]
    await tell_of_refund(talk, desk, visit)
    sure = await talk.choose("visit.cancel_sure", options, **of_visit(visit))
    if sure == "no":
        await talk.say("visit.kept")
        return
    await desk.store.run(
        visits.cancel,
        visit=visit.id,
        phone=talk.phone,
        language=talk.language,
        installation=desk.installation,
        now=desk.now(),
    )
    await talk.say("visit.cancelled")


_ACTS = {"hear": _hear, "send": _send, "cancel": _cancel, "pay": pay_held}
_ITEMS = {"pending": "payment.list_item"}
_HELD = (Choice("pay", "payment.pay"), Choice("cancel", "visit.cancel"))


@cache
def _cancelling() -> frozenset[str]:
    return frozenset(
        _plain(word) for language in LANGUAGES for word in texts.say(language, "remind.cancel_sms").split()
    )


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip(" \t\r\n.,!。、\"'“”").casefold()
