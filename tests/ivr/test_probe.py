"""What `ivr check` finds, with an Asterisk that answers as the test says, in memory and on one clock.

What a real one answers is in tests/asterisk/test_probe.py.
"""

from __future__ import annotations

import errno
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.error import ConnectionDone, ConnectionRefusedError
from twisted.internet.task import Clock
from twisted.internet.testing import MemoryReactorClock, StringTransport
from twisted.python.failure import Failure

from ivr.ami import agi
from ivr.ami.framing import Framer
from ivr.ami.messages import Message, read
from ivr.findings import Finding, closed_to_others
from ivr.probe import ACTIONS, Wanted, probe
from ivr.settings import IvrSettings

Headers = list[tuple[str, str]]
DENIED = ("Error", [("Message", "Permission denied")])
HOTLINE: list[Headers] = [[("Context", "caredial-hotline"), ("Application", "AGI"), ("AppData", "agi:async")]]


class Asterisk:
    """Answers each action from `says`, calls itself as a real one does, and keeps all that it was asked.

    `deaf` are events that the account is not told. It is the endpoint that is dialled, too.
    """

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.banner, self.booted = "Asterisk Call Manager/11.0.0", True
        self.says: dict[str, tuple[str, Headers]] = {
            "CoreSettings": ("Success", [("AsteriskVersion", "22.10.1")]),
            "Originate": ("Success", [("Message", "Originate successfully queued")]),
            "AGI": ("Error", [("Message", "Channel CareDial/nobody does not exist.")]),
        }
        self.functions = {"PJSIP_ENDPOINT(trunk,allow)": "(alaw|ulaw)"}
        self.dialplan = {"12580": HOTLINE, "caredial-out": HOTLINE}
        self.missing: set[str] = set()
        self.deaf: set[str] = set()
        self.results = {"STREAM": "200 result=0 endpos=4000", "RECORD": "200 result=0 (timeout) endpos=2400"}
        self.records = True
        self.asked: list[Message] = []
        self.live: dict[str, str] = {}
        self.refused: Exception | None = None
        self.mute = False
        self._protocol: Any = None

    # What is dialled, and the wire.

    def connect(self, factory: Any) -> Deferred[Any]:
        if self.refused is not None:
            return fail(Failure(self.refused))
        self._framer = Framer(banner=False)
        self._protocol = factory.buildProtocol(None)
        self._protocol.makeConnection(Wire(self))
        if not self.mute:
            self._later(f"{self.banner}\r\n".encode())
        return succeed(self._protocol)

    def take(self, data: bytes) -> None:
        for block in self._framer.feed(data):
            action = read(block)
            self.asked.append(action)
            self._answer(action)

    def drop(self) -> None:
        """The connection is gone a moment later; asked again, it is gone already."""
        protocol, self._protocol = self._protocol, None
        if protocol is not None:
            self.clock.callLater(0, protocol.connectionLost, Failure(ConnectionDone()))

    def names(self) -> list[str]:
        return [action.get("Action") for action in self.asked]

    def _later(self, octets: bytes, seconds: float = 0) -> None:
        self.clock.callLater(seconds, lambda: self._protocol and self._protocol.dataReceived(octets))

    def _message(self, headers: Headers, seconds: float = 0) -> None:
        self._later(("".join(f"{name}: {value}\r\n" for name, value in headers) + "\r\n").encode(), seconds)

    def tell(self, event: str, *headers: tuple[str, str], seconds: float = 0) -> None:
        if event not in self.deaf:
            self._message([("Event", event), *headers], seconds)

    # What it does.

    def _answer(self, action: Message) -> None:
        name = action.get("Action")
        status, headers = self.says.get(name, ("Success", []))
        if name == "AGI" and action.get("Channel") in self.live.values():
            status, headers = "Success", []
        if name == "ModuleCheck" and status == "Success" and action.get("Module") in self.missing:
            status, headers = "Error", [("Message", "Module not loaded")]
        if name == "Originate" and not action.get("Channel"):
            status, headers = self.says.get("Originate bare", ("Error", [("Message", "Channel not specified")]))
        if name == "Getvar":
            headers = [*headers, ("Value", self.functions.get(action.get("Variable"), ""))]
        self._message([("Response", status), ("ActionID", action.action_id), *headers])
        if status == "Success":
            self._follow(name, action)

    def _follow(self, name: str, action: Message) -> None:
        match name:
            case "Login" if self.booted:
                self._message([("Event", "FullyBooted")])
            case "CoreShowChannels":
                rows = [[("Uniqueid", number), ("Channel", self.live[number]), ("Application", "AGI"),
                         ("ApplicationData", "agi:async")] for number in self.live]  # fmt: skip
                self._list(action, "CoreShowChannel", rows)
            case "ShowDialPlan":
                self._list(action, "ListDialplan", self.dialplan[action.get("Extension") or action.get("Context")])
            case "Originate" if action.get("Channel"):
                self._begin(action.get("OtherChannelId"))
            case "PlayDTMF":
                number = next(iter(self.live))
                self.tell("DTMFEnd", ("Uniqueid", number), ("Digit", action.get("Digit")), ("Direction", "Received"))
            case "AGI" if self.live:
                self._run(action)
            case "Hangup":
                for number in [each for each, channel in self.live.items() if channel == action.get("Channel")]:
                    self._end(number)
            case "Logoff":
                self.drop()

    def _list(self, action: Message, event: str, rows: list[Headers]) -> None:
        for row in rows:
            self._message([("Event", event), ("ActionID", action.action_id), *row])
        self._message([("Event", f"{event}Complete"), ("EventList", "Complete"), ("ActionID", action.action_id)])

    def _begin(self, number: str) -> None:
        self.live[number] = f"Local/agi@caredial-check-0000000{len(self.asked)};2"
        self.tell("AsyncAGIStart", ("Uniqueid", number), ("Channel", self.live[number]), ("Env", ""))

    def _run(self, action: Message) -> None:
        number = next(each for each, channel in self.live.items() if channel == action.get("Channel"))
        words = agi.arguments(action.get("Command"))
        result = self.results.get(words[0], "200 result=1")
        if words[0] == "RECORD" and self.records and "-1" not in result:
            Path(words[2]).with_suffix(".wav").write_bytes(b"RIFF")
        headers = ("Uniqueid", number), ("CommandId", action.get("CommandID")), ("Result", agi.encoded(result + "\n"))
        self.tell("AsyncAGIExec", *headers, seconds=0.5)
        if words[0] == "HANGUP" or "-1" in result:
            self.clock.callLater(0.6, self._end, number)

    def _end(self, number: str) -> None:
        if self.live.pop(number, None) is not None:
            self.tell("AsyncAGIEnd", ("Uniqueid", number))
            self.tell("Hangup", ("Uniqueid", number), ("Cause", "16"))


