"""Sounds that are to stand beside one another: without silence around them, and equally loud.

Equally loud are sounds whose voiced parts have the same power, not those with the same peak: a lone digit would shout
among sentences.
"""

from __future__ import annotations

import math
import sys
from array import array
from collections.abc import Iterable, Sequence
from operator import mul

from ivr.speech.wav import RATE

FULL = 32768
SILENT = 100  # a sample below this, about -50 dBFS, is silence
KEPT = RATE * 15 // 1000  # samples kept of what is around the sound
FADED = RATE * 5 // 1000  # samples in which it comes and goes, so that a join does not click
WINDOW = RATE * 20 // 1000
LOUDNESS = 10 ** (-19 / 20) * FULL  # of the voiced parts: -19 dBFS
PEAK = 10 ** (-1 / 20) * FULL  # what no sample goes over: -1 dBFS
QUIET = 0.1  # a window with less than this share of the loudest one's amplitude is no voice


def levelled(samples: bytes) -> bytes:
    """The sound alone, at the level of all others; empty where all is silence."""
    return _octets(_louder(_trimmed(_numbers(samples))))


def loudness(samples: bytes) -> float:
    """The level of the voiced parts in dBFS, at most 0."""
    return 20 * math.log10(_voiced(_numbers(samples)) / FULL)


def _trimmed(sound: array[int]) -> array[int]:
    first, after = _loud(sound), _loud(reversed(sound))
    if first is None or after is None:
        return array("h")
    kept = sound[max(first - KEPT, 0) : len(sound) - after + KEPT]
    for place in range(min(FADED, len(kept) // 2)):
        kept[place] = kept[place] * place // FADED
        kept[-1 - place] = kept[-1 - place] * place // FADED
    return kept


def _loud(sound: Iterable[int]) -> int | None:
    """Samples before the first that is not silence."""
    return next((place for place, value in enumerate(sound) if not -SILENT <= value <= SILENT), None)


def _louder(sound: array[int]) -> array[int]:
    if not sound:
        return sound
    gain = min(LOUDNESS / _voiced(sound), PEAK / max(map(abs, sound)))
    return array("h", [int(value * gain) for value in sound])


def _voiced(sound: Sequence[int]) -> float:
    """Root mean square of the windows in which somebody speaks; never 0."""
    powers = [_power(sound[start : start + WINDOW]) for start in range(0, len(sound), WINDOW)]
    least = max(powers) * QUIET**2
    voiced = [power for power in powers if power >= least]
    return max(math.sqrt(sum(voiced) / len(voiced)), 1.0)


def _power(window: Sequence[int]) -> float:
    total: int = sum(map(mul, window, window))
    return total / len(window)


def _numbers(samples: bytes) -> array[int]:
    sound = array("h", samples)
    if sys.byteorder == "big":
        sound.byteswap()
    return sound


def _octets(sound: array[int]) -> bytes:
    if sys.byteorder == "big":
        sound = sound[:]
        sound.byteswap()
    return sound.tobytes()
