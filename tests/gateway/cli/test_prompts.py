from __future__ import annotations

import csv
import io
import json
import struct
from pathlib import Path
from typing import Any

import pytest

from ivr.speech import wav
from ivr.speech.espeak import Espeak, NoVoice


@pytest.fixture(autouse=True)
def _humming(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousand prompts take a real voice half a minute; tests/ivr/speech has it speak."""
    monkeypatch.setattr(Espeak, "speak", lambda *_: struct.pack("<h", 1000) * 800)


def build(caredial: Any) -> dict[str, Any]:
    result = caredial("prompts", "build", "--json")
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def check(caredial: Any) -> tuple[int, dict[str, Any]]:
    result = caredial("prompts", "check", "--json")
    return result.exit_code, json.loads(result.stdout)


def test_what_is_built_is_complete_with_the_names_of_the_data(caredial: Any, place: Any) -> None:
    code, found = check(caredial)
    assert code == 1
    assert {"language": "zh", "key": "number.12", "text": "十二"} in found["missing"]
    made = build(caredial)["made"]
    assert len(made) == len(found["missing"])
    assert {"东苑社区卫生服务中心", "Child health", "欧阳雨桐", "预约看病"} <= {each["text"] for each in made}
    assert check(caredial) == (0, {"missing": [], "stale": [], "orphaned": [], "unreadable": []})


def test_a_second_build_has_nothing_to_do_until_something_changes(caredial: Any, place: Any) -> None:
    built = build(caredial)
    again = caredial("prompts", "build")
    assert again.stdout == f"0 prompts built, {len(built['made'])} kept, 0 removed: {place.folder / 'prompts'}\n"
    (welcome,) = (place.folder / "prompts" / "zh").glob("voice.welcome-*.wav")
    welcome.unlink()
    assert [each["key"] for each in build(caredial)["made"]] == [welcome.stem]


def test_check_tells_what_is_wrong_with_which_file(caredial: Any, place: Any) -> None:
    build(caredial)
    folder = place.folder / "prompts"
    (folder / "zh" / "number.12.wav").unlink()
    wav.write(folder / "zh" / "number.13.wav", bytes(200), "")
    wav.write(folder / "en" / "old.wav", bytes(200), "")
    (folder / "en" / "number.14.wav").write_bytes(b"no sound")
    code, found = check(caredial)
    assert code == 1
    assert [each["key"] for each in found["missing"]] == ["number.12", "number.14"]
    assert [each["key"] for each in found["stale"]] == ["number.13", "number.14"]
    assert found["orphaned"] == [{"file": str(folder / "en" / "old.wav")}]
    assert [each["file"] for each in found["unreadable"]] == [str(folder / "en" / "number.14.wav")]
    told = caredial("prompts", "check").stdout
    assert "2 missing, 2 stale, 1 orphaned, 1 unreadable" in told
    assert "missing     zh  number.12  十二" in told
    assert told.endswith("`caredial prompts build` builds what is missing or stale.\n")


def test_a_long_list_is_cut_and_says_so(caredial: Any, place: Any) -> None:
    told = caredial("prompts", "check").stdout
    assert len(told.splitlines()) < 30
    assert "more (--json lists them all)" in told


def test_a_build_in_a_pipe_tells_its_way_in_lines(caredial: Any, place: Any) -> None:
    result = caredial("prompts", "build")
    assert result.stderr.splitlines()[0].startswith("100 of ")
    assert "prompts built, 0 kept, 0 removed" in result.stdout


def test_a_voice_that_fails_ends_it_with_what_to_do(caredial: Any, place: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def mute(*_: object) -> bytes:
        raise NoVoice("there is no espeak-ng on this machine: apt-get install espeak-ng sox")

    monkeypatch.setattr(Espeak, "speak", mute)
    result = caredial("prompts", "build")
    assert result.exit_code == 1
    assert "apt-get install espeak-ng sox" in result.stderr


def test_the_script_is_a_csv_of_what_there_is_to_speak(caredial: Any, place: Any) -> None:
    rows = list(csv.DictReader(io.StringIO(caredial("prompts", "script", "--language", "zh").stdout)))
    by_key = {row["key"]: row for row in rows}
    assert by_key["number.12"] == {"language": "zh", "key": "number.12", "text": "十二", "file": "zh/number.12.wav"}
    assert {row["language"] for row in rows} == {"zh"}
    result = caredial("prompts", "script", "-o", "script.csv")
    assert "lines to speak: script.csv" in result.stdout
    assert Path("script.csv").read_bytes().startswith(b"\xef\xbb\xbflanguage,key,text,file\n")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("voice.welcome",), "您好，欢迎致电社区卫生服务热线。"),
        (("visit.code", "number=123456789012", "--language", "en"), "Your T-code is: 1234 5678 9012"),
        (("visit.day_item", "day=2027-03-08", "left=2"), "三月八日星期一，还有两个号"),
        (
            ("visit.department_item", "department=全科|General practice", "left=0", "--language", "en"),
            "General practice, zero left",
        ),
        (("resident.other", "name=08:30"), "八点半"),
        (("resident.other", "name=12.50元"), "十二元五角"),
        (("resident.other", "name=¥3"), "三元"),
        (("resident.other", "name=王芳"), "王芳"),
    ],
)
def test_one_prompt_can_be_heard_without_a_build(caredial: Any, place: Any, words: tuple[str, ...], told: str) -> None:
    result = caredial("prompts", "say", *words, "-o", "heard.wav")
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[0] == told
    assert wav.comment(Path("heard.wav")) == told
    assert f"{wav.look(Path('heard.wav')):.1f} s: heard.wav" in result.stdout


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("no.such",), "there is no text no.such (zh)"),
        (("visit.code",), "visit.code needs the word number: give number=VALUE"),
        (("visit.day_item",), "visit.day_item needs the words day, left: give day=VALUE left=VALUE"),
        (("visit.code", "number"), "'number' is no WORD=VALUE, as in queue=7"),
        (("visit.day_item", "day=2027-02-30", "left=2"), "day: '2027-02-30' is no date"),
    ],
)
def test_a_mistake_is_told(caredial: Any, place: Any, words: tuple[str, ...], told: str) -> None:
    result = caredial("prompts", "say", *words, "-o", "heard.wav")
    assert result.exit_code == 2
    assert told in result.stderr
    assert not Path("heard.wav").exists()


@pytest.mark.parametrize("path", ["/proc/x.wav", "missing/x.wav", "caredial.toml/x.wav"])
@pytest.mark.parametrize("words", [("say", "voice.goodbye"), ("script",)])
def test_a_file_that_cannot_be_written_is_told_in_a_line(
    caredial: Any, place: Any, words: tuple[str, ...], path: str
) -> None:
    result = caredial("prompts", *words, "-o", path)
    assert result.exit_code == 1
    assert result.stderr in {f"Error: {path}: No such file or directory\n", f"Error: {path}: Not a directory\n"}
    assert not Path("missing").exists()


def test_a_folder_of_prompts_that_cannot_be_made_is_told_in_a_line(caredial: Any, place: Any) -> None:
    Path("prompts").write_text("in the way")
    result = caredial("prompts", "build")
    assert result.exit_code == 1
    (told,) = [line for line in result.stderr.splitlines() if not line.endswith(" of ")]
    assert told.startswith(f"Error: {place.folder / 'prompts'}: ")