class Wire(StringTransport):
    def __init__(self, peer: Asterisk) -> None:
        super().__init__()
        self._peer = peer

    def write(self, data: bytes) -> None:
        self._peer.take(data)

    def setTcpNoDelay(self, enabled: bool) -> None: ...
    def setTcpKeepAlive(self, enabled: bool) -> None: ...

    def loseConnection(self) -> None:
        self._peer.drop()

    def abortConnection(self) -> None:
        self._peer.drop()


@pytest.fixture
def asterisk() -> Asterisk:
    return Asterisk(Clock())


Look = Callable[..., list[Finding]]


@pytest.fixture
def look(asterisk: Asterisk, tmp_path: Path) -> Look:
    """What is found with these settings of the server."""

    def look(operator: str = "", **server: Any) -> list[Finding]:
        ivr = {"servers": {"main": server}, "trunks": {"main": {}}, "prompts": {"names": tmp_path}}
        settings = IvrSettings.model_validate({**ivr, "operator": operator})
        wanted = Wanted("12580", settings, tmp_path / "clip.wav")
        found: list[list[Finding]] = []
        done = Deferred.fromCoroutine(probe("main", wanted, asterisk.clock, target=asterisk))  # type: ignore[arg-type]
        done.addCallback(found.append)
        for _ in range(900):
            asterisk.clock.advance(0.1)
        if not found:
            done.addErrback(lambda failure: failure.raiseException())
        return found[0]

    return look


