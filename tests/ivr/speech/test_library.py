from __future__ import annotations

import os
from pathlib import Path

import pytest

from ivr.speech import wav
from ivr.speech.library import Library, Made, digest
from ivr.speech.pieces import Improvised, Pause, Prompt, Recorded
from tests.ivr.speech.conftest import hum, record

PROMPT = Prompt("zh", "root.book-aaaaaa", "预约看病")
PIECE = Recorded(PROMPT.key, PROMPT.text)


def built(library: Library, prompt: Prompt = PROMPT, milliseconds: int = 50) -> Path:
    path = library.built(prompt.language, prompt.key)
    wav.write(path, hum(milliseconds), prompt.text)
    return path


def test_a_persons_recording_goes_before_a_built_prompt(library: Library, tmp_path: Path) -> None:
    assert library.find("zh", PIECE) is None
    path = built(library)
    assert library.find("zh", PIECE) == path
    assert library.find("en", PIECE) is None
    spoken = record(tmp_path / "recordings" / "zh" / f"{PROMPT.key}.wav")
    assert library.find("zh", PIECE) == spoken


def test_what_is_no_recording_has_no_file(library: Library) -> None:
    assert library.find("zh", Improvised("王芳")) is None
    assert library.find("zh", Pause(100)) is None


def test_a_recording_of_another_format_is_passed_over_told_and_to_be_converted(
    library: Library, tmp_path: Path
) -> None:
    spoken = record(tmp_path / "recordings" / "zh" / f"{PROMPT.key}.wav", rate=44100)
    path = built(library)
    assert library.find("zh", PIECE) == path
    assert library.to_convert("zh", PROMPT.key) == spoken
    assert library.to_convert("zh", "other") is None
    assert [(problem.path, problem.reason[:15]) for problem in library.unreadable()] == [(spoken, "it has 44100 Hz")]


def test_a_recording_that_is_replaced_is_looked_at_again(library: Library, tmp_path: Path) -> None:
    spoken = record(tmp_path / "recordings" / "zh" / f"{PROMPT.key}.wav", rate=44100)
    assert library.find("zh", PIECE) is None
    record(spoken, frames=900)
    assert library.find("zh", PIECE) == spoken


def test_what_no_call_could_play_is_missing(library: Library) -> None:
    assert library.missing([PROMPT]) == [PROMPT]
    path = built(library)
    assert library.missing([PROMPT]) == []
    path.write_bytes(b"no sound")
    assert library.missing([PROMPT]) == [PROMPT]


def test_a_prompt_is_stale_when_text_recipe_or_file_is_another(library: Library) -> None:
    path = built(library)
    assert library.stale([PROMPT], lambda _: "cmn 160") == [PROMPT]  # nobody knows what it was built of
    library.keep({("zh", PROMPT.key): Made(PROMPT.text, "cmn 160", digest(path))})
    assert library.stale([PROMPT], lambda _: "cmn 160") == []
    assert library.stale([PROMPT], lambda _: "cmn 200") == [PROMPT]
    assert library.stale([Prompt("zh", PROMPT.key, "预约")], lambda _: "cmn 160") != []
    built(library, milliseconds=70)
    assert library.stale([PROMPT], lambda _: "cmn 160") == [PROMPT]
    path.unlink()
    assert library.stale([PROMPT], lambda _: "cmn 160") == []  # missing, which is another matter


def test_files_that_no_text_needs_are_orphaned(library: Library, tmp_path: Path) -> None:
    path = built(library)
    spoken = record(tmp_path / "recordings" / "en" / "old.wav")
    assert library.orphaned([PROMPT]) == [spoken]
    assert library.orphaned([]) == [spoken, path]


@pytest.mark.parametrize("octets", [b"", b"{", b"[]", b'{"zh": {"a": {"text": "x"}}}', b'{"zh": 7}', b"\xff"])
def test_a_damaged_manifest_is_none(octets: bytes, library: Library) -> None:
    library.prompts.mkdir()
    (library.prompts / "manifest.json").write_bytes(octets)
    assert library.manifest() == {}


def test_there_may_be_no_folder_of_recordings(tmp_path: Path) -> None:
    library = Library(tmp_path / "prompts")
    assert library.missing([PROMPT]) == [PROMPT]
    assert library.to_convert("zh", PROMPT.key) is None
    assert library.orphaned([]) == library.unreadable() == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_that_may_not_be_read_is_told(library: Library) -> None:
    path = built(library)
    path.chmod(0)
    assert [problem.path for problem in library.unreadable()] == [path]
