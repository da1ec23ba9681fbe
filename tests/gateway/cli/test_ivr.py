"""`caredial ivr`: what it shows, and what it says where something is in its way.

What check finds is in tests/ivr/test_probe.py and, on a real Asterisk, tests/asterisk/test_probe.py.
"""

from __future__ import annotations

import datetime as dt
import json
import struct
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import Result
from sqlalchemy import select, update

from clinic.tables import Centre, Message
from gateway.cli import following
from gateway.cli.ivr import call as calling
from gateway.cli.ivr import check as checking
from gateway.cli.ivr import status as showing
from gateway.cli.ivr.status import rows
from ivr.findings import ok, problem, warning
from ivr.speech.espeak import Espeak

PHONE = "15400000009"
HOTLINE = """
[ivr.servers.main]
port = {port}
secret = "hush"
[ivr.servers.spare]
port = {port}
[ivr.trunks.all]
server = "spare"
[ivr.trunks.mobile]
dial = "PJSIP/{{number}}@mobile"
number = "plus"
prefixes = ["+8615"]
caller_id = "02112580"
ring_seconds = 20
"""
SERVER = {
    "name": "main", "state": "ready", "ready": True, "since": 0.0, "version": "Asterisk Call Manager/11.0.0",
    "address": "127.0.0.1 port 5038", "written": 1, "queued": 2, "ping": 3.4, "counters": {"refused logins": 1},
    "calls": {"in": 7, "ringing": 1},
}  # fmt: skip


@pytest.fixture
def hotline(place: Any) -> Path:
    """Settings with two Asterisks that are not there."""
    file: Path = place.folder / "caredial.toml"
    file.write_text(file.read_text() + HOTLINE.format(port=1))
    return file


