"""My visits: the number and who is ahead, the T-code once more (heard, or sent), giving the place back."""

from __future__ import annotations

from clinic import visits
from clinic.views import VisitView
from conf.texts.words import Code, Word
from dialogs.talk import Choice, Desk, Talk


async def my_visits(talk: Talk, desk: Desk) -> None:
    """List the visits that stand; look at one; hear its code, have it sent again, or cancel it."""
    visit = await _chosen(talk, desk)
    if visit is None:
        await talk.say("visit.none")
    elif visit.state != "booked":
        await talk.say("visit.view", **_words(visit))
    else:
        wanted = await talk.choose("visit.view", _options(talk), **_words(visit))
        await _ACTS[wanted](talk, desk, visit)


def _options(talk: Talk) -> list[Choice[str]]:
    """Who hears us may write the code down now, instead of waiting for an SMS."""
    heard = [] if talk.letters else [Choice("hear", "visit.hear_code")]
    return [*heard, Choice("send", "visit.send_again"), Choice("cancel", "visit.cancel")]


async def _chosen(talk: Talk, desk: Desk) -> VisitView | None:
    found = await desk.store.run(visits.upcoming, phone=talk.phone, installation=desk.installation, now=desk.now())
    if not found:
        return None
    chosen = await talk.choose("visit.list", [Choice(visit.id, "visit.item", _short(visit)) for visit in found])
    return next(visit for visit in found if visit.id == chosen)


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
    sure = await talk.choose("visit.cancel_sure", options, **_short(visit))
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


_ACTS = {"hear": _hear, "send": _send, "cancel": _cancel}


def _short(visit: VisitView) -> dict[str, Word]:
    return {
        "day": visit.day,
        "half": visit.half,
        "department": visit.department,
        "queue": visit.queue,
        "ahead": visit.ahead,
    }


def _words(visit: VisitView) -> dict[str, Word]:
    return {
        **_short(visit),
        "centre": visit.centre,
        "starts": visit.starts,
        "practitioner": visit.practitioner or "none",
        "name": visit.name,
        "number": Code(visit.number),
    }
