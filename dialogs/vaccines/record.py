"""The vaccine record: which doses a child was given, the newest first, a few at a time."""

from __future__ import annotations

from clinic import immunizations
from clinic.people.persons import Listed
from clinic.views import DoseView
from conf.texts.words import Word
from dialogs.talk import Choice, Desk, Talk

AT_ONCE = 4
"""Doses that are told together: what one can hear, or read on two screens."""


async def tell_record(talk: Talk, desk: Desk, child: Listed) -> None:
    """Its doses, as far as this phone may know them."""
    doses = await desk.store.run(immunizations.given, phone=talk.phone, person=child.id)
    if not doses:
        await talk.say("vaccine.none", name=child.masked)
        return
    await talk.say("vaccine.record", name=child.masked, count=len(doses))
    for first in range(0, len(doses), AT_ONCE):
        for dose in doses[first : first + AT_ONCE]:
            await talk.say("vaccine.dose", **_words(dose))
        left = len(doses) - first - AT_ONCE
        if left > 0:
            await talk.choose("vaccine.left", [Choice("more", "vaccine.more")], left=left)


def _words(dose: DoseView) -> dict[str, Word]:
    return {"vaccine": dose.vaccine, "dose": dose.dose, "year": dose.day.year, "day": dose.day}
