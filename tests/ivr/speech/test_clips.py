from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from conf.texts import Code, Name, NoSuchText, WrongWords
from dialogs.talk import Choice
from dialogs.talk import Line as TalkLine
from ivr.speech import clips as module
from ivr.speech import wav
from ivr.speech.building import Building
from ivr.speech.clips import Clips, Line, Part, composed
from ivr.speech.library import Library
from ivr.speech.phrases import needed
from tests.ivr.speech.conftest import Hum, hum

GENERAL = Name("全科", "General practice")
MENU: list[Part] = [
    ("zh", TalkLine("root.menu")),
    ("zh", TalkLine("root.book")),
    ("zh", TalkLine("voice.press", {"key": 1})),
    ("en", TalkLine("voice.choose_own")),
]
CODE: list[Part] = [("zh", TalkLine("visit.code", {"number": Code("123456789012")}))]


class Clock:
    now = 1_000_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


SAID = ("root.", "voice.", "visit.code-", "visit.department_item-", "resident.self-", "name.", "number.", "digit.")


@pytest.fixture
def ready(library: Library, voice: Hum) -> Library:
    """A library with every prompt of the texts below."""
    Building(library, voice, threads=2).build(each for each in needed([GENERAL]) if each.key.startswith(SAID))
    voice.spoken.clear()
    return library


@pytest.fixture
def clips(ready: Library, voice: Hum, clock: Clock, tmp_path: Path) -> Clips:
    return Clips(ready, tmp_path / "clips", voice, now=clock)


def files(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in (tmp_path / "clips").iterdir())


def test_several_texts_become_one_file_that_tells_what_it_says(clips: Clips, voice: Hum) -> None:
    clip = clips.clip(MENU)
    assert clip.text == "请选择服务。预约看病，请按一 For English, press 2."
    assert wav.comment(clip.path) == clip.text
    assert clip.path.is_absolute()
    assert clip.path.suffix == ".wav"
    assert not clip.private
    assert voice.spoken == []  # all was recorded
    assert clip.seconds == wav.look(clip.path)


def test_the_sound_is_that_of_the_recordings_with_pauses_between(clips: Clips) -> None:
    clip = clips.clip([("zh", TalkLine("root.book")), ("zh", TalkLine("voice.press", {"key": 1}))])
    expected = hum(40) + wav.silence(180) + hum(20) + hum(10)
    assert wav.read(clip.path) == expected


def test_a_clip_neither_begins_with_a_pause_nor_ends_with_a_long_one(clips: Clips) -> None:
    samples = wav.read(clips.clip([("zh", TalkLine("voice.press", {"key": 1}))]).path)
    assert samples == hum(20) + hum(10)
    assert wav.read(clips.clip([("zh", TalkLine("root.menu"))]).path) == hum(60) + wav.silence(80)


def test_asterisk_meets_the_text_before_the_sound(clips: Clips) -> None:
    octets = clips.clip(MENU).path.read_bytes()
    assert octets.index(b"LIST") < octets.index(b"data")


def test_the_same_again_is_the_same_file_and_nothing_is_composed(clips: Clips, monkeypatch: pytest.MonkeyPatch) -> None:
    first = clips.clip(MENU)

    def composed(*_: object) -> bytes:
        raise AssertionError

    monkeypatch.setattr(module, "_sound", composed)
    assert clips.clip(MENU) == first


def test_a_prompt_that_is_built_anew_makes_another_clip(clips: Clips, ready: Library) -> None:
    before = clips.clip(MENU)
    prompt = next(each for each in needed([]) if each.key.startswith("root.book") and each.language == "zh")
    wav.write(ready.built("zh", prompt.key), hum(300), "")
    after = clips.clip(MENU)
    assert before.path != after.path
    assert after.seconds > before.seconds


def test_a_recording_that_is_missing_is_improvised(clips: Clips, ready: Library, voice: Hum) -> None:
    """A department that was added after the prompts were built does not end the call."""
    new = Name("眼科", "Eye clinic")
    clip = clips.clip([("zh", TalkLine("visit.department_item", {"department": new, "left": 2}))])
    assert clip.text == "眼科，还有两个号"
    assert voice.spoken == [("zh", "眼科")]
    assert not clip.private


def test_a_recording_that_has_gone_bad_is_improvised(clips: Clips, ready: Library, voice: Hum) -> None:
    prompt = next(each for each in needed([]) if each.key.startswith("root.book") and each.language == "zh")
    ready.built("zh", prompt.key).write_bytes(b"")
    clips.clip(MENU)
    assert voice.spoken == [("zh", "预约看病")]


def test_a_choice_is_a_line_too(clips: Clips) -> None:
    line: Line = Choice(1, "visit.centre_item", {"centre": GENERAL})
    assert clips.clip([("en", line)]).text == "General practice"


