"""Choosing a person: somebody this phone has named before, or someone new, in writing or by voice.

Who is known is shown with a covered name (`dialogs.words`), who is typed now with the name that is to be confirmed.
"""

from __future__ import annotations

import re
import unicodedata

from clinic import residents
from clinic.identity import parse
from clinic.people import persons
from clinic.people.persons import Listed
from clinic.residents import NewPerson
from dialogs.talk import Choice, Desk, Talk

SOMEONE_NEW = 0
"""Stands among the numbers of residents, which begin at 1."""


async def choose_person(talk: Talk, desk: Desk, question: str) -> tuple[int | NewPerson, str]:
    """The person `question` asks for; with the name to confirm."""
    known = await desk.store.run(persons.listed, phone=talk.phone)
    options = [*map(person_choice, known), Choice(SOMEONE_NEW, "resident.new")]
    chosen = await talk.choose(question, options) if known else SOMEONE_NEW
    if chosen == SOMEONE_NEW:
        return await someone_new(talk, desk)
    return chosen, next(person.masked for person in known if person.id == chosen)


def person_choice(person: Listed) -> Choice[int]:
    return Choice(person.id, "resident.self" if person.is_self else "resident.other", {"name": person.masked})


async def someone_new(talk: Talk, desk: Desk) -> tuple[NewPerson, str]:
    """Somebody this phone names for the first time; with the name to confirm."""
    return await (_in_writing if talk.letters else _by_voice)(talk, desk)


async def _in_writing(talk: Talk, desk: Desk) -> tuple[NewPerson, str]:
    """Name, then number. Whoever writes both at once is asked no more; by SMS they are asked to, it saves a text."""
    prompt = "people.name_and_number" if talk.channel == "sms" else "resident.name"
    said = await talk.ask(prompt, name_and_number, wants="name")
    name, _, identity = said.rpartition(" ")
    if not is_number(identity):
        name = said
        identity = await talk.ask("resident.identity", parse, wants="identity", name=name)
    return NewPerson(name, desk.vault.seal(identity)), name


def name_and_number(written: str) -> str:
    """A name, or a name and an identity number in either order: `王芳 110101195808142424`. BadName, BadIdentity."""
    text = " ".join(unicodedata.normalize("NFKC", written).split())
    number = re.search(r"\d[\d ]{12,}[\dXx]", text)
    if number is None:
        short = re.fullmatch(r"([^\d]+?)[ ,;、]*(\d[\d ]*[Xx]?)", text)
        return residents.check_name(text) if short is None else f"{residents.check_name(short[1])} {parse(short[2])}"
    name = (text[: number.start()] + text[number.end() :]).strip(" ,;、")
    return f"{residents.check_name(name)} {parse(number[0])}"


def is_number(word: str) -> bool:
    return re.fullmatch(r"\d{17}[\dX]", word) is not None


async def _by_voice(talk: Talk, desk: Desk) -> tuple[NewPerson, str]:
    """The number comes first: it gives what stands for the name until the counter has heard the recording."""
    identity = await talk.ask("resident.identity_first", parse, wants="identity")
    recording = await talk.ask("resident.spoken_name", residents.check_recording, wants="name")
    name = residents.placeholder(identity)
    return NewPerson(name, desk.vault.seal(identity), recording), name
