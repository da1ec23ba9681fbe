"""The command's options."""

from __future__ import annotations

from typing import Any

import click
import pytest
from click.testing import CliRunner

from simulators.cli import simulate
from simulators.conditions import Conditions
from simulators.networks import NETWORKS
from simulators.options import CONDITIONS, OUTBIND, PAGE, PLACES, SERVICE, conditions, options, service
from simulators.ussd import Timers


def read(*arguments: str) -> dict[str, Any]:
    """Read options as the command does; raises UsageError for those that it refuses."""
    given: dict[str, Any] = {}

    @click.command()
    @options(PLACES, SERVICE, OUTBIND, PAGE, CONDITIONS)
    def command(**values: Any) -> None:
        given.update(values)

    command.main(list(arguments), standalone_mode=False)
    return given


def test_a_network_that_behaves_is_the_default() -> None:
    given = read()
    assert conditions(given) == Conditions()
    assert (service(given).accounts, service(given).number) == ({"caredial": "caredial"}, "12580120")
    assert (given["host"], given["port"], given["http_port"]) == ("127.0.0.1", 2775, 8081)


def test_everything_may_be_said() -> None:
    given = read(
        *("--account", "a:1", "--account", "b:2:3", "--service-number", "106900", "--ussd-code", "*888*1#"),
        *("--country", "", "--ussd", "sixdee", "--queue", "5", "--answer-timeout", "9"),
        *("--network", "slow", "--submit-latency", "1.5", "--bind-refuse", "RALYBND", "--wire-junk", "mixed"),
        *("--submit-throttle-reaction", "close", "--receipt-first"),
    )
    described = service(given)
    assert described.accounts == {"a": "1", "b": "2:3"}
    assert (described.number, described.ussd_code, described.country) == ("106900", "*888*1#", "")
    assert (described.dialect.name, described.queue, described.timers) == ("sixdee", 5, Timers(subscriber=9))
    assert conditions(given) == NETWORKS["slow"].changed(
        {
            "submit_latency": 1.5,
            "bind_refuse": "ESME_RALYBND",
            "wire_junk": "mixed",
            "submit_throttle_reaction": "close",
            "receipt_first": True,
        }
    )


def test_a_status_that_is_none_is_refused_by_its_options_name() -> None:
    with pytest.raises(click.UsageError) as refused:
        conditions(read("--bind-refuse", "ESME_RNOSUCH"))
    assert "--bind-refuse" in refused.value.format_message()


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--account", "caredial"),
        ("--account", "caredial:longer than 8"),
        ("--account", "a name longer than15:x"),
        ("--service-number", "none"),
        ("--ussd-code", "120"),
        ("--country", "China"),
        ("--kiosk-url", "javascript:alert(1)"),
        ("--port", "65536"),
        ("--submit-fail", "2"),
        ("--submit-latency", "-1"),
        ("--network", "perfect"),
        ("--outbind", "nowhere"),
        ("--receipt-dialect", "klingon"),
    ],
)
def test_what_is_impossible_is_refused_by_its_name(option: str, value: str) -> None:
    with pytest.raises(click.UsageError) as refused:
        read(option, value)
    assert option in refused.value.format_message()


def test_help_teaches_and_stands_under_headings() -> None:
    page = CliRunner().invoke(simulate, ["smsc", "--help"]).output
    assert "caredial simulate smsc --submit-latency 2" in page
    for title in (
        "Binds:",
        "Sessions:",
        "Octets on the wire:",
        "Submits:",
        "Delivery receipts:",
        "The network as a whole",
    ):
        assert f"\n{title}" in page
