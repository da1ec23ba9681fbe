"""The project's own AMI session with this Asterisk, however it behaves."""

from __future__ import annotations

from typing import Any

import pytest

from ivr.ami import agi
from ivr.ami.session import Session
from ivr.ami.states import Answered, Happened, LoginRefused, Options, Ready, SessionEvent


class Program:
    """A session and its connection; octets go both ways as the clock is turned."""

    def __init__(self, office: Any, **options: Any) -> None:
        self.office = office
        self.client = office.client()
        self.session = Session(Options("caredial", **{"secret": "caredial", **options}), office.clock.seconds())
        self.told: list[SessionEvent] = self.session.receive(self.client.banner + b"\r\n", self.now)
        self.wait(0)

    @property
    def now(self) -> float:
        return float(self.office.clock.seconds())

    def wait(self, seconds: float) -> Program:
        self.office.wait(seconds)
        self.told += self.session.tick(self.now)
        while (out := self.session.data_to_send()) or self.client.pipe.value():
            if out:
                self.client.connection.dataReceived(out)
                self.office.wait(0)
            self.told += self.session.receive(self.client.take(), self.now)
        return self

    def ask(self, name: str, *headers: tuple[str, str], listing: bool = False) -> Any:
        """The answer to an action."""
        asked = self.session.send(name, headers, now=self.now, listing=listing)
        self.wait(0)
        (answer,) = [one for one in self.told if isinstance(one, Answered) and one.action_id == asked]
        return answer

    @property
    def events(self) -> list[Any]:
        return [one.event for one in self.told if isinstance(one, Happened)]


@pytest.mark.parametrize("login", ["md5", "plain"])
@pytest.mark.parametrize(
    "conditions",
    [
        {},
        {"manager_pieces": 1},
        {"manager_line_ends": True},
        {"manager_old_events": True, "manager_old_command": True},
        {"manager_answer_twice": 1},
        {"manager_no_booted": True},
        {"manager_latin1": True},
    ],
    ids=str,
)
def test_a_call_from_login_to_hangup(make_office: Any, conditions: dict[str, Any], login: Any) -> None:
    office = make_office(**conditions)
    program = Program(office, login=login)
    program.wait(6)
    assert [type(one) for one in program.told if isinstance(one, Ready)] == [Ready]
    office.call(name="Jürgen")
    program.wait(0)
    start = next(event for event in program.events if event.event == "AsyncAGIStart")
    assert agi.environment(start.get("Env"))["callerid"] == "15400000001"
    command = agi.command("STREAM FILE", office.prompt("menu", 2), "0123456789*#")
    program.ask("AGI", ("Channel", start.get("Channel")), ("Command", command), ("CommandID", "c1"))
    program.wait(1)
    office.phone().press("7")
    program.wait(0)
    keys = [event.get("Digit") for event in program.events if event.event == "DTMFEnd"]
    done = next(event for event in program.events if event.event == "AsyncAGIExec")
    assert (keys, done.get("commandid")) == (["7"], "c1")
    result = agi.result(done.get("Result"))
    assert (result.code, result.result, result.endpos) == (200, "55", 8000)
    shown = program.ask("CoreShowChannels", listing=True).items
    assert [one.get("ApplicationData") for one in shown if one.event == "CoreShowChannel"] == ["agi:async"]
    assert program.ask("Command", ("Command", "core show version")).response.output[0].startswith("Asterisk 22")
    office.phone().hang_up()
    program.wait(0)
    assert [event.event for event in program.events][-1] == "Hangup"


def test_a_wrong_secret(office: Any) -> None:
    program = Program(office, secret="wrong").wait(1)
    assert [one.message for one in program.told if isinstance(one, LoginRefused)] == ["Authentication failed"]
