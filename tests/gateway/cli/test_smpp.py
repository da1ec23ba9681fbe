"""`caredial smpp`: what it shows, and what it says where something is in its way."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import Result
from sqlalchemy import select

from clinic import outbox
from clinic.outbox import Outgoing, SentPart, Settled
from clinic.receipts import Told, record
from clinic.tables import Message
from gateway.cli import following
from gateway.cli.smpp import send as sending
from gateway.cli.smpp import status as showing
from gateway.cli.smpp import trace as tracing
from gateway.cli.smpp.decode import parted
from gateway.cli.smpp.status import rows

PHONE = "15400000009"
ENQUIRE = "00000010 00000015 00000000 00000001"
LINKS = """
[smpp.links.main]
price = 0.05
[smpp.links.bulk]
system_id = "bulk"
classes = ["bulk"]
price = 0.02
[smpp.links.north]
system_id = "north"
prefixes = ["+8613"]
price = 0.01
"""


@pytest.fixture
def links(place: Any) -> Path:
    """Settings with three links."""
    file = place.folder / "caredial.toml"
    text = file.read_text()
    file.write_text(text[: text.index("[smpp.links.main]")] + LINKS)
    return Path(file)


def send(caredial: Any, *words: str, **given: Any) -> Result:
    result: Result = caredial("smpp", "send", *words, **given)
    return result


class TestDecode:
    def test_a_pdu_is_one_line(self, caredial: Any) -> None:
        assert caredial("smpp", "decode", *ENQUIRE.split()).stdout == "enquire_link 1\n"

    def test_several_come_from_standard_input_however_they_are_written(self, caredial: Any) -> None:
        written = ENQUIRE.replace(" ", "\n") + " 0x00000010:80000015:00000000:00000001"
        result = caredial("smpp", "decode", "--json", input=written)
        assert [json.loads(line)["name"] for line in result.stdout.splitlines()] == [
            "enquire_link",
            "enquire_link_resp",
        ]

    def test_what_is_malformed_is_told_with_exit_code_1(self, caredial: Any) -> None:
        result = caredial("smpp", "decode", ENQUIRE, "000000ff00000004")
        assert result.exit_code == 1
        assert result.stdout.splitlines()[0] == "enquire_link 1"
        assert result.stdout.splitlines()[1].startswith("malformed")

    @pytest.mark.parametrize("words", [["xyz"], ["123"], ["  "]])
    def test_what_is_no_hexadecimal_is_a_mistake(self, caredial: Any, words: list[str]) -> None:
        assert caredial("smpp", "decode", *words).exit_code == 2

    def test_a_link_that_is_not_there_is_a_mistake(self, caredial: Any, links: Path) -> None:
        result = caredial("smpp", "decode", "--link", "mian", ENQUIRE)
        assert (result.exit_code, result.stderr) == (2, "Error: there is no link mian; there are: main, bulk, north\n")

    def test_octets_are_cut_where_their_lengths_say(self) -> None:
        one = bytes.fromhex(ENQUIRE)
        assert parted(one + one + b"\0\0\0\x05rest") == [one, one, b"\0\0\0\x05rest"]


class TestPreview:
    @pytest.mark.parametrize(
        ("words", "told"),
        [
            ([PHONE, "hello"], "over main: gsm7, 5 units, 1 segment, price 0.05"),
            ([PHONE, "预约" * 40], "over main: ucs2, 80 units, 2 segments, price 0.10"),
            (["13800138000", "hello"], "over north: gsm7, 5 units, 1 segment, price 0.01"),
            ([PHONE, "hello", "--class", "bulk"], "over bulk: gsm7, 5 units, 1 segment, price 0.02"),
            ([PHONE, "hello", "--class", "bulk", "--link", "main"], "over main: gsm7, 5 units, 1 segment, price 0.05"),
        ],
    )
    def test_it_tells_link_encoding_segments_and_price(
        self, caredial: Any, links: Path, words: list[str], told: str
    ) -> None:
        result = send(caredial, *words, "--preview")
        assert result.exit_code == 0, result.output
        assert told in result.stdout
        assert words[0] not in result.output

    def test_nothing_is_written(self, caredial: Any, links: Path, place: Any) -> None:
        send(caredial, PHONE, "hello", "--preview")
        assert send(caredial, PHONE, "hello", input="n\n").exit_code == 1
        assert messages(place) == []

    def test_a_message_that_no_link_carries(self, caredial: Any, links: Path) -> None:
        result = send(caredial, PHONE, "hello", "--link", "north", "--preview")
        assert result.exit_code == 1
        assert "no link carries class notice to this number over north" in result.stderr

    @pytest.mark.parametrize(
        ("words", "told"),
        [
            (["hello", "text"], "not a phone number"),
            ([PHONE, ""], "the text is empty"),
            ([PHONE, "   "], "the text is empty"),
            ([PHONE, "a\0b"], "NUL"),
            ([PHONE, "x" * 50_000], "too long"),
            ([PHONE, "x", "--link", "mian"], "there is no link mian; there are: main, bulk, north"),
            ([PHONE, "x", "--ussd", "--ask"], "leave one of the two out"),
            ([PHONE, "x", "--ussd"], "say which link with --link; those with USSD are: main, bulk, north"),
        ],
    )
    def test_mistakes_are_told_with_exit_code_2(self, caredial: Any, links: Path, words: list[str], told: str) -> None:
        result = send(caredial, *words)
        assert result.exit_code == 2
        assert told in result.stderr


def messages(place: Any) -> list[Any]:
    columns = select(Message.phone, Message.text, Message.message_class, Message.link)
    return [tuple(row) for row in place.store.run_now(lambda session: session.execute(columns).all())]


def test_it_is_written_to_the_outbox_and_says_that_no_daemon_runs(caredial: Any, links: Path, place: Any) -> None:
    result = send(caredial, PHONE, "-", "--class", "bulk", "--link", "main", "--yes", "--no-wait", input="hello\n")
    assert result.exit_code == 0
    assert f"there is no {place.folder / 'control.sock'}; start it with `caredial run`" in result.stderr
    assert messages(place) == [(f"+86{PHONE}", "hello", "bulk", "main")]


class Later:
    """The daemon's work on a message, a step at each look that the command takes."""

    def __init__(self, place: Any, *steps: Any) -> None:
        self._run, self._steps = place.store.run_now, list(steps)

    def sleep(self, _seconds: float) -> None:
        self._run(self._steps.pop(0))


