"""Handing a caller on: to the operator, to the duty phone. Asterisk dials, and bridges the two."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import phonenumbers

from ivr.calls.channel import Channel
from ivr.settings import NumberForm, TrunkSettings

ANSWERED = "ANSWER"
QUEUE = "queue:"


@dataclass(frozen=True, slots=True)
class Way:
    """A trunk that carries a number: its name, its settings, and what Asterisk dials."""

    trunk: str
    settings: TrunkSettings
    dial: str


def ways(trunks: Mapping[str, TrunkSettings], number: str, server: str | None = None) -> list[Way]:
    """The trunks that carry this number (E.164), over one server or any: the longest prefix that fits first."""
    fitting = [
        (max((len(prefix) for prefix in trunk.prefixes if _begins(number, prefix)), default=0), name, trunk)
        for name, trunk in trunks.items()
        if server in {None, trunk.server} and (not trunk.prefixes or any(_begins(number, p) for p in trunk.prefixes))
    ]
    return [Way(name, trunk, dialled(trunk, number)) for _, name, trunk in sorted(fitting, key=lambda each: -each[0])]


def dialled(trunk: TrunkSettings, number: str) -> str:
    """What Asterisk dials for this number. The number is digits by now; nothing else can get in."""
    return trunk.dial.replace("{number}", written(number, trunk.number))


def written(number: str, form: NumberForm) -> str:
    """An E.164 number as a trunk wants it; a short number (120, a desk) stays as it is."""
    digits = "".join(digit for digit in number if digit.isascii() and digit.isdigit())
    if not number.startswith("+"):
        return digits
    if form == "national":
        national = phonenumbers.format_number(phonenumbers.parse(number, None), phonenumbers.PhoneNumberFormat.NATIONAL)
        return "".join(digit for digit in national if digit.isdigit())
    return digits if form == "international" else f"+{digits}"


async def operator(channel: Channel, place: str, seconds: int) -> bool:
    """Ring the operator or wait in the operators' queue; whether somebody answered. Raises Gone."""
    if not place:
        return False
    if place.startswith(QUEUE):
        await channel.run("EXEC", "Queue", f"{place.removeprefix(QUEUE)},c,,,{seconds}")
        return not (await channel.run("GET VARIABLE", "QUEUESTATUS")).data
    return await ring(channel, [place], seconds)


async def ring(channel: Channel, dials: Iterable[str], seconds: int) -> bool:
    """Ring one after the other until one answers and the talk is over; whether one did. Raises Gone."""
    for dial in dials:
        # g: when the other side hangs up first, the caller comes back to us.
        await channel.run("EXEC", "Dial", f"{dial},{seconds},g")
        if (await channel.run("GET VARIABLE", "DIALSTATUS")).data == ANSWERED:
            return True
    return False


def _begins(number: str, prefix: str) -> bool:
    return number.removeprefix("+").startswith(prefix.removeprefix("+"))
