"""The contraindications of a child that are on record."""

from __future__ import annotations

from clinic.children import family
from clinic.children.family import Against
from clinic.people.persons import Listed
from conf.texts import say
from conf.texts.words import Name, Word
from dialogs.talk import Desk, Talk


async def tell_against(talk: Talk, desk: Desk, child: Listed) -> None:
    """Each with its reason, and how long it holds."""
    found = await desk.store.run(family.against, phone=talk.phone, child=child.id, today=desk.now().date())
    if not found:
        await talk.say("vaccine.against_none", name=child.masked)
        return
    for each in found:
        if each.until is None:
            await talk.say("vaccine.against_for_good", **_words(each), since=each.since, year=each.since.year)
        else:
            await talk.say("vaccine.against_until", **_words(each), until=each.until, year=each.until.year)
    await talk.say("vaccine.ask_nurse")


def _words(each: Against) -> dict[str, Word]:
    return {
        "against": each.against or _many("vaccine.against_live" if each.live else "vaccine.against_all"),
        "reason": each.reason,
    }


def _many(key: str) -> Name:
    return Name(say("zh", key), say("en", key))
