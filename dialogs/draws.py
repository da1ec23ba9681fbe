"""Draws by dialog: entering one, looking at one's ticket, taking it back."""

from __future__ import annotations

import datetime as dt

from clinic.sessions import lottery
from clinic.sessions.lottery import Entered
from clinic.sessions.wanted import Drawn
from conf.texts.words import Name, Word
from dialogs.residents import choose_person
from dialogs.talk import Again, Choice, Desk, Talk
from dialogs.words import when, whose


async def enter_draw(talk: Talk, desk: Desk, drawn: Drawn, *, centre: Name, department: Name) -> None:
    """Who enters, whether they wait if they are not drawn; confirmed with everything, then written once."""
    patient, name = await choose_person(talk, desk, "lottery.who")
    waits = [Choice("yes", "lottery.if_lost_yes"), Choice("no", "lottery.if_lost_no")]
    lost = await talk.choose("lottery.if_lost", waits)
    wanted = await talk.choose(
        "lottery.confirm",
        [Choice("yes", "lottery.yes"), Choice("no", "lottery.no")],
        centre=centre,
        department=department,
        name=name,
        places=drawn.places,
        tickets=drawn.tickets,
        fee=drawn.fee,
        **when(drawn),
        **_drawn_at(drawn.draw_at),
    )
    if wanted == "no":
        await talk.say("lottery.not_entered")
        return
    try:
        entry = await desk.store.run(
            lottery.enter,
            offered=drawn.id,
            patient=patient,
            phone=talk.phone,
            language=talk.language,
            occasion=talk.occasion,
            channel=talk.channel,
            waits=lost == "yes",
            rules=desk.rules,
            installation=desk.installation,
            now=desk.now(),
        )
    except lottery.DrawClosed as error:
        raise Again("waiting.which", tell=error.tell) from error
    await talk.say("lottery.entered", ticket=entry.ticket, **_drawn_at(entry.draw_at))


async def my_ticket(talk: Talk, desk: Desk, entry: Entered) -> None:
    """A ticket in a draw that is still to come: look at it, or take it back."""
    wanted = await talk.choose(
        "lottery.view",
        [Choice("leave", "lottery.leave"), Choice("keep", "lottery.keep")],
        **ticket_words(entry),
    )
    if wanted == "keep":
        await talk.say("lottery.kept")
        return
    await desk.store.run(lottery.leave, entry=entry.id, phone=talk.phone, now=desk.now())
    await talk.say("lottery.left")


def draw_choice(drawn: Drawn) -> Choice[str]:
    return Choice(f"draw {drawn.id}", "lottery.item", {"fee": drawn.fee, **when(drawn)})


def ticket_words(entry: Entered) -> dict[str, Word]:
    return {"ticket": entry.ticket, **whose(entry), **_drawn_at(entry.draw_at)}


def _drawn_at(at: dt.datetime) -> dict[str, Word]:
    return {"drawday": at.date(), "drawat": at.time()}