def bad(found: list[Finding]) -> list[Finding]:
    return [finding for finding in found if finding.level != "ok"]


def the_one(found: list[Finding]) -> Finding:
    """The one thing that is not well; it says what to do."""
    (finding,) = bad(found)
    assert finding.todo
    return finding


def test_all_is_well(look: Look, asterisk: Asterisk, tmp_path: Path) -> None:
    found = look()
    assert bad(found) == []
    assert [str(finding).split(" ")[0] for finding in found] == ["ok:"] * 12
    assert "Asterisk 22.10.1" in found[1].what
    assert asterisk.live == {}
    assert list(tmp_path.iterdir()) == []
    assert asterisk.names()[-1] == "Logoff"


def test_what_is_tried_does_no_harm(look: Look, asterisk: Asterisk) -> None:
    look()
    tried = [action for action in asterisk.asked if action.get("Action") in {name for name, *_ in ACTIONS}]
    for action in tried[: len(ACTIONS)]:
        assert action.get("Channel") in {"", "CareDial/nobody"}


class TestTheWayIn:
    def test_nobody_listens(self, look: Look, asterisk: Asterisk) -> None:
        asterisk.refused = ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused")
        finding = the_one(look())
        assert finding.what == "127.0.0.1 port 5038 cannot be reached: Connection refused"
        assert finding.todo.startswith("is Asterisk running? ")
        assert "[ivr.servers.main] host and port" in finding.todo
        assert "manager.conf" in finding.todo

    def test_something_else_listens_and_says_nothing(self, look: Look, asterisk: Asterisk) -> None:
        asterisk.mute = True
        finding = the_one(look())
        assert finding.what == "127.0.0.1 port 5038 takes connections, but does not greet"
        assert "tlsbindaddr" in finding.todo

    @pytest.mark.parametrize("login", ["md5", "plain"])
    def test_the_login_is_refused(self, look: Look, asterisk: Asterisk, login: str) -> None:
        asterisk.says["Login"] = ("Error", [("Message", "Authentication failed")])
        asterisk.says["Challenge"] = ("Success", [("Challenge", "123456")])
        finding = the_one(look(login=login, username="ivr"))
        assert finding.what == "the login of ivr is refused: Authentication failed"
        for word in ("username", "secret", "permit", "[ivr]"):
            assert word in finding.todo

    def test_an_authority_file_that_is_not_there(self) -> None:
        ivr = IvrSettings.model_validate({"servers": {"main": {"tls": True, "tls_ca": "none.pem"}}})
        found: list[list[Finding]] = []
        looked = probe("main", Wanted("12580", ivr, None), MemoryReactorClock())
        Deferred.fromCoroutine(looked).addCallback(found.append)
        assert "none.pem" in the_one(found[0]).what

    def test_without_class_system_fullybooted_is_not_told(self, look: Look, asterisk: Asterisk) -> None:
        asterisk.booted = False
        finding = the_one(look(login="plain"))
        assert (finding.level, "add system to read" in finding.todo) == ("warning", True)


@pytest.fixture(autouse=True)
def _challenge(asterisk: Asterisk) -> None:
    asterisk.says["Challenge"] = ("Success", [("Challenge", "123456")])