def now() -> Any:
    return sending.dt.datetime.now(sending.dt.UTC)


def taken(session: Any) -> None:
    outbox.claim(session, sender="test", rooms=dict.fromkeys(("code", "answer", "notice"), 9), now=now())


def claimed(session: Any) -> Outgoing:
    row = session.get_one(Message, 1)
    return Outgoing(row.id, row.phone, row.text, row.message_class, "", row.attempts, row.expires_at)


def submitted(session: Any) -> None:
    outbox.settle_many(session, outcomes=[Settled(claimed(session), [SentPart(1, "main", "A1")])], now=now())


def delivered(session: Any) -> None:
    record(session, link="main", told=[Told("A1", "delivered", "000")], now=now())


def refused(session: Any) -> None:
    record(session, link="main", told=[Told("A1", "undeliverable", "27")], now=now())


def interrupted(_session: Any) -> None:
    raise KeyboardInterrupt


def put_back(session: Any) -> None:
    outbox.settle_many(session, outcomes=[Settled(claimed(session), error="link down", retry_at=now())], now=now())


def test_it_is_followed_until_it_is_delivered(
    caredial: Any, links: Path, place: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "time", Later(place, taken, put_back, taken, submitted, delivered))
    result = send(caredial, PHONE, "hello", "--yes")
    assert result.exit_code == 0
    _, *lines = result.stdout.splitlines()
    assert lines[:2] == ["queued", "sending"]
    assert lines[2].startswith("queued: link down, again at ")
    assert lines[3:] == [
        "segment 1 over main, id A1: sent",
        "sent",
        "segment 1 over main, id A1: delivered",
        "delivered",
    ]


def test_a_failure_says_why_with_exit_code_1(
    caredial: Any, links: Path, place: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "time", Later(place, taken, submitted, refused))
    result = send(caredial, PHONE, "hello", "--yes")
    assert result.exit_code == 1
    assert "segment 1 over main, id A1: undeliverable (27)" in result.stdout
    assert result.stderr.endswith("Error: failed: 27\n")


def test_ctrl_c_leaves_it_going_and_says_so(
    caredial: Any, links: Path, place: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "time", Later(place, taken, interrupted))
    result = send(caredial, PHONE, "hello", "--yes")
    assert result.exit_code == 0
    assert "it goes on without you" in result.stderr


