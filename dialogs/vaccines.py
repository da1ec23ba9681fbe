"""The vaccine record: which doses a child was given, the newest first, a few at a time."""

from __future__ import annotations

from clinic import immunizations
from clinic.views import DoseView, PersonView
from conf.texts.words import Word
from dialogs.residents import person_choice
from dialogs.talk import Choice, Desk, Talk

AT_ONCE = 4
"""Doses that are told together: what one can hear, or read on two screens."""


async def vaccine_record(talk: Talk, desk: Desk) -> None:
    """Choose a child, then hear its doses."""
    child = await _child(talk, desk)
    if child is None:
        await talk.say("vaccine.nobody")
        return
    doses = await desk.store.run(immunizations.given, phone=talk.phone, person=child.id)
    if not doses:
        await talk.say("vaccine.none", name=child.name)
        return
    await talk.say("vaccine.record", name=child.name, count=len(doses))
    for first in range(0, len(doses), AT_ONCE):
        for dose in doses[first : first + AT_ONCE]:
            await talk.say("vaccine.dose", **_words(dose))
        left = len(doses) - first - AT_ONCE
        if left > 0:
            await talk.choose("vaccine.left", [Choice("more", "vaccine.more")], left=left)


async def _child(talk: Talk, desk: Desk) -> PersonView | None:
    """A lone child is not asked for; None where there is none."""
    found = await desk.store.run(immunizations.people, phone=talk.phone, day=desk.now().date())
    if len(found) < 2:
        return found[0] if found else None
    chosen = await talk.choose("vaccine.who", [person_choice(person) for person in found])
    return next(person for person in found if person.id == chosen)


def _words(dose: DoseView) -> dict[str, Word]:
    return {"vaccine": dose.vaccine, "dose": dose.dose, "year": dose.day.year, "day": dose.day}