class TestWhatItSays:
    @pytest.mark.parametrize(
        ("told", "level"),
        [("16.28.0", "ok"), ("certified/18.9", "ok"), ("13.1.0", "problem"), ("GIT-master", "warning")],
    )
    def test_its_version(self, look: Look, asterisk: Asterisk, told: str, level: str) -> None:
        asterisk.says["CoreSettings"] = ("Success", [("AsteriskVersion", told)])
        assert look()[1].level == level

    @pytest.mark.parametrize(
        ("action", "right"),
        [("AGI", "agi"), ("ControlPlayback", "call"), ("AbsoluteTimeout", "call"), ("Originate bare", "originate")],
    )
    def test_a_right_that_is_missing(self, look: Look, asterisk: Asterisk, action: str, right: str) -> None:
        asterisk.says[action] = DENIED
        findings = [each for each in bad(look()) if f"The action {action}".split()[2] in each.what]
        assert findings[0].todo == f"add {right} to write of [caredial] in manager.conf"

    def test_an_action_that_is_not_there(self, look: Look, asterisk: Asterisk) -> None:
        asterisk.says["ControlPlayback"] = ("Error", [("Message", "Invalid/unknown command: ControlPlayback.")])
        assert the_one(look()).todo == "load app_controlplayback.so (modules.conf)"

    def test_a_module_that_is_missing(self, look: Look, asterisk: Asterisk) -> None:
        asterisk.missing = {"codec_alaw.so", "app_queue.so"}
        assert the_one(look()).what == "codec_alaw.so is not loaded"

    def test_queues_are_needed_by_an_operator_who_is_one(self, look: Look, asterisk: Asterisk) -> None:
        asterisk.missing = {"app_queue.so"}
        assert the_one(look(operator="queue:staff")).what == "app_queue.so is not loaded"

    def test_modules_can_be_asked_for_by_the_dialplan_too(self, look: Look, asterisk: Asterisk) -> None:
        asterisk.says["ModuleCheck"] = DENIED
        asterisk.functions |= {f"IFMODULE({name})": "1" for name in
                               ("res_agi.so", "app_controlplayback.so", "app_dial.so", "app_record.so",
                                "format_wav.so", "codec_ulaw.so")}  # fmt: skip
        asterisk.functions["IFMODULE(codec_alaw.so)"] = "0"
        assert the_one(look()).what == "codec_alaw.so is not loaded"

    def test_or_not_at_all(self, look: Look, asterisk: Asterisk) -> None:
        asterisk.says["ModuleCheck"] = DENIED
        finding = the_one(look())
        assert (finding.level, finding.what.startswith("not looked at, modules res_agi.so")) == ("warning", True)

    def test_the_dialplan_does_not_know_the_number(self, look: Look, asterisk: Asterisk) -> None:
        asterisk.dialplan["12580"] = []
        finding = the_one(look())
        assert (finding.level, finding.what) == ("problem", "the dialplan has no extension 12580")

    def test_the_number_leads_elsewhere(self, look: Look, asterisk: Asterisk) -> None:
        asterisk.dialplan["12580"] = [[("Application", "Goto"), ("AppData", "somewhere,s,1")]]
        finding = the_one(look())
        assert (finding.level, "Goto(somewhere,s,1)" in finding.what) == ("warning", True)

    def test_the_dialplan_may_not_be_looked_at(self, look: Look, asterisk: Asterisk) -> None:
        asterisk.says["ShowDialPlan"] = DENIED
        finding = the_one(look())
        assert (finding.level, "reporting" in finding.todo) == ("warning", True)

    def test_there_is_no_way_to_look_at_the_dialplan(self, look: Look, asterisk: Asterisk) -> None:
        asterisk.says["ShowDialPlan"] = ("Error", [("Message", "Invalid/unknown command: ShowDialPlan.")])
        assert the_one(look()).todo == "see with `dialplan show 12580` on its console"

    def test_what_we_dial_needs_a_context(self, look: Look, asterisk: Asterisk) -> None:
        asterisk.dialplan["caredial-out"] = []
        assert the_one(look()).what == "calls that we make need context caredial-out"

    @pytest.mark.parametrize(("allow", "level"), [("(g729)", "problem"), ("", "warning"), ("(ulaw)", "ok")])
    def test_a_trunk_speaks_g711(self, look: Look, asterisk: Asterisk, allow: str, level: str) -> None:
        asterisk.functions["PJSIP_ENDPOINT(trunk,allow)"] = allow
        (finding,) = [each for each in look() if "endpoint trunk of trunk main" in each.what]
        assert finding.level == level


