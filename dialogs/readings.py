"""Readings by SMS: what is answered to a text that holds one, and to who says whose it was."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from clinic.care import meters, readings
from clinic.care.norms import Judgement
from clinic.care.reading.values import Glucose, Pressure, Unclear
from clinic.care.reading_text import read
from clinic.care.readings import Noted, Told
from clinic.care.wording import figures
from clinic.notices.questions import Asked
from conf import texts
from conf.norms import norms
from conf.texts.words import Language
from dialogs.conversation import plain
from dialogs.incoming import Incoming
from dialogs.talk import Desk, Line

SILENCE = ""
"""The reply to a machine: none."""
UNCLEAR = {
    "only_systolic": "reading.only_one_sms",
    "only_diastolic": "reading.only_one_sms",
    "unit": "reading.unit_sms",
    "two_values": "reading.two_sms",
    "off_scale": "reading.off_scale_sms",
}
MENDED = {
    "swapped": "reading.swapped_sms",
    "from_kpa": "reading.converted_sms",
    "from_mg_dl": "reading.converted_sms",
    "typo": "reading.mended_sms",
}


async def take_meter(text: Incoming, desk: Desk) -> str | None:
    """A text from a meter with a SIM card: read by its own format, and never answered."""
    if not desk.rules.care.meters or not await desk.store.run(meters.is_one, phone=text.phone):
        return None
    await desk.store.run(
        meters.take,
        phone=text.phone,
        text=text.text,
        inbox=text.inbox,
        rules=desk.rules,
        installation=desk.installation,
        now=desk.now(),
    )
    return SILENCE


async def take_reading(text: Incoming, desk: Desk) -> str | None:
    """A text that holds a reading, or says that somebody is in danger."""
    now = desk.now()
    if read(text.text, norms(now.date())) is None:
        return None
    noted = await desk.store.run(
        readings.take,
        phone=text.phone,
        text=text.text,
        inbox=text.inbox,
        rules=desk.rules,
        installation=desk.installation,
        now=now,
    )
    return None if noted is None else reply(noted, text.language)


async def answer_whose(asked: Asked, text: Incoming, desk: Desk) -> str | None:
    """Whose reading it was, by number or name."""
    noted = await desk.store.run(
        readings.choose,
        asked=asked,
        phone=text.phone,
        answer=plain(text.text),
        inbox=text.inbox,
        rules=desk.rules,
        installation=desk.installation,
        now=desk.now(),
    )
    if noted is None:
        return None
    said = reply(noted, text.language) if noted.name else texts.say(text.language, "reading.not_stored_sms")
    if noted.more is None:
        return said
    return "\n".join([said, *_whose(noted.more, text.language, "reading.more_whose_sms")])


def reply(noted: Noted, language: Language) -> str:
    """What is answered by SMS; what must be done at once comes first."""
    return "\n".join(_lines(noted, language))


def outcome(noted: Noted) -> Iterator[Line]:
    """What the readings mean and what to do, for every channel; what must be done at once comes first."""
    urgent = [each.judgement for each in noted.told if each.judgement.level == "emergency"]
    for advice in dict.fromkeys(judgement.advice for judgement in urgent):
        yield Line("care.level_emergency")
        yield Line(f"care.advice_{advice}")
    if noted.danger:
        yield Line("care.advice_danger")
    if noted.alarm and not urgent and not noted.danger:
        yield Line("care.advice_perhaps")
    if not noted.asks and not noted.several:
        for each in noted.told:
            yield from _meaning(each.judgement)
    yield from (line for each in noted.told for line in _mean(each))
    if noted.doctor_told or noted.duty_told:
        both = noted.doctor_told and noted.duty_told
        yield Line("care.both_told" if both else "care.doctor_told" if noted.doctor_told else "care.staff_told")


def _lines(noted: Noted, language: Language) -> Iterator[str]:
    if noted.asks:
        yield from _whose(noted, language, "reading.whose_sms")
    elif noted.told:
        key = "reading.kept_sms" if noted.name else "reading.general_sms" if noted.known else "reading.unkept_sms"
        told = figures(language, [each.reading for each in noted.told])
        yield texts.say(language, key, figures=told, name=noted.name)
    meanings = [texts.say(language, line.key, **line.words) for line in outcome(noted)]
    if meanings:
        yield ("" if language == "zh" else " ").join(meanings)
    for each in noted.told:
        yield from _mended(each, language)
    for unclear in noted.unclear:
        yield _unclear(unclear, language)
    if noted.several:
        yield texts.say(language, "reading.each_sms")


def _whose(noted: Noted, language: Language, key: str) -> Iterator[str]:
    yield texts.say(language, key, figures=figures(language, [each.reading for each in noted.told]))
    nobody = texts.say(language, "reading.nobody_sms")
    for number, name in enumerate([*noted.asks, nobody], start=1):
        yield texts.say(language, "reading.whose_item_sms", number=number, name=name)


def _meaning(judgement: Judgement) -> Iterator[Line]:
    if judgement.level == "emergency":
        return
    yield Line(f"care.level_{judgement.level}", {"limit": judgement.reasons[0].limit})
    yield Line(f"care.advice_{judgement.advice}")
    if any(reason.code in ("pulse_fast", "pulse_slow") for reason in judgement.reasons):
        yield Line("care.pulse")


def _mean(told: Told) -> Iterator[Line]:
    if told.mean is None:
        return
    match told.mean.reading:
        case Pressure(systolic=systolic, diastolic=diastolic):
            yield Line("care.mean_bp", {"count": told.mean.count, "systolic": systolic, "diastolic": diastolic})
        case Glucose(tenths=tenths):
            yield Line("care.mean_glucose", {"count": told.mean.count, "whole": tenths // 10, "tenth": tenths % 10})


def _mended(told: Told, language: Language) -> Iterator[str]:
    """Nothing is mended in silence."""
    keys: Sequence[str] = [MENDED[note] for note in told.reading.notes if note in MENDED]
    for key in dict.fromkeys(keys):
        yield texts.say(language, key, figures=figures(language, [told.reading]))


def _unclear(unclear: Unclear, language: Language) -> str:
    return texts.say(language, UNCLEAR.get(unclear.why, "reading.unclear_sms"), understood=unclear.understood)
