"""What a call does at a real Asterisk, on which ivr relies: a version that does otherwise is noticed here first."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.asterisk import wav
from tests.asterisk.observer import Event, Observer
from tests.asterisk.scenario import Wait
from tests.asterisk.server import OBSERVER_SECRET, SECRET, Asterisk
from tests.asterisk.sipp import Sipp

pytestmark = pytest.mark.asterisk
EVERY_KEY = "0123456789*#"


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """One second, with its text before the sound."""
    return wav.write(tmp_path / "clip.wav", "请选择，预约请按一", 1.0)


@pytest.fixture
def long_clip(tmp_path: Path) -> Path:
    return wav.write(tmp_path / "long.wav", "请选择，预约请按一", 5.0)


def taken(observer: Observer, since: int = 0) -> Event:
    """The call that came, its limit lifted as the gateway does."""
    call = observer.event("AsyncAGIStart", since=since)
    answer = observer.act("AbsoluteTimeout", Channel=call["channel"], Timeout="600")
    assert answer["response"] == "Success"
    return call


def play(path: Path, keys: str = EVERY_KEY) -> str:
    return f'STREAM FILE {path.with_suffix("")} "{keys}"'


def test_a_parked_call_is_found_again(observer: Observer, gateway_account: Observer, sipp: Sipp) -> None:
    sipp.call("12580", [Wait(1)], hang_up=True, from_number="15400000042")
    call = taken(observer)
    found = gateway_account.listing("CoreShowChannels", "CoreShowChannelsComplete")
    assert [
        (row["uniqueid"], row["application"], row["applicationdata"], row["calleridnum"], row["exten"]) for row in found
    ] == [(call["uniqueid"], "AGI", "agi:async", "15400000042", "12580")]


def test_keys_are_seen_while_no_command_runs(observer: Observer, sipp: Sipp) -> None:
    telephones = sipp.call("12580", [Wait(0.2), "1", "0*#", Wait(0.2)], hang_up=True)
    call = taken(observer)
    assert telephones.wait().ok
    observer.event("Hangup", Uniqueid=call["uniqueid"])
    assert observer.transcript(call["uniqueid"])[:-1] == ["taken", "key 1", "key 0", "key *", "key #", "left"]


def test_a_clip_with_its_text_before_the_sound_is_played_to_its_end(observer: Observer, sipp: Sipp, clip: Path) -> None:
    sipp.call("12580", [Wait(5)], hang_up=True)
    call = taken(observer)
    said = observer.agi(call["channel"], play(clip))
    played = int(said.removeprefix("200 result=0 endpos="))
    # Asterisk counts to the end of its last packet, 20 ms, and may add a packet.
    assert wav.samples(clip) <= played <= wav.samples(clip) + 320
    assert observer.transcript(call["uniqueid"], cut=True) == ["taken", "♪ 请选择，预约请按一"]


def test_a_key_cuts_a_clip_short(observer: Observer, sipp: Sipp, long_clip: Path) -> None:
    sipp.call("12580", [Wait(0.8), "1", Wait(1)], hang_up=True)
    call = taken(observer)
    said = observer.agi(call["channel"], play(long_clip))
    assert said.startswith("200 result=49 endpos=")
    assert observer.transcript(call["uniqueid"], cut=True) == ["taken", "♪ 请选择，预约请按一 ✂", "key 1"]


def test_a_clip_is_stopped_from_outside(
    observer: Observer, gateway_account: Observer, sipp: Sipp, long_clip: Path
) -> None:
    sipp.call("12580", [Wait(5)], hang_up=True)
    call, since = taken(observer), observer.mark
    observer.act("AGI", Channel=call["channel"], Command=play(long_clip), CommandID="long")
    observer.event("AGIExecStart", since=since)
    stopped = gateway_account.act("ControlPlayback", Channel=call["channel"], Control="stop")
    assert stopped["response"] == "Success"
    ended = observer.event("AsyncAGIExec", since=since, CommandId="long")
    assert ended["result"].startswith("200%20result%3D0%20endpos%3D")
    assert observer.transcript(call["uniqueid"], cut=True)[-1].endswith("✂")


def test_commands_are_queued(observer: Observer, sipp: Sipp, clip: Path) -> None:
    sipp.call("12580", [Wait(5)], hang_up=True)
    call, since = taken(observer), observer.mark
    for number in ("first", "second"):
        observer.act("AGI", Channel=call["channel"], Command="NOOP", CommandID=number)
    observer.event("AsyncAGIExec", since=since, CommandId="second")
    assert [event["commandid"] for event in observer.events[since:] if event.name == "AsyncAGIExec"] == [
        "first",
        "second",
    ]


def test_a_name_is_recorded(observer: Observer, sipp: Sipp, tmp_path: Path) -> None:
    sipp.call("12580", [Wait(1.2), "#", Wait(1)], hang_up=True)
    call = taken(observer)
    said = observer.agi(call["channel"], f'RECORD FILE {tmp_path / "name"} wav "#" 5000 BEEP s=4')
    assert said.startswith("200 result=35 (dtmf) endpos=")
    assert wav.samples(tmp_path / "name.wav") > 0


def test_a_clip_that_is_not_there_ends_agi_with_a_word_of_regret(
    observer: Observer, sipp: Sipp, tmp_path: Path
) -> None:
    telephones = sipp.call("12580")
    call = taken(observer)
    assert observer.agi(call["channel"], play(tmp_path / "gone.wav")) == "200 result=-1 endpos=0"
    observer.event("AsyncAGIEnd", Uniqueid=call["uniqueid"])
    assert announced(observer, call) == "please-try-call-later"
    assert telephones.wait().ok


@pytest.mark.parametrize(
    ("word", "sounds"),
    [("busy", ["all-circuits-busy-now", "please-try-call-later"]), ("unavailable", ["please-try-call-later"]),
     ("failed", ["please-try-call-later"]), ("new-word", ["please-try-call-later"])],
)  # fmt: skip
def test_the_dialplan_goes_on_where_the_gateway_says(
    observer: Observer, sipp: Sipp, word: str, sounds: list[str]
) -> None:
    sipp.call("12580", [Wait(10)], hang_up=True)
    call = taken(observer)
    assert observer.agi(call["channel"], f'SET VARIABLE CAREDIAL_NEXT "{word}"') == "200 result=1"
    observer.agi(call["channel"], "ASYNCAGI BREAK")
    assert announced(observer, call) == sounds[0]
    if sounds[1:]:
        # The first announcement need not be heard out.
        observer.act("ControlPlayback", Channel=call["channel"], Control="stop")
        observer.event("Newexten", Uniqueid=call["uniqueid"], AppData=sounds[1])


def test_a_call_that_is_left_without_a_word_is_over(observer: Observer, sipp: Sipp) -> None:
    telephones = sipp.call("12580")
    call = taken(observer)
    observer.agi(call["channel"], "ASYNCAGI BREAK")
    assert telephones.wait().ok
    observer.event("Hangup", Uniqueid=call["uniqueid"])
    assert observer.seen("Newexten", Uniqueid=call["uniqueid"], Application="Playback") == []


def test_a_call_that_nobody_takes_does_not_wait_for_ever(new_asterisk: Callable[..., Asterisk], tmp_path: Path) -> None:
    server = new_asterisk(wait=1)
    with Observer(server.ami, "observer", OBSERVER_SECRET) as observer:
        telephones = Sipp(server, tmp_path).call("12580")
        call = observer.event("AsyncAGIStart")
        assert announced(observer, call) == "please-try-call-later"
        assert telephones.wait().ok


def test_a_call_that_is_taken_outlives_that_limit(new_asterisk: Callable[..., Asterisk], tmp_path: Path) -> None:
    server = new_asterisk(wait=2)
    with Observer(server.ami, "observer", OBSERVER_SECRET) as observer:
        telephones = Sipp(server, tmp_path).call("12580", [Wait(2.6), "1", Wait(0.2)], hang_up=True)
        call = taken(observer)
        assert telephones.wait().ok
        observer.event("Hangup", Uniqueid=call["uniqueid"])
        assert observer.transcript(call["uniqueid"])[:2] == ["taken", "key 1"]


def test_a_call_outlives_the_gateway(asterisk: Asterisk, observer: Observer, sipp: Sipp, clip: Path) -> None:
    sipp.call("12580", [Wait(5)], hang_up=True)
    call = taken(observer)
    with Observer(asterisk.ami, "caredial", SECRET) as gateway:
        assert gateway.agi(call["channel"], play(clip)).startswith("200 result=0")
    with Observer(asterisk.ami, "caredial", SECRET) as gateway:
        assert gateway.agi(call["channel"], play(clip)).startswith("200 result=0")


def test_asterisk_tells_that_it_stops_and_comes_back(new_asterisk: Callable[..., Asterisk], tmp_path: Path) -> None:
    server = new_asterisk()
    with Observer(server.ami, "caredial", SECRET) as gateway:
        gateway.event("FullyBooted")
        server.restart()
        assert gateway.event("Shutdown")["restart"] == "False"
        assert not gateway.connected
    with Observer(server.ami, "caredial", SECRET) as gateway:
        gateway.event("FullyBooted")
        assert Sipp(server, tmp_path).call("12580", [Wait(0.2)], hang_up=True).wait().ok


def announced(observer: Observer, call: Event) -> str:
    """The first sound that the dialplan plays."""
    return observer.event("Newexten", Uniqueid=call["uniqueid"], Application="Playback")["appdata"]
