from __future__ import annotations

from pathlib import Path

import pytest

from ivr.speech import wav
from ivr.speech.building import Building
from ivr.speech.espeak import Espeak, NoVoice
from ivr.speech.library import Library
from ivr.speech.pieces import Prompt
from tests.ivr.speech.conftest import Hum, hum, record

BOOK = Prompt("zh", "root.book-aaaaaa", "预约看病")
LEFT = Prompt("en", "visit.left-bbbbbb", "left")
PROMPTS = [BOOK, LEFT]


@pytest.fixture
def building(library: Library, voice: Hum) -> Building:
    return Building(library, voice, threads=2)


def test_what_is_missing_is_built_and_told(building: Building, library: Library, voice: Hum) -> None:
    told: list[Prompt] = []
    built = building.build(PROMPTS, told.append)
    assert sorted(voice.spoken) == [("en", "left"), ("zh", "预约看病")]
    assert set(told) == set(built.made) == set(PROMPTS)
    assert library.missing(PROMPTS) == []
    assert wav.comment(library.built("zh", BOOK.key)) == "预约看病"


def test_what_is_there_is_not_built_again(building: Building, voice: Hum) -> None:
    building.build(PROMPTS)
    voice.spoken.clear()
    built = building.build(PROMPTS)
    assert (built.made, built.kept, voice.spoken) == ([], 2, [])


def test_only_what_is_stale_is_built_again(building: Building, library: Library, voice: Hum) -> None:
    building.build(PROMPTS)
    wav.write(library.built("zh", BOOK.key), hum(5), "")  # somebody has changed the file
    assert building.build(PROMPTS).made == [BOOK]
    library.built("en", LEFT.key).unlink()
    assert building.build(PROMPTS).made == [LEFT]
    voice.speed = 200
    assert set(building.due(PROMPTS)) == set(PROMPTS)


def test_what_no_text_needs_is_removed_but_not_the_files_of_others(building: Building, library: Library) -> None:
    building.build(PROMPTS)
    theirs = record(library.prompts / "zh" / "theirs.wav")
    assert building.build([BOOK]).removed == [f"en/{LEFT.key}"]
    assert not library.built("en", LEFT.key).exists()
    assert theirs.exists()
    assert {key for _, key in library.manifest()} == {BOOK.key}


def test_a_recording_of_another_format_is_converted_until_it_changes(
    building: Building, library: Library, voice: Hum, tmp_path: Path
) -> None:
    spoken = record(tmp_path / "recordings" / "zh" / f"{BOOK.key}.wav", rate=44100)
    building.build(PROMPTS)
    assert voice.converted == [spoken]
    assert building.due(PROMPTS) == []
    record(spoken, rate=48000)
    assert building.build(PROMPTS).made == [BOOK]
    spoken.unlink()
    assert building.build(PROMPTS).made == [BOOK]  # with the voice, as there is no recording any more
    assert ("zh", "预约看病") in voice.spoken


def test_a_prompt_that_fails_leaves_what_is_ready(library: Library, voice: Hum) -> None:
    voice.mute = {"left"}
    building = Building(library, voice, threads=1)
    with pytest.raises(NoVoice, match="no voice for left"):
        building.build(PROMPTS)
    assert building.due(PROMPTS) == [LEFT]
    voice.mute.clear()
    assert building.build(PROMPTS).made == [LEFT]


def test_with_the_real_voice(library: Library) -> None:
    espeak = Espeak({"zh": "cmn", "en": "en"}, 160)
    Building(library, espeak).build(PROMPTS)
    assert library.missing(PROMPTS) == []
    assert Building(library, Espeak({"zh": "cmn", "en": "en"}, 170)).due(PROMPTS) == PROMPTS