@pytest.fixture
def daemon(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A running daemon, whose answer a test may change."""
    answer: dict[str, Any] = {"servers": [dict(SERVER)], "calls": 8}
    control = SimpleNamespace(servers=lambda: answer)
    for module in (showing, calling):
        monkeypatch.setattr(module, "connected", lambda _settings: nullcontext(control))
    return answer


@pytest.mark.parametrize("words", [["check"], ["call", PHONE, "hello"]])
def test_without_servers_there_is_no_hotline(caredial: Any, place: Any, words: list[str]) -> None:
    result = caredial("ivr", *words)
    assert (result.exit_code, "no [ivr.servers.NAME]" in result.stderr) == (2, True)


class TestCheck:
    @pytest.fixture(autouse=True)
    def _found(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Asterisks with all that can be; the voice hums."""
        found = [ok("logged in"), warning("FullyBooted is not told", "add system to read"), problem("no key", "dtmf")]
        probed = lambda _settings, names, clip: {name: found[: 3 if name == "spare" else 1] for name in names}  # noqa: E731
        monkeypatch.setattr(checking, "_probed", probed)
        monkeypatch.setattr(Espeak, "speak", lambda *_: struct.pack("<h", 1000) * 800)

    def test_a_line_for_each_finding_and_what_to_do(self, caredial: Any, hotline: Path) -> None:
        result = caredial("ivr", "check")
        lines = result.stdout.splitlines()
        assert lines[0] == "here:"
        assert lines[1].startswith("  problem: ")
        assert lines[1].endswith("and no call is answered; run `caredial prompts build`")
        assert lines[2] == "  ok: a trunk carries every duty phone"
        assert lines[3].startswith("  ok: a prompt can be composed: ")
        assert lines[4:] == [
            "server main:",
            "  ok: logged in",
            "server spare:",
            "  ok: logged in",
            "  warning: FullyBooted is not told; add system to read",
            "  problem: no key; dtmf",
        ]
        assert (result.exit_code, result.stderr) == (1, "2 problems\n")

    def test_without_a_problem_it_ends_with_0(self, caredial: Any, hotline: Path) -> None:
        caredial("prompts", "build")
        result = caredial("ivr", "check", "--server", "main", "--json")
        assert result.exit_code == 0, result.output
        document = json.loads(result.stdout)
        assert {finding["level"] for finding in document["findings"]} == {"ok"}
        assert document["servers"] == [{"name": "main", "findings": [{"level": "ok", "what": "logged in", "todo": ""}]}]

    def test_nobody_is_on_duty(self, caredial: Any, hotline: Path, place: Any) -> None:
        place.store.run_now(lambda session: session.execute(update(Centre).values(duty_phone="")) and None)
        assert "  warning: there is no duty phone: who calls for help is told to call 120; give" in (
            caredial("ivr", "check").stdout
        )
        hotline.write_text(
            hotline.read_text().replace("[ivr.servers.main]", '[ivr]\nemergency = "120"\n[ivr.servers.main]')
        )
        assert "  warning: no trunk of server main carries the duty phone 120; look" in caredial("ivr", "check").stdout

    def test_a_server_that_is_not_there_is_a_mistake(self, caredial: Any, hotline: Path) -> None:
        result = caredial("ivr", "check", "--server", "mian")
        assert (result.exit_code, result.stderr) == (2, "Error: there is no server mian; there are: main, spare\n")

    def test_without_a_database_it_goes_on(self, caredial: Any, hotline: Path) -> None:
        Path("caredial.db").unlink()
        result = caredial("ivr", "check")
        assert "the names that are spoken could not be read" in result.stdout
        assert "server spare:" in result.stdout

    def test_a_folder_that_cannot_be_made(self, caredial: Any, hotline: Path) -> None:
        Path("clips").write_text("in the way")
        assert "clips: File exists; look at [ivr.prompts] clips and names" in caredial("ivr", "check").stdout


class TestStatus:
    def test_a_row_for_each_asterisk(self) -> None:
        down = {**SERVER, "ready": False, "state": "not connected", "ping": None, "version": "", "calls": {}}
        first, second = (list(map(str, row)) for row in rows([SERVER, down]))
        assert first[:2] + first[3:] == ["main", "ready", "7 in, 1 ringing", "3", "1+2", "11.0.0", "refused-logins=1"]
        assert second[:2] + second[3:] == ["main", "not connected", "-", "-", "1+2", "-", "refused-logins=1"]

    def test_all_are_ready(self, caredial: Any, hotline: Path, daemon: Any) -> None:
        result = caredial("ivr", "status")
        assert (result.exit_code, "7 in, 1 ringing" in result.stdout) == (0, True)
        assert result.stdout.endswith("8 calls\n")

    def test_one_is_not(self, caredial: Any, hotline: Path, daemon: Any) -> None:
        daemon["servers"][0]["ready"] = False
        result = caredial("ivr", "status", "--json")
        assert (result.exit_code, json.loads(result.stdout)) == (1, daemon)

    @pytest.mark.parametrize("as_json", [False, True])
    def test_watching_goes_on_until_ctrl_c(
        self, caredial: Any, hotline: Path, daemon: Any, monkeypatch: pytest.MonkeyPatch, as_json: bool
    ) -> None:
        def wait(_seconds: float) -> None:
            daemon["servers"][0]["queued"] += 40
            if daemon["servers"][0]["queued"] > 80:
                raise KeyboardInterrupt

        monkeypatch.setattr(showing, "time", SimpleNamespace(sleep=wait))
        result = caredial("ivr", "status", "--watch", *(["--json"] if as_json else []))
        assert result.exit_code == 0
        assert ('"queued": 42' if as_json else "1+42") in result.stdout

    def test_without_a_daemon_it_says_how_to_start_one(self, caredial: Any, hotline: Path) -> None:
        result = caredial("ivr", "status")
        assert (result.exit_code, "start it with `caredial run`" in result.stderr) == (1, True)


def call(caredial: Any, *words: str, **given: Any) -> Result:
    result: Result = caredial("ivr", "call", *words, **given)
    return result


def messages(place: Any) -> list[Any]:
    columns = select(Message.phone, Message.text, Message.message_class, Message.channel, Message.speech)
    return [tuple(row) for row in place.store.run_now(lambda session: session.execute(columns).all())]


class TestCall:
    def test_the_preview_tells_trunk_dial_and_speech(self, caredial: Any, hotline: Path, place: Any) -> None:
        result = call(caredial, PHONE, "--key", "visit.code", "number=123456789012", "--language", "zh", "--preview")
        assert result.stdout.splitlines() == [
            "to +86154****0009 over trunk mobile of server main: PJSIP/+86154****0009@mobile, showing 021****80,"
            " ringing 20 s",
            "spoken (zh, 0 recordings, 13 spoken on the spot): 您的T码是：1234 5678 9012",
        ]
        assert messages(place) == []

    def test_what_is_recorded_is_not_spoken_on_the_spot(
        self, caredial: Any, hotline: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(Espeak, "speak", lambda *_: struct.pack("<h", 1000) * 800)
        caredial("prompts", "build")
        result = call(caredial, PHONE, "--key", "visit.code", "number=123456789012", "--language", "zh", "--preview")
        assert "spoken (zh, 13 recordings): 您的T码" in result.stdout
        assert "1 spoken on the spot): hello" in call(caredial, PHONE, "hello", "--preview").stdout

    def test_another_number_goes_over_another_trunk(self, caredial: Any, hotline: Path) -> None:
        result = call(caredial, "13800138000", "hello", "--preview")
        assert "over trunk all of server spare: PJSIP/138****8000@trunk, showing 12580" in result.stdout

    def test_a_text_is_written_to_the_outbox(self, caredial: Any, hotline: Path, place: Any) -> None:
        result = call(caredial, PHONE, "hello", "--yes")
        assert result.exit_code == 0
        assert "until then the message waits in the outbox" in result.stderr
        assert messages(place) == [(f"+86{PHONE}", "hello", "answer", "voice", None)]

    def test_a_text_is_read_from_standard_input(self, caredial: Any, hotline: Path, place: Any) -> None:
        assert (
            "1 spoken on the spot): hello all" in call(caredial, PHONE, "-", "--preview", input="hello\nall\n").stdout
        )
        call(caredial, PHONE, "-", "--yes", input="x" * 2000 + "\n")
        assert [text for _, text, *_ in messages(place)] == ["x" * 2000]
        result = call(caredial, PHONE, "-", "--yes", input="x" * 200_000)
        assert (result.exit_code, "longer than the 2000 characters" in result.stderr) == (2, True)
        assert call(caredial, PHONE, "-", "--yes", input="\n").exit_code == 2
        assert "not UTF-8" in call(caredial, PHONE, "-", "--yes", input=b"\xff").stderr

    def test_a_text_of_the_catalogue_is_kept_with_its_words(
        self, caredial: Any, hotline: Path, place: Any, daemon: Any
    ) -> None:
        call(caredial, PHONE, "--key", "visit.code", "number=123456789012", "--language", "en", "--yes")
        ((_, text, _, channel, speech),) = messages(place)
        assert channel == "voice"
        assert "1234 5678 9012" in text
        assert speech == {"language": "en", "key": "visit.code", "words": {"number": {"digits": "123456789012"}}}

    def test_a_no_writes_nothing(self, caredial: Any, hotline: Path, place: Any, daemon: Any) -> None:
        assert call(caredial, PHONE, "hello", input="n\n").exit_code == 1
        assert messages(place) == []

    def test_a_server_that_is_not_ready_is_told(self, caredial: Any, hotline: Path, daemon: Any) -> None:
        assert "server spare is not ready" in call(caredial, "13800138000", "hello", "--yes").stderr

    @pytest.mark.parametrize(
        ("words", "told"),
        [
            (["hello", "text"], "not a phone number"),
            ([PHONE], "one TEXT is told"),
            ([PHONE, "two", "words"], "so quote it"),
            ([PHONE, " "], "one TEXT is told"),
            ([PHONE, "a\nb"], "line break"),
            ([PHONE, "hello", "--language", "en"], "--language belongs to --key"),
            ([PHONE, "--key", "visit.nothing"], "there is no text"),
            ([PHONE, "-"], "needs --yes or --preview"),
            ([PHONE, "x" * 2001], "the text is longer than the 2000 characters that are spoken"),
            ([PHONE, "--key", "visit.code"], "visit.code needs the word number: give number=VALUE"),
            ([PHONE, "--key", "visit.code", "number"], "no WORD=VALUE"),
        ],
    )
    def test_mistakes_are_told_with_exit_code_2(
        self, caredial: Any, hotline: Path, words: list[str], told: str
    ) -> None:
        result = call(caredial, *words)
        assert result.exit_code == 2
        assert told in result.stderr

    def test_no_trunk_carries_it(self, caredial: Any, hotline: Path) -> None:
        hotline.write_text(hotline.read_text().replace("[ivr.trunks.all]\n", "[ivr.trunks.all]\nprefixes = ['+1']\n"))
        result = call(caredial, "13800138000", "hello", "--yes")
        assert (result.exit_code, "no trunk carries this number" in result.stderr) == (1, True)


class Later:
    """The daemon's work on the message, a step at each look that the command takes."""

    def __init__(self, place: Any, *steps: Any) -> None:
        self._run, self._steps = place.store.run_now, list(steps)

    def sleep(self, _seconds: float) -> None:
        step = self._steps.pop(0)
        if step is KeyboardInterrupt:
            raise step
        self._run(lambda session: session.execute(update(Message).values(**step)))


def due(**more: Any) -> dict[str, Any]:
    return {"due_at": dt.datetime(2026, 11, 27, 9, 30, tzinfo=dt.UTC), **more}


CALLED = {"state": "sending", "attempts": 1}
BUSY = due(state="queued", error="busy")


class TestWaiting:
    def test_call_by_call_until_it_is_heard(
        self, caredial: Any, hotline: Path, place: Any, daemon: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        again = {"state": "sending", "attempts": 2}
        monkeypatch.setattr(following, "time", Later(place, CALLED, BUSY, again, {"state": "delivered"}))
        result = call(caredial, PHONE, "hello", "--yes", "--wait")
        at = f"{dt.datetime(2026, 11, 27, 9, 30, tzinfo=dt.UTC).astimezone():%H:%M:%S}"
        assert result.exit_code == 0
        assert result.stdout.splitlines()[2:] == [
            "queued",
            "call 1",
            f"busy: it is dialled again at {at}",
            "call 2",
            "heard",
        ]

    def test_a_failure_says_why_with_exit_code_1(
        self, caredial: Any, hotline: Path, place: Any, daemon: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(following, "time", Later(place, CALLED, {"state": "failed", "error": "unreachable"}))
        result = call(caredial, PHONE, "hello", "--yes", "--wait")
        assert (result.exit_code, result.stderr.splitlines()[-1]) == (1, "Error: failed: unreachable")

    def test_ctrl_c_leaves_it_going(
        self, caredial: Any, hotline: Path, place: Any, daemon: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(following, "time", Later(place, KeyboardInterrupt))
        result = call(caredial, PHONE, "hello", "--yes", "--wait")
        assert (result.exit_code, "it goes on without you" in result.stderr) == (0, True)
