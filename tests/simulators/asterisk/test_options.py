"""The options of an Asterisk, and the command as a process."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from simulators.asterisk.conditions import AsteriskConditions
from simulators.cli import simulate
from simulators.options import ASTERISK, ASTERISK_CONDITIONS, asterisk_conditions, hotline, options


def read(*arguments: str) -> dict[str, Any]:
    given: dict[str, Any] = {}

    @click.command()
    @options(ASTERISK, ASTERISK_CONDITIONS)
    def command(**values: Any) -> None:
        given.update(values)

    command.main(list(arguments), standalone_mode=False)
    return given


def test_an_asterisk_that_behaves_is_the_default() -> None:
    given = read()
    assert (hotline(given).number, hotline(given).accounts, given["manager_port"]) == (
        "12580",
        {"caredial": "caredial"},
        5038,
    )
    assert asterisk_conditions(given) == AsteriskConditions()


def test_everything_may_be_said() -> None:
    given = read(
        *("--manager-account", "ivr:se:cret", "--hotline", "96000", "--speed", "4", "--sounds", "prompts"),
        *("--queue-member", "reception:8000", "--queue-member", "reception:8001", "--country", ""),
        *("--agi-pickup", "2", "--phone-manner", "busy", "--manager-no-dtmf"),
    )
    described = hotline(given)
    assert (described.accounts, described.number, described.speed) == ({"ivr": "se:cret"}, "96000", 4)
    assert (described.queues, described.sounds) == ({"reception": ("8000", "8001")}, Path("prompts"))
    assert asterisk_conditions(given).trouble == {"agi_pickup": 2, "phone_manner": "busy", "manager_no_dtmf": True}


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--manager-account", "ivr"),
        ("--hotline", "none"),
        ("--queue-member", "8000"),
        ("--speed", "0"),
        ("--phone-manner", "rude"),
        ("--dial-congested", "2"),
    ],
)
def test_what_is_impossible_is_refused_by_its_name(option: str, value: str) -> None:
    with pytest.raises(click.UsageError) as refused:
        read(option, value)
    assert option in refused.value.format_message()


def test_help_stands_under_headings() -> None:
    page = CliRunner().invoke(simulate, ["asterisk", "--help"]).output
    for title in ("The Asterisk:", "The manager interface", "Calls to the hotline", "Telephones that are called"):
        assert f"\n{title}" in page
    assert "--manager-port" in CliRunner().invoke(simulate, ["smsc", "--help"]).output


def test_it_says_where_it_is_and_stops_when_asked(start: Any) -> None:
    simulator = start(command="asterisk")
    with socket.create_connection(("127.0.0.1", simulator.manager_port), timeout=30) as connection:
        assert connection.recv(100) == b"Asterisk Call Manager/11.0.0\r\n"
    assert simulator.get("api/asterisk")["hotline"] == "12580"
    code, log = simulator.stop()
    assert (code, "Traceback" in log) == (0, False)


def test_beside_the_sms_centre(start: Any) -> None:
    simulator = start("--manager-port", "0", "--manager-account", "ivr:secret", "--hotline", "96000")
    assert simulator.get("api/asterisk")["hotline"] == "96000"
    assert simulator.get("api/network")["binds"] == []
    assert simulator.post("api/phones/15400000001/call", to="96000")["call"]["state"] == "talking"
