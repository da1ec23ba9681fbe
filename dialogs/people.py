"""The people this phone books for: list them, add one, remove one, say which of them owns the phone.

Names are covered (`dialogs.words`).
"""

from __future__ import annotations

from clinic.people import persons
from clinic.people.persons import Listed
from dialogs.residents import someone_new
from dialogs.talk import Choice, Desk, Talk

ADD = "add"


async def my_people(talk: Talk, desk: Desk) -> None:
    """Choose one of them, or somebody to add. A phone that has named nobody adds somebody at once."""
    found = await desk.store.run(persons.listed, phone=talk.phone)
    options = [*(_choice(each) for each in found), Choice(ADD, "people.add")]
    chosen = await talk.choose("people.which", options) if found else ADD
    if chosen == ADD:
        await _add(talk, desk)
    else:
        await _one(talk, desk, next(each for each in found if str(each.id) == chosen))


async def _add(talk: Talk, desk: Desk) -> None:
    person, name = await someone_new(talk, desk)
    await desk.store.run(persons.add, phone=talk.phone, person=person, now=desk.now())
    await talk.say("people.added", name=name)


async def _one(talk: Talk, desk: Desk, person: Listed) -> None:
    name = person.masked
    options = [] if person.is_self else [Choice("self", "people.is_self")]
    options += [] if person.is_on_record else [Choice("remove", "people.remove")]
    if not options:
        await talk.say("people.on_record")
        return
    wanted = await talk.choose("people.person", options, name=name)
    if wanted == "self":
        await desk.store.run(persons.choose_self, phone=talk.phone, resident=person.id, now=desk.now())
        await talk.say("people.self_set", name=name)
    else:
        await _remove(talk, desk, person, name)


async def _remove(talk: Talk, desk: Desk, person: Listed, name: str) -> None:
    options = [Choice("yes", "people.remove_yes"), Choice("no", "people.remove_no")]
    if await talk.choose("people.remove_sure", options, name=name) == "no":
        await talk.say("people.kept", name=name)
        return
    await desk.store.run(persons.remove, phone=talk.phone, resident=person.id, now=desk.now())
    await talk.say("people.removed", name=name)


def _choice(person: Listed) -> Choice[str]:
    words = {"name": person.masked}
    if person.is_refuted:
        return Choice(str(person.id), "people.refuted_item", words)
    return Choice(str(person.id), "resident.self" if person.is_self else "resident.other", words)