@pytest.mark.parametrize("text", ["王芳", "15400000001"])
def test_a_text_or_a_code_makes_a_clip_private(text: str, clips: Clips) -> None:
    parts: list[Part] = [("zh", TalkLine("resident.self", {"name": text}))]
    one, other = clips.clip(parts), clips.clip(parts)
    assert one.private
    assert one.path != other.path
    assert clips.clip(CODE).private
    assert clips.clip(MENU, private=True).private


def test_a_private_clip_goes_when_it_is_dropped_and_a_public_one_stays(clips: Clips, tmp_path: Path) -> None:
    public, private = clips.clip(MENU), clips.clip(CODE)
    for clip in (public, private, private):
        clips.drop(clip)
    assert files(tmp_path) == [public.path.name]


def test_private_clips_that_a_call_forgot_go_by_age(clips: Clips, clock: Clock, tmp_path: Path) -> None:
    forgotten, fresh, public = clips.clip(CODE), clips.clip(CODE), clips.clip(MENU)
    half_written = tmp_path / "clips" / ".a.wav.1234"
    half_written.write_bytes(b"x")
    for path, age in ((forgotten.path, 3700), (half_written, 3700), (fresh.path, 60), (public.path, 10_000)):
        os.utime(path, (clock.now - age,) * 2)
    assert clips.sweep() == 2
    assert files(tmp_path) == sorted([fresh.path.name, public.path.name])


def test_nobody_who_is_not_of_the_group_reads_a_clip(clips: Clips) -> None:
    assert clips.clip(CODE).path.stat().st_mode & 0o777 == 0o640


def number(value: int) -> list[Part]:
    return [("zh", TalkLine("voice.press", {"key": value}))]


def test_the_least_recently_used_public_clips_go(ready: Library, voice: Hum, clock: Clock, tmp_path: Path) -> None:
    clips = Clips(ready, tmp_path / "clips", voice, most_octets=2000, now=clock)
    one, two = clips.clip(number(1)), clips.clip(number(2))
    clock.now += 120
    clips.clip(number(1))
    clock.now += 120
    three, four = clips.clip(number(3)), clips.clip(number(4))
    left = files(tmp_path)
    assert two.path.name not in left
    assert {one.path.name, three.path.name, four.path.name} & set(left) >= {three.path.name, four.path.name}
    assert sum((tmp_path / "clips" / name).stat().st_size for name in left) <= 2000


def test_what_was_asked_for_just_now_stays_whatever_the_bound(
    ready: Library, voice: Hum, clock: Clock, tmp_path: Path
) -> None:
    """Asterisk may not have opened it yet."""
    clips = Clips(ready, tmp_path / "clips", voice, most_octets=1, now=clock)
    one, two = clips.clip(number(1)), clips.clip(number(2))
    assert files(tmp_path) == sorted([one.path.name, two.path.name])
    clock.now += 61
    three = clips.clip(number(3))
    assert files(tmp_path) == [three.path.name]


def test_a_new_process_knows_what_an_earlier_one_kept(
    clips: Clips, ready: Library, voice: Hum, clock: Clock, tmp_path: Path
) -> None:
    old, private = clips.clip(number(1)), clips.clip(CODE)
    os.utime(old.path, (clock.now - 1000,) * 2)
    again = Clips(ready, tmp_path / "clips", voice, most_octets=1, now=clock)
    assert files(tmp_path) == [private.path.name]
    assert again.clip(number(1)).text == "请按一"


def test_threads_that_compose_the_same_at_once_all_have_it(clips: Clips, tmp_path: Path) -> None:
    at_once = threading.Barrier(8)

    def ask(_: int) -> bytes:
        at_once.wait(timeout=30)
        return clips.clip(MENU).path.read_bytes()

    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(ask, range(8)))
    assert len(found) == 1
    assert len(files(tmp_path)) == 1


def test_a_clip_of_nothing_is_a_moment_of_silence(clips: Clips) -> None:
    clip = clips.clip([("zh", TalkLine("resident.other", {"name": " "}))])
    assert (clip.text, clip.seconds) == ("", 0.08)


def test_mistakes_in_texts_come_through(clips: Clips) -> None:
    with pytest.raises(NoSuchText):
        clips.clip([("zh", TalkLine("no.such"))])
    with pytest.raises(WrongWords):
        clips.clip([("zh", TalkLine("visit.code"))])


def test_a_prompt_can_be_composed_without_a_folder_of_clips(ready: Library, voice: Hum) -> None:
    text, samples = composed(ready, voice, CODE)
    assert text == "您的T码是：1234 5678 9012"
    assert wav.seconds(samples) > 4  # slowly, so that it can be written down
