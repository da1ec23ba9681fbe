"""The waiting list: joining it where a booking finds no place, the answer to an offer, one's own entries by menu."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from clinic.errors import ClinicError
from clinic.notices import Asked
from clinic.notices.people import covered
from clinic.residents import NewPerson
from clinic.sessions import lottery, waiting, wanted
from clinic.sessions.waiting.shown import Offered, Waiting
from clinic.views import DepartmentView, SessionView, VisitView
from conf import texts
from conf.texts.words import Name, Word
from dialogs.conversation import plain
from dialogs.draws import draw_choice, enter_draw, my_ticket, ticket_words
from dialogs.incoming import Incoming
from dialogs.residents import choose_person
from dialogs.talk import Again, Choice, Desk, Line, Talk
from dialogs.words import of_visit, when, whose

YES: Final = ("1", "要", "需要", "yes", "y")
NO: Final = ("0", "不要", "不需要", "放弃", "no", "n")
DAYS: Final = (7, 14, 30)
"""So long one may wait for any time of a department."""
OTHER: Final = "other"


# Where a booking finds no place.


async def more_departments(talk: Talk, desk: Desk, centre: int) -> list[DepartmentView]:
    """Departments without a place, where one can wait for one, or take part in a draw."""
    return await desk.store.run(wanted.full_departments, centre=centre, channel=talk.channel, now=desk.now())


def department_choice(department: DepartmentView) -> Choice[int]:
    return Choice(department.id, "waiting.department_item", {"department": department.name})


async def other_ways(talk: Talk, desk: Desk, department: int) -> list[Choice[str]]:
    """One more choice beside the days, where the department has full sessions, or draws; else none."""
    some = await desk.store.run(wanted.is_any, department=department, channel=talk.channel, now=desk.now())
    return [Choice(OTHER, "waiting.other_item")] if some else []


async def instead(talk: Talk, desk: Desk, *, centre: Name, department: DepartmentView) -> None:
    """Wait for a place of this department, or enter a draw; Again where there is nothing to wait for any more."""
    draws, full = await _draws(desk, department.id), await _full(talk, desk, department.id)
    any_time = [Choice("any", "waiting.any_item")] if full else []
    options = [*map(draw_choice, draws), *any_time, *map(_session_choice, full)]
    if not options:
        raise Again("visit.department", tell="visit.none_open")
    chosen = await talk.choose("waiting.which", options)
    for drawn in draws:
        if chosen == f"draw {drawn.id}":
            await enter_draw(talk, desk, drawn, centre=centre, department=department.name)
            return
    offered = next((each for each in full if chosen == f"full {each.id}"), None)
    last = None if offered else await _until(talk, desk)
    patient, name = await choose_person(talk, desk, "waiting.who")
    words = {"centre": centre, "department": department.name}
    await _join(talk, desk, offered, **words, patient=patient, name=name, in_department=department.id, last=last)


async def became_full(
    talk: Talk,
    desk: Desk,
    offered: SessionView,
    *,
    centre: Name,
    department: Name,
    patient: int | NewPerson,
    name: str,
) -> bool:
    """A session has become full under a booking: wait for it, or False to choose another."""
    can_wait = wanted.can_be_waited_for
    if not await desk.store.run(can_wait, offered=offered.id, channel=talk.channel, now=desk.now()):
        return False
    options = [Choice("wait", "waiting.wait"), Choice("choose", "waiting.choose_other")]
    if await talk.choose("waiting.instead", options) == "choose":
        return False
    await _join(talk, desk, offered, centre=centre, department=department, patient=patient, name=name)
    return True


async def _join(
    talk: Talk,
    desk: Desk,
    offered: SessionView | None,
    *,
    centre: Name,
    department: Name,
    patient: int | NewPerson,
    name: str,
    in_department: int | None = None,
    last: dt.date | None = None,
) -> None:
    """Confirm with everything, then write once: for this session, or for the department until a day."""
    words: dict[str, Word] = {"centre": centre, "department": department, "name": name}
    options = [Choice("yes", "waiting.yes"), Choice("no", "waiting.no")]
    if offered is not None:
        sure = await talk.choose("waiting.confirm", options, **words, **when(offered))
    else:
        sure = await talk.choose("waiting.confirm_any", options, **words, last=last or desk.now().date())
    if sure == "no":
        await talk.say("waiting.not_joined")
        return
    entry = await desk.store.run(
        waiting.join,
        patient=patient,
        phone=talk.phone,
        language=talk.language,
        occasion=talk.occasion,
        offered=offered.id if offered else None,
        department=in_department,
        last=last,
        rules=desk.rules.booking,
        now=desk.now(),
    )
    await talk.say("waiting.joined", ahead=entry.ahead)


# What one waits for already.


async def my_waiting(talk: Talk, desk: Desk) -> None:
    """Places that one may have now, what one waits for, tickets in draws; take, leave."""
    offers = await desk.store.run(waiting.open_offers, phone=talk.phone, now=desk.now())
    entries = await desk.store.run(waiting.mine, phone=talk.phone)
    tickets = await desk.store.run(lottery.mine, phone=talk.phone, now=desk.now())
    acts: dict[str, Callable[[], Awaitable[None]]] = {
        **{f"take {each.offer} {each.entry}": _act(_take, talk, desk, each) for each in offers},
        **{f"entry {each.id}": _act(_look, talk, desk, each) for each in entries},
        **{f"ticket {each.id}": _act(my_ticket, talk, desk, each) for each in tickets},
    }
    if not acts:
        await talk.say("waiting.none")
        return
    options = [
        *(Choice(f"take {each.offer} {each.entry}", "waiting.take_item", _offer_words(each)) for each in offers),
        *map(_entry_choice, entries),
        *(Choice(f"ticket {each.id}", "lottery.mine_item", ticket_words(each)) for each in tickets),
    ]
    await acts[await talk.choose("waiting.mine", options)]()


async def _take(talk: Talk, desk: Desk, offer: Offered) -> None:
    options = [Choice("yes", "waiting.take_yes"), Choice("no", "waiting.take_no")]
    if await talk.choose("waiting.take", options, **_offer_words(offer)) == "no":
        await desk.store.run(waiting.decline, offer.offer, entry=offer.entry, phone=talk.phone, now=desk.now())
        await talk.say("waiting.declined")
        return
    visit = await desk.store.run(
        waiting.accept,
        offer.offer,
        entry=offer.entry,
        phone=talk.phone,
        language=talk.language,
        channel=talk.channel,
        rules=desk.rules,
        installation=desk.installation,
        now=desk.now(),
    )
    line = booked(visit, desk)
    await talk.say(line.key, **line.words)


async def _look(talk: Talk, desk: Desk, entry: Waiting) -> None:
    options = [Choice("leave", "waiting.leave"), Choice("keep", "waiting.keep")]
    key = "waiting.view_any" if entry.wanted is None else "waiting.view"
    chosen = await talk.choose(key, options, **_entry_words(entry))
    if chosen == "keep":
        await talk.say("waiting.kept")
        return
    await desk.store.run(waiting.leave, entry=entry.id, phone=talk.phone, now=desk.now())
    await talk.say("waiting.left")


# The answer to an offer, by SMS.


async def answered(asked: Asked, incoming: Incoming, desk: Desk) -> str | None:
    """1 takes the place, 0 leaves it to the next; None for any other text."""
    said, offer, entry = plain(incoming.text).casefold(), asked.subject.get("offer"), asked.subject.get("entry")
    if said not in (*YES, *NO) or not isinstance(offer, int) or not isinstance(entry, int):
        return None
    try:
        line = await (_yes if said in YES else _no)(asked, incoming, desk, offer, entry)
    except ClinicError as error:
        if error.retry:
            raise
        return texts.say(incoming.language, error.tell, **error.words)
    return texts.say(incoming.language, line.key, **line.words)


def booked(visit: VisitView, desk: Desk) -> Line:
    """What is told of a place that was taken: its T-code comes by itself, or until when it is to be paid."""
    words = of_visit(visit)
    if visit.state != "pending" or visit.hold_until is None:
        return Line("waiting.booked", words)
    until = visit.hold_until.astimezone(desk.installation.timezone).time()
    return Line("waiting.pending", {**words, "until": until})


async def _yes(asked: Asked, incoming: Incoming, desk: Desk, offer: int, entry: int) -> Line:
    visit = await desk.store.run(
        waiting.accept,
        offer,
        entry=entry,
        phone=incoming.phone,
        language=incoming.language,
        channel="sms",
        question=asked.id,
        inbox=incoming.inbox,
        said=incoming.text.strip(),
        rules=desk.rules,
        installation=desk.installation,
        now=desk.now(),
    )
    return booked(visit, desk)


async def _no(asked: Asked, incoming: Incoming, desk: Desk, offer: int, entry: int) -> Line:
    await desk.store.run(
        waiting.decline,
        offer,
        entry=entry,
        phone=incoming.phone,
        question=asked.id,
        inbox=incoming.inbox,
        said=incoming.text.strip(),
        now=desk.now(),
    )
    return Line("waiting.declined")


def _act(fn: Callable[..., Awaitable[None]], *given: object) -> Callable[[], Awaitable[None]]:
    return lambda: fn(*given)


async def _draws(desk: Desk, department: int) -> Sequence[wanted.Drawn]:
    return await desk.store.run(wanted.draws, department=department, now=desk.now())


async def _full(talk: Talk, desk: Desk, department: int) -> Sequence[SessionView]:
    return await desk.store.run(wanted.full_sessions, department=department, channel=talk.channel, now=desk.now())


async def _until(talk: Talk, desk: Desk) -> dt.date:
    today = desk.now().date()
    days = [today + dt.timedelta(days=days) for days in DAYS]
    options = [Choice(day.isoformat(), "waiting.until_item", {"last": day}) for day in days]
    return dt.date.fromisoformat(await talk.choose("waiting.until", options))


def _session_choice(session: SessionView) -> Choice[str]:
    return Choice(f"full {session.id}", "waiting.item", when(session))


def _entry_choice(entry: Waiting) -> Choice[str]:
    key = "waiting.mine_any_item" if entry.wanted is None else "waiting.mine_item"
    return Choice(f"entry {entry.id}", key, _entry_words(entry))


def _entry_words(entry: Waiting) -> dict[str, Word]:
    """Until when they wait, or for which session."""
    words: dict[str, Word] = {
        "name": covered(entry.name),
        "ahead": entry.ahead,
        "centre": entry.centre,
        "department": entry.department,
        "last": entry.last,
    }
    if entry.wanted is None:
        return words
    return {
        **words,
        "day": entry.first,
        "half": entry.wanted.half,
        "starts": entry.wanted.starts,
        "practitioner": entry.wanted.practitioner or "none",
    }


def _offer_words(offer: Offered) -> dict[str, Word]:
    return {**whose(offer), "fee": offer.fee}
