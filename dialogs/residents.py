"""Choosing a person: somebody this phone has named before, or someone new, in writing or by voice."""

from __future__ import annotations

from clinic import residents
from clinic.identity import parse
from clinic.residents import NewPerson
from clinic.views import PersonView
from dialogs.talk import Choice, Desk, Talk

SOMEONE_NEW = 0
"""Stands among the numbers of residents, which begin at 1."""


async def choose_person(talk: Talk, desk: Desk, question: str) -> tuple[int | NewPerson, str]:
    """The person `question` asks for; with the name to confirm."""
    known = await desk.store.run(residents.known_to, phone=talk.phone)
    options = [*map(person_choice, known), Choice(SOMEONE_NEW, "resident.new")]
    chosen = await talk.choose(question, options) if known else SOMEONE_NEW
    if chosen == SOMEONE_NEW:
        return await (_someone_new if talk.letters else _someone_new_by_voice)(talk, desk)
    return chosen, next(person.name for person in known if person.id == chosen)


def person_choice(person: PersonView) -> Choice[int]:
    return Choice(person.id, "resident.self" if person.is_self else "resident.other", {"name": person.name})


async def _someone_new(talk: Talk, desk: Desk) -> tuple[NewPerson, str]:
    name = await talk.ask("resident.name", residents.check_name, wants="name")
    identity = await talk.ask("resident.identity", parse, wants="identity", name=name)
    return NewPerson(name, desk.vault.seal(identity)), name


async def _someone_new_by_voice(talk: Talk, desk: Desk) -> tuple[NewPerson, str]:
    """The number comes first: it gives what stands for the name until the counter has heard the recording."""
    identity = await talk.ask("resident.identity_first", parse, wants="identity")
    recording = await talk.ask("resident.spoken_name", residents.check_recording, wants="name")
    name = residents.placeholder(identity)
    return NewPerson(name, desk.vault.seal(identity), recording), name
