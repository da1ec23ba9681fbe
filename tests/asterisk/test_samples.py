"""conf/asterisk as an operator includes it: a real Asterisk takes it without a word."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.asterisk.observer import Observer
from tests.asterisk.server import SAMPLES, Asterisk

pytestmark = pytest.mark.asterisk


def test_asterisk_starts_and_stops_without_a_warning(new_asterisk: Callable[..., Asterisk]) -> None:
    server = new_asterisk()
    server.stop()
    assert server.problems() == []


def test_every_module_that_is_named_runs(asterisk: Asterisk) -> None:
    lines = (SAMPLES / "modules.conf").read_text().splitlines()
    wanted = {line.split()[2] for line in lines if line.startswith("load")}
    shown = [line.split() for line in asterisk.console("module show").splitlines()]
    running = {words[0] for words in shown if "Running" in words and "Not" not in words}
    assert wanted - running == set()


@pytest.mark.parametrize("context", ["caredial-hotline", "caredial-next", "caredial-out", "caredial-check"])
def test_the_dialplan_has_its_contexts(asterisk: Asterisk, context: str) -> None:
    assert f"[ Context '{context}' created by 'pbx_config' ]" in asterisk.console(f"dialplan show {context}")


def test_the_trunk_speaks_g711_and_hears_keys_both_ways(asterisk: Asterisk) -> None:
    trunk = dict(
        [part.strip() for part in line.split(":", 1)]
        for line in asterisk.console("pjsip show endpoint trunk").splitlines()
        if line.count(":") == 1
    )
    assert {name: trunk[name] for name in ("allow", "context", "direct_media", "dtmf_mode", "rtp_timeout")} == {
        "allow": "(alaw|ulaw)",
        "context": "caredial-hotline",
        "direct_media": "false",
        "dtmf_mode": "auto_info",
        "rtp_timeout": "90",
    }


@pytest.mark.parametrize(
    ("variable", "value"),
    [("DIALPLAN_EXISTS(caredial-hotline,12580,1)", "1"), ("PJSIP_ENDPOINT(trunk,allow)", "(alaw|ulaw)")],
)
def test_the_gateway_can_look_at_them(gateway_account: Observer, variable: str, value: str) -> None:
    assert gateway_account.act("Getvar", Variable=variable)["value"] == value
