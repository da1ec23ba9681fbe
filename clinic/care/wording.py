"""Readings in words: for a reply, a copy, and the alert to the doctor."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from clinic.care.reading.values import Glucose, Pressure, Reading
from conf import texts
from conf.texts.words import Language


def figures(language: Language, readings: Iterable[Reading]) -> str:
    """`血压150/95 脉搏72，空腹血糖5.3`."""
    return ("，" if language == "zh" else ", ").join(figure(language, reading) for reading in readings)


def figure(language: Language, reading: Reading) -> str:
    if isinstance(reading, Pressure):
        key = "reading.bp_sms" if reading.pulse is None else "reading.bp_pulse_sms"
        words = {"systolic": reading.systolic, "diastolic": reading.diastolic, "pulse": reading.pulse or 0}
        return texts.say(language, key, **words)
    whole, tenth = divmod(reading.tenths, 10)
    return texts.say(language, "reading.glucose_sms", meal=reading.meal, whole=whole, tenth=tenth)


def signs(language: Language, codes: Sequence[str]) -> str:
    """`胸痛、头晕`, of the codes of `conf/norms/danger-words.toml`."""
    return ("、" if language == "zh" else ", ").join(
        texts.say(language, "reading.sign_sms", sign=code) for code in codes
    )


def kept(reading: Reading) -> dict[str, Any]:
    """A reading as JSON."""
    if isinstance(reading, Pressure):
        return {"systolic": reading.systolic, "diastolic": reading.diastolic, "pulse": reading.pulse}
    return {"glucose": reading.tenths, "meal": reading.meal}


def thawed(kept: Mapping[str, Any]) -> Reading:
    if "glucose" in kept:
        return Glucose(kept["glucose"], kept["meal"])
    return Pressure(kept["systolic"], kept["diastolic"], kept["pulse"])