def test_without_receipts_there_is_no_more_to_hear(
    caredial: Any, links: Path, place: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    links.write_text(links.read_text().replace("[smpp.links.main]\n", "[smpp.links.main]\nreceipts = false\n"))
    monkeypatch.setattr(following, "time", Later(place, taken, submitted))
    assert send(caredial, PHONE, "hello", "--yes").stdout.splitlines()[-1] == "sent"


@pytest.mark.parametrize("words", [["status"], ["trace"], ["send", PHONE, "x", "--ussd", "--link", "main", "--yes"]])
def test_without_a_daemon_it_says_where_it_looked_and_how_to_start_one(
    caredial: Any, links: Path, place: Any, words: list[str]
) -> None:
    result = caredial("smpp", *words)
    assert result.exit_code == 1
    assert f"there is no {place.folder / 'control.sock'}; start it with `caredial run`" in result.stderr


def test_a_daemon_that_died_is_no_daemon(caredial: Any, links: Path, place: Any) -> None:
    with socket.socket(socket.AF_UNIX) as left_behind:
        left_behind.bind(str(place.folder / "control.sock"))
    result = caredial("smpp", "status")
    assert result.exit_code == 1
    assert f"no daemon answers at {place.folder / 'control.sock'}" in result.stderr


def test_without_a_socket_it_says_which_setting(caredial: Any, links: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAREDIAL_CONTROL__SOCKET", "")
    result = caredial("smpp", "status")
    assert (result.exit_code, "[control] socket is empty" in result.stderr) == (1, True)


def test_a_row_for_each_link_and_each_of_its_binds() -> None:
    bind = {"id": "1", "mode": "transmitter", "state": "bound as transmitter", "since": 0.0}
    bind |= {"window_used": 3, "window": 10, "smsc": "SMSC", "version": 0x34}
    down = {**bind, "state": "not connected", "mode": "receiver", "window_used": 0, "smsc": "", "version": None}
    link = {"name": "main", "bound": True, "throttled": True, "rate": 50.0, "pace": 12.5, "queued": 7}
    found = [list(map(str, row)) for row in rows([{**link, "counters": {"timed out": 2}, "binds": [bind, down]}])]
    assert found[0] == ["main", "throttled", "", "3/20", "12.5/50", "7", "", "timed-out=2"]
    assert found[1][:2] + found[1][3:] == ["  transmitter", "bound as transmitter", "3/10", "", "", "SMSC 3.4", ""]
    assert found[2][6] == ""


@pytest.mark.parametrize("as_json", [False, True])
def test_watching_goes_on_until_ctrl_c(
    caredial: Any, links: Path, monkeypatch: pytest.MonkeyPatch, as_json: bool
) -> None:
    link = {"name": "main", "bound": True, "throttled": False, "rate": 0.0, "pace": 0.0, "counters": {}, "binds": []}
    looks = iter(range(1, 4))

    class Daemon:
        def links(self) -> list[Any]:
            return [{**link, "queued": 70 + next(looks)}]

    def wait(_seconds: float) -> None:
        if next(waits) == 2:
            raise KeyboardInterrupt

    waits = iter(range(1, 4))
    monkeypatch.setattr(showing, "connected", lambda _settings: nullcontext(Daemon()))
    monkeypatch.setattr(showing, "time", SimpleNamespace(sleep=wait))
    result = caredial("smpp", "status", "--watch", *(["--json"] if as_json else []))
    assert result.exit_code == 0
    assert "72" in result.stdout
    assert len(result.stdout.splitlines()) == 2 if as_json else "Queued" in result.stdout


def test_a_trace_of_what_is_no_phone(caredial: Any, place: Any) -> None:
    result = caredial("smpp", "trace", "--phone", "nobody")
    assert (result.exit_code, "not a phone number" in result.stderr) == (2, True)


def test_a_line_of_a_trace_tells_when_where_and_which_way() -> None:
    traced = {"at": 0.0625, "link": "main", "bind": "abcdef", "sent": True, "line": "enquire_link 1"}
    assert tracing.told(traced)[8:] == ".062 main abcd -> enquire_link 1"
    assert tracing.told({**traced, "sent": False})[8:] == ".062 main abcd <- enquire_link 1"
    assert "7 PDUs are not shown" in tracing.told({"dropped": 7})


def test_over_a_running_daemon(place: Any, running: Any, ports: dict[str, str], caredial: Any) -> None:
    with running("--with-simulator", "--handset-port", "0", **ports) as daemon:
        daemon.wait_for("link main bound")
        status = json.loads(caredial("smpp", "status", "--json").stdout)
        assert [(link["name"], link["bound"]) for link in status["links"]] == [("main", True)]
        shown = caredial("smpp", "status")
        assert (shown.exit_code, "bound as transceiver" in shown.stdout) == (0, True)
        assert (place.folder / "control.sock").stat().st_mode & 0o777 == 0o600

        command = [sys.executable, "-m", "gateway.cli", "smpp", "trace", "--json", "--phone", PHONE, "--count", "3"]
        trace = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=place.folder, env=daemon.environment)
        timer = threading.Timer(60, trace.kill)
        timer.start()
        try:
            while not watched(place, caredial):
                pass
            sent = send(caredial, PHONE, "hello", "--yes")
            assert (sent.exit_code, sent.stdout.splitlines()[-1]) == (0, "delivered"), sent.output
            lines = [json.loads(line) for line in trace.communicate()[0].splitlines()]
        finally:
            timer.cancel()
            trace.kill()
            trace.wait()
        assert sorted(line["pdu"]["name"] for line in lines) == ["deliver_sm", "submit_sm", "submit_sm_resp"]
        assert PHONE not in json.dumps(lines)
        assert "hello" not in json.dumps(lines)

        shown = send(caredial, PHONE, "Your visit is tomorrow.", "--ussd", "--yes")
        assert (shown.exit_code, shown.stdout.splitlines()[-1]) == (0, "shown"), shown.output

        with running(**{**ports, "HTTP__PORT": "0"}) as second:
            assert second.end() == 1
            assert f"another daemon answers at {place.folder / 'control.sock'}" in second.said
        daemon.process.terminate()
        assert daemon.end() == 0
    assert not (place.folder / "control.sock").exists()


def watched(place: Any, caredial: Any) -> bool:
    """Whether the trace has begun: so many connections of the control socket are open."""
    lines = Path("/proc/net/unix").read_text().splitlines()
    return sum(str(place.folder / "control.sock") in line for line in lines) > 1
