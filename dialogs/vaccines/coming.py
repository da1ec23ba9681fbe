"""What is next for a child: a dose of those to come, why it is due on its day, and what to do about it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from clinic.children import family
from clinic.children.family import Coming
from clinic.people.persons import Listed
from clinic.vaccines.records import Reason
from conf.texts.words import Word
from dialogs.talk import Choice, Desk, Talk
from dialogs.vaccines.booking import book_from
from dialogs.vaccines.knowledge import tell_of

FAR = dt.timedelta(days=300)
"""From then on a day without its year could be taken for another one."""
# What is told on a screen: why a dose does not count, what has to be waited for, when. The rest is sent by SMS.
_MATTERS = (
    "why.live",
    "why.immunoglobulin",
    "why.contraindication",
    "why.skin_test",
    "why.now",
    "why.on",
    "why.overdue",
    "why.too_early",
    "why.too_close",
    "why.wrong_vaccine",
)


async def tell_coming(talk: Talk, desk: Desk, child: Listed) -> None:
    """Choose one of several, hear why, and act on it."""
    today = desk.now().date()
    found = await desk.store.run(family.coming, phone=talk.phone, child=child.id, today=today)
    if not found:
        await talk.say("vaccine.nothing_due", name=child.masked)
        return
    one = await _chosen(talk, found, child, today)
    await talk.say("vaccine.item", vaccine=one.vaccine, dose=one.due.number)
    for reason in _short(one):
        await talk.say(reason.key, **_words(talk, reason))
    await talk.say("vaccine.ask_nurse")
    options = [
        Choice("book", "vaccine.view_book"),
        Choice("know", "vaccine.view_know"),
        Choice("whole", "vaccine.view_whole"),
    ]
    wanted = await talk.choose("vaccine.view", options)
    if wanted == "book":
        await book_from(talk, desk, child, one.on)
    elif wanted == "know":
        await tell_of(talk, one.due.vaccine)
    else:
        await _send_whole(talk, desk, child, one)


async def _chosen(talk: Talk, found: Sequence[Coming], child: Listed, today: dt.date) -> Coming:
    if len(found) == 1:
        return found[0]
    options = [Choice(each.due.series, _item(each, today), _named(each)) for each in found]
    chosen = await talk.choose("vaccine.which", options, name=child.masked)
    return next(each for each in found if each.due.series == chosen)


def _item(one: Coming, today: dt.date) -> str:
    if one.on > today:
        return "vaccine.item_far" if one.on - today > FAR else "vaccine.item_later"
    return "vaccine.item_overdue" if one.due.status == "overdue" else "vaccine.item_now"


def _named(one: Coming) -> dict[str, Word]:
    return {"vaccine": one.vaccine, "dose": one.due.number, "day": one.on, "year": one.on.year}


def _short(one: Coming) -> Iterator[Reason]:
    """What decides: of the ages and intervals only those that give the day."""
    for reason in one.due.why:
        if reason.key in _MATTERS or (reason.words.get("day") == one.due.earliest and reason.key in _BOUNDS):
            yield reason


_BOUNDS = (
    "why.birth",
    "why.age",
    "why.only",
    "why.late",
    "why.interval",
    "why.since",
    "why.follows_enough",
    "why.follows_fewer",
)


def _words(talk: Talk, reason: Reason) -> dict[str, Word]:
    """On a screen the days are written whole: the year matters here. By voice they are said as days."""
    if not talk.letters:
        return dict(reason.words)
    return {name: word.isoformat() if isinstance(word, dt.date) else word for name, word in reason.words.items()}


async def _send_whole(talk: Talk, desk: Desk, child: Listed, one: Coming) -> None:
    await desk.store.run(
        family.explain,
        phone=talk.phone,
        child=child.id,
        name=child.masked,
        series=one.due.series,
        language=talk.language,
        occasion=talk.occasion,
        installation=desk.installation,
        now=desk.now(),
    )
    await talk.say("vaccine.whole_sent")
