"""Choose a child, then what to know or do. A phone that is not told of the child hears its record at most."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from clinic import immunizations
from clinic.children import family
from clinic.people import persons
from clinic.people.persons import Listed
from dialogs.residents import person_choice
from dialogs.talk import Answer, Choice, Desk, Talk
from dialogs.vaccines.against import tell_against
from dialogs.vaccines.booking import book_next
from dialogs.vaccines.coming import tell_coming
from dialogs.vaccines.knowledge import knowledge
from dialogs.vaccines.record import tell_record


async def vaccine_record(talk: Talk, desk: Desk) -> None:
    """Choose a child where there are several, then one of what this phone may ask."""
    found = await _people(desk, talk.phone)
    if not found:
        await talk.say("vaccine.nobody")
        return
    child = found[0]
    if len(found) > 1:
        chosen = await talk.choose("vaccine.who", [person_choice(person) for person in found])
        child = next(person for person in found if person.id == chosen)
    told = await desk.store.run(family.is_told, phone=talk.phone, child=child.id)
    offered = _TOLD if told else _ANYBODY
    wanted = await talk.choose("vaccine.what", [Choice(each, _TEXTS[each]) for each in offered], name=child.masked)
    await _ACTS[wanted](talk, desk, child)


async def _people(desk: Desk, phone: str) -> Sequence[Listed]:
    found = await desk.store.run(immunizations.people, phone=phone, day=desk.now().date())
    known = {person.id: person for person in await desk.store.run(persons.listed, phone=phone)}
    return [known[person.id] for person in found if person.id in known]


async def _know(talk: Talk, desk: Desk, _child: Listed) -> None:
    await knowledge(talk, desk)


_TOLD: Final = ("next", "record", "book", "against", "know")
_ANYBODY: Final = ("record", "know")
_TEXTS: Final = {
    "next": "vaccine.next",
    "record": "vaccine.given",
    "book": "vaccine.book",
    "against": "vaccine.against",
    "know": "vaccine.know",
}
_ACTS: Final[dict[str, Callable[[Talk, Desk, Listed], Awaitable[None]]]] = {
    "next": tell_coming,
    "record": tell_record,
    "book": book_next,
    "against": tell_against,
    "know": _know,
}


async def answers_to_book(desk: Desk, phone: str, child: int, series: str) -> list[Answer] | None:
    """What somebody at this phone would have answered until a day is asked for the next dose of this series.

    None where this phone may not ask about the child. Where the dose is not to come any more: for what is next then.
    """
    found = await _people(desk, phone)
    if not any(person.id == child for person in found):
        return None
    whose: list[Answer] = [("vaccine.who", child)] if len(found) > 1 else []
    begun: list[Answer] = [("root.menu", "vaccines"), *whose]
    coming = await desk.store.run(family.coming, phone=phone, child=child, today=desk.now().date())
    if not any(each.due.series == series for each in coming):
        return [*begun, ("vaccine.what", "book")]
    which: list[Answer] = [("vaccine.which", series)] if len(coming) > 1 else []
    return [*begun, ("vaccine.what", "next"), *which, ("vaccine.view", "book")]
