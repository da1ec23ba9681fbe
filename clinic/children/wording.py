"""What a reminder says: which doses, from when, where, what to know before, and how to book."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from clinic.children.stages import BEFORE, NOW, Step
from clinic.vaccines.records import Child, Due
from conf.texts import say
from conf.texts.words import Language, Name, Word
from conf.vaccines import edition

MOST_NAMED = 4
"""Doses that a text names; of the others it only says how many."""
KINDS: Mapping[str, str] = {
    "before": "vaccine.before_sms",
    "now": "vaccine.due_sms",
    "overdue": "vaccine.overdue_sms",
}
SEVERAL = "vaccine.several_sms"
KEYS = (*KINDS.values(), SEVERAL)
"""The texts that tell of doses."""
_GROUPS = {"before": "vaccine.from_day", "now": "vaccine.now", "overdue": "vaccine.catch_up"}
_URGENCY = ("overdue", "now", "before")
_NOTES = ("skin", "live", "immunoglobulin", "contra")  # the first that there is is told
_WAITS = {"why.live": "live", "why.immunoglobulin": "immunoglobulin"}


@dataclass(frozen=True, slots=True)
class Where:
    """The centre, whether a place can be booked there by an answer, and the number to call."""

    centre: Name
    is_bookable: bool
    hotline: str


def text(
    steps: Sequence[Step],
    *,
    language: Language,
    name: str,
    days: Mapping[dt.date, dt.date],
    where: Where,
    note: tuple[str, str],
) -> tuple[str, dict[str, Any]]:
    """The key of the text, and its words. `name`: as the phone tells the child from others, "" where it need not;
    `days`: the working day for each day of a dose; `note`: of `note_of`."""
    kind, vaccine = note
    ordered = sorted(steps, key=lambda step: (_URGENCY.index(_kind(step)), step.on))
    first = ordered[0]
    words: dict[str, Word] = {
        "name": name or "none",
        "vaccine": _called(vaccine, first.on) if vaccine else _name(first.due),
        "centre": where.centre,
        "note": kind,
        "book": "reply" if where.is_bookable else "call",
        "hotline": where.hotline,
    }
    if len(ordered) > 1:
        return SEVERAL, {**words, "what": _listed(ordered, days, language)}
    return KINDS[_kind(first)], {**words, "dose": first.due.number, "day": days[first.on]}


def note_of(steps: Iterable[Step], child: Child, today: dt.date) -> tuple[str, str]:
    """The one thing that a parent must know before, and the vaccine that it is about; ("none", "") where there is
    nothing. `steps` have their reasons."""
    found: dict[str, str] = {}
    for step in steps:
        if step.due.skin_test:
            found.setdefault("skin", step.due.vaccine)
        for reason in step.due.why:
            if reason.key in _WAITS and step.stage == BEFORE:
                found.setdefault(_WAITS[reason.key], step.due.vaccine)
    if any(each.since <= today and (each.until is None or each.until >= today) for each in child.contraindications):
        found.setdefault("contra", "")
    return next(((kind, found[kind]) for kind in _NOTES if kind in found), ("none", ""))


def _kind(step: Step) -> str:
    return "before" if step.stage == BEFORE else "now" if step.stage == NOW else "overdue"


def _listed(steps: Sequence[Step], days: Mapping[dt.date, dt.date], language: Language) -> str:
    """Doses in the order of their urgency, those of one kind and day together."""
    named, more = steps[:MOST_NAMED], len(steps) - MOST_NAMED
    groups = [
        say(language, _GROUPS[kind], day=day, vaccines=say(language, "vaccine.comma").join(_items(those, language)))
        for (kind, day), those in groupby(named, key=lambda step: _together(step, days))
    ]
    if more > 0:
        groups.append(say(language, "vaccine.and_more", count=more))
    return say(language, "vaccine.semicolon").join(groups)


def _together(step: Step, days: Mapping[dt.date, dt.date]) -> tuple[str, dt.date]:
    """What stands in one group: the day counts only of what cannot be given yet."""
    kind = _kind(step)
    return kind, days[step.on] if kind == "before" else dt.date.min


def _items(steps: Iterable[Step], language: Language) -> Iterator[str]:
    for step in steps:
        yield say(language, "vaccine.item", vaccine=_name(step.due), dose=step.due.number)


def _name(due: Due) -> Name:
    assert due.on is not None  # noqa: S101  it has come to a stage
    return _called(due.vaccine, due.on)


def _called(vaccine: str, day: dt.date) -> Name:
    known = edition(day).vaccines.get(vaccine)
    return known.name if known else Name(vaccine, vaccine)
