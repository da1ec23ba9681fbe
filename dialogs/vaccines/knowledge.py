"""What families may know of vaccines: of each what it is for, and what is the same for all. The texts are
`knowledge.zh.ftl` and `knowledge.en.ftl`."""

from __future__ import annotations

from conf.vaccines import edition
from dialogs.talk import Choice, Desk, Talk

OF_VACCINES = {
    "HepB": "know.hepb",
    "BCG": "know.bcg",
    "IPV": "know.ipv",
    "bOPV": "know.bopv",
    "DTaP": "know.dtap",
    "DT": "know.dt",
    "MMR": "know.mmr",
    "JE-L": "know.je-l",
    "JE-I": "know.je-i",
    "MPSV-A": "know.mpsv-a",
    "MPSV-AC": "know.mpsv-ac",
    "HepA-L": "know.hepa-l",
    "HepA-I": "know.hepa-i",
}
"""The text on each vaccine of the national programme, by its code."""
TOPICS = ("reactions", "doctor", "not_given", "missed")
"""What is the same for all vaccines: first, since most want to know that."""


async def knowledge(talk: Talk, desk: Desk) -> None:
    """Choose a topic or a vaccine of today's schedule; the whole text follows, which a screen shows in pages."""
    topics = [Choice(topic, f"knowledge.{topic}") for topic in TOPICS]
    vaccines = [
        Choice(code, "knowledge.vaccine", {"vaccine": vaccine.name})
        for code, vaccine in edition(desk.now().date()).vaccines.items()
    ]
    wanted = await talk.choose("knowledge.which", [*topics, *vaccines])
    if wanted in TOPICS:
        await talk.say(f"know.{wanted}")
    else:
        await tell_of(talk, wanted)


async def tell_of(talk: Talk, vaccine: str) -> None:
    """What it is for, usual reactions, who does not get it; of one that a centre has added, whom to ask."""
    await talk.say(OF_VACCINES.get(vaccine, "know.other"))
