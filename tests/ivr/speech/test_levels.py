from __future__ import annotations

import math
import struct

import pytest

from ivr.speech.levels import FADED, KEPT, levelled, loudness
from ivr.speech.wav import RATE, silence


def tone(amplitude: int, seconds: float = 0.3) -> bytes:
    values = (round(amplitude * math.sin(place * 2 * math.pi * 440 / RATE)) for place in range(int(RATE * seconds)))
    return b"".join(struct.pack("<h", value) for value in values)


def numbers(samples: bytes) -> list[int]:
    return list(struct.unpack(f"<{len(samples) // 2}h", samples))


def test_silence_around_a_sound_goes_but_for_a_moment() -> None:
    found = levelled(silence(500) + tone(8000) + silence(700))
    assert abs(len(found) // 2 - (RATE * 0.3 + 2 * KEPT)) < 20


def test_a_sound_comes_and_goes_without_a_click() -> None:
    values = numbers(levelled(tone(20000)))
    assert values[0] == values[-1] == 0
    assert max(map(abs, values[: FADED // 4])) < max(map(abs, values)) / 3


@pytest.mark.parametrize("amplitude", [300, 3000, 30000])
def test_sounds_become_equally_loud(amplitude: int) -> None:
    assert loudness(levelled(tone(amplitude))) == pytest.approx(-19, abs=0.3)


def test_pauses_within_a_sentence_make_its_words_no_louder() -> None:
    sentence = levelled(tone(3000) + silence(900) + tone(3000))
    assert loudness(sentence) == pytest.approx(loudness(levelled(tone(3000))), abs=0.3)


def test_nothing_is_clipped_where_peaks_are_high() -> None:
    clicks = b"".join(struct.pack("<h", 20000 if place % 80 == 0 else 200) for place in range(RATE))
    values = numbers(levelled(clicks))
    assert max(values) == pytest.approx(32768 * 10 ** (-1 / 20), abs=2)


@pytest.mark.parametrize("samples", [b"", silence(100)])
def test_silence_alone_is_nothing(samples: bytes) -> None:
    assert levelled(samples) == b""