class TestTheCallToItself:
    @pytest.mark.parametrize(
        ("deaf", "told"),
        [
            ({"AsyncAGIStart"}, "add agi to read of [caredial]"),
            ({"DTMFEnd"}, "add dtmf to read of [caredial]"),
            ({"Hangup"}, "add call to read of [caredial]"),
        ],
    )
    def test_what_is_not_told_by_its_class(self, look: Look, asterisk: Asterisk, deaf: set[str], told: str) -> None:
        asterisk.deaf = deaf
        finding = the_one(look())
        assert (finding.level, told in finding.todo) == ("problem", True)
        assert asterisk.live == {}

    def test_without_the_context_it_is_refused(self, look: Look, asterisk: Asterisk) -> None:
        asterisk.says["Originate"] = ("Error", [("Message", "Extension does not exist.")])
        finding = the_one(look())
        assert "Extension does not exist" in finding.what
        assert "conf/asterisk/extensions.conf" in finding.todo

    def test_a_call_that_never_begins_ends_in_time(self, look: Look, asterisk: Asterisk) -> None:
        asterisk._begin = lambda number: None  # type: ignore[method-assign]
        assert the_one(look()).what == "a call to itself ends unheard"

    def test_channels_may_not_be_listed(self, look: Look, asterisk: Asterisk) -> None:
        asterisk.says["CoreShowChannels"] = DENIED
        asterisk.deaf = {"AsyncAGIStart"}
        assert [each.what for each in bad(look())] == [
            "the action CoreShowChannels is not allowed",
            "a call to itself ends unheard",
        ]
        asterisk.deaf = set()
        asterisk.live.clear()
        asterisk.says["AGI"] = ("Error", [("Message", "Invalid")])  # it cannot even be hung up by AGI
        assert "the action CoreShowChannels is not allowed" in [each.what for each in bad(look())]

    def test_keys_cannot_be_pressed(self, look: Look, asterisk: Asterisk) -> None:
        asterisk.says["PlayDTMF"] = ("Error", [("Message", "Invalid/unknown command: PlayDTMF.")])
        finding = the_one(look())
        assert (finding.level, "app_senddtmf.so" in finding.todo) == ("warning", True)

    def test_a_clip_that_cannot_be_read_costs_only_its_own_call(self, look: Look, asterisk: Asterisk) -> None:
        asterisk.results["STREAM"] = "200 result=-1 endpos=0"
        found = look()
        assert the_one(found).what.startswith("Asterisk cannot read ")
        assert found[-1].what == "a hangup is told (class call)"
        assert asterisk.names().count("Originate") == 3

    def test_a_folder_that_cannot_be_written_to(self, look: Look, asterisk: Asterisk, tmp_path: Path) -> None:
        asterisk.results["RECORD"] = "200 result=-1 (writefile)"
        assert the_one(look()).what == f"Asterisk cannot record into {tmp_path}"

    def test_no_beep(self, look: Look, asterisk: Asterisk) -> None:
        asterisk.results["RECORD"] = "200 result=-1 (randomerror) endpos=0"
        assert "core sounds" in the_one(look()).todo

    def test_it_records_into_another_folder_than_ours(self, look: Look, asterisk: Asterisk) -> None:
        asterisk.records = False
        assert the_one(look()).todo.startswith("both must see the same folder")

    def test_a_clip_that_does_not_end_is_hung_up(self, look: Look, asterisk: Asterisk) -> None:
        tell = asterisk.tell

        def all_but_the_clip(event: str, *headers: tuple[str, str], seconds: float = 0) -> None:
            if "endpos%3D4000" not in dict(headers).get("Result", ""):
                tell(event, *headers, seconds=seconds)

        asterisk.tell = all_but_the_clip  # type: ignore[method-assign]
        assert any("is not played to its end" in each.what for each in bad(look()))
        assert asterisk.live == {}

    def test_asterisk_goes_away_meanwhile(self, look: Look, asterisk: Asterisk) -> None:
        asterisk._begin = lambda number: asterisk.drop()  # type: ignore[method-assign]
        found = look()
        assert found[-1].what.startswith("it stopped answering")


def test_the_first_folder_that_is_closed_is_named(tmp_path: Path) -> None:
    clips = tmp_path / "data" / "clips"
    clips.mkdir(parents=True)
    (tmp_path / "data").chmod(0o700)
    assert closed_to_others(clips) in {tmp_path / "data", tmp_path, *tmp_path.parents}  # pytest's own are closed, too
    assert closed_to_others(Path("/usr")) is None
