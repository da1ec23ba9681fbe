"""Readings by screen and telephone: record one by its figures, look at or hear the last ones; and one's medicines."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from clinic.care import readings, whose
from clinic.care.reading.values import Glucose, Meal, Pressure, Reading
from clinic.care.readings import Noted, ReadingLine
from clinic.care.whose import Person
from clinic.errors import ClinicError
from clinic.tables import ReadingSource
from conf.texts.words import Word
from dialogs.medication import my_medicines
from dialogs.readings import outcome
from dialogs.talk import Again, Choice, Desk, Line, Talk

SYSTOLIC, DIASTOLIC = range(50, 301), range(20, 201)
TENTHS = range(6, 401)
MOST_HEARD, MOST_SEEN = 3, 5
NOBODY = 0
MEALS: tuple[tuple[Meal, str], ...] = (
    ("fasting", "care.fasting"),
    ("after_meal", "care.after_meal"),
    ("unknown", "care.any_time"),
)


class BadNumber(ClinicError):
    """No living person has such a value."""

    tell = "care.bad_number"


async def my_readings(talk: Talk, desk: Desk) -> None:
    """Record blood pressure or glucose, or hear what was recorded last."""
    acts = [
        Choice("bp", "care.record_bp"),
        Choice("glucose", "care.record_glucose"),
        Choice("last", "care.last"),
        Choice("medicines", "care.medicines"),
    ]
    wanted = await talk.choose("care.menu", acts)
    if wanted == "medicines":
        await my_medicines(talk, desk)
        return
    day = desk.now().date()
    found = whose.candidates(await desk.store.run(whose.people, phone=talk.phone, day=day))
    person = await _whose(talk, found)
    if wanted == "last":
        await _last(talk, desk, person)
        return
    reading = await (_pressure(talk) if wanted == "bp" else _glucose(talk))
    await _tell(talk, await _kept(talk, desk, person, reading))


async def _whose(talk: Talk, found: list[Person]) -> int:
    """A lone person is not asked for; NOBODY where the phone stands for no one."""
    if len(found) < 2:
        return found[0].resident if found else NOBODY
    return await talk.choose("care.who", [Choice(each.resident, "care.person", {"name": each.label}) for each in found])


async def _pressure(talk: Talk) -> Pressure:
    systolic = int(await talk.ask("care.systolic", lambda text: _whole(text, SYSTOLIC), wants="number"))
    diastolic = int(await talk.ask("care.diastolic", lambda text: _whole(text, DIASTOLIC), wants="number"))
    if diastolic >= systolic:
        raise Again("care.systolic", tell="care.bad_number")
    await _confirmed(talk, Line("care.confirm_bp", {"systolic": systolic, "diastolic": diastolic}), "care.systolic")
    return Pressure(systolic, diastolic)


async def _glucose(talk: Talk) -> Glucose:
    tenths = int(await talk.ask("care.glucose", parse_glucose if talk.letters else parse_keys, wants="number"))
    meal = await talk.choose("care.meal", [Choice(meal, key) for meal, key in MEALS])
    words = {"whole": tenths // 10, "tenth": tenths % 10}
    await _confirmed(talk, Line("care.confirm_glucose", words), "care.glucose")
    return Glucose(tenths, next(known for known, _ in MEALS if known == meal))


async def _confirmed(talk: Talk, line: Line, first: str) -> None:
    """Heard back before it is kept: a wrong key would make a healthy person an emergency, or the other way round."""
    options = [Choice("yes", "care.right"), Choice("no", "care.wrong")]
    if await talk.choose(line.key, options, **line.words) == "no":
        raise Again(first, tell="care.again")


async def _kept(talk: Talk, desk: Desk, person: int, reading: Reading) -> Noted:
    given: dict[str, Any] = {"phone": talk.phone, "reading": reading, "occasion": talk.occasion, "rules": desk.rules}
    if person == NOBODY:
        return await desk.store.run(readings.record_unknown, installation=desk.installation, now=desk.now(), **given)
    source: ReadingSource = "ussd" if talk.letters else "voice"
    return await desk.store.run(
        readings.record, resident=person, source=source, installation=desk.installation, now=desk.now(), **given
    )


async def _tell(talk: Talk, noted: Noted) -> None:
    lines = list(outcome(noted))
    kept = Line("care.kept" if noted.name else "care.not_kept")
    for line in [*lines, kept] if noted.alarm else [kept, *lines]:
        await talk.say(line.key, **line.words)


async def _last(talk: Talk, desk: Desk, person: int) -> None:
    if person == NOBODY:
        await talk.say("care.not_kept")
        return
    found = await desk.store.run(
        readings.last, phone=talk.phone, resident=person, installation=desk.installation, now=desk.now()
    )
    for each in found[: MOST_SEEN if talk.letters else MOST_HEARD]:
        line = _item(each, desk)
        await talk.say(line.key, **line.words)
    if not found:
        await talk.say("care.none")


def _item(line: ReadingLine, desk: Desk) -> Line:
    at = line.measured_at.astimezone(desk.installation.timezone)
    when: dict[str, Word] = {"day": at.date(), "at": at.time().replace(second=0, microsecond=0)}
    if isinstance(line.reading, Pressure):
        return Line("care.item_bp", {**when, "systolic": line.reading.systolic, "diastolic": line.reading.diastolic})
    return Line("care.item_glucose", {**when, "whole": line.reading.tenths // 10, "tenth": line.reading.tenths % 10})


def _whole(text: str, known: range) -> str:
    digits = unicodedata.normalize("NFKC", text).strip()
    if not re.fullmatch(r"\d{2,3}", digits) or int(digits) not in known:
        raise BadNumber
    return str(int(digits))


def parse_glucose(text: str) -> str:
    """`5.3`, `5` -> tenths of mmol/L as digits."""
    found = re.fullmatch(r"(\d{1,2})(?:[.。,](\d))?", unicodedata.normalize("NFKC", text).strip())
    return _tenths(int(found[1]) * 10 + int(found[2] or 0) if found else 0)


def parse_keys(text: str) -> str:
    """`53` for 5.3, `120` for 12.0: a telephone has no key for the point. It is read back before it counts."""
    return _tenths(int(text) if re.fullmatch(r"\d{2,3}", text) else 0)


def _tenths(tenths: int) -> str:
    if tenths not in TENTHS:
        raise BadNumber
    return str(tenths)
