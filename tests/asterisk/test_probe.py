"""`caredial ivr check` on a real Asterisk: all is well with the samples, and each thing that is not is told."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from gateway.cli.ivr.door import logged_in
from gateway.cli.problems import Problem
from ivr.settings import ServerSettings
from tests.asterisk.server import ROOT, SECRET, Asterisk

pytestmark = pytest.mark.asterisk
SETTINGS = """
[installation]
data_dir = "."
hotline = "{hotline}"
[ivr]
operator = "queue:operators"
[ivr.servers.main]
port = {port}
username = "{username}"
secret = "{secret}"
[ivr.trunks.main]
dial = "PJSIP/{{number}}@trunk"
"""
ACCOUNTS = """
[deaf](caredial)
read = system
[no-keys](caredial)
read = agi,call,system
[unbooted](caredial)
read = agi,call,dtmf
[poor](caredial)
write = reporting
[elsewhere](caredial)
permit = 192.0.2.1/255.255.255.255
deny = 127.0.0.1/255.255.255.255
"""

Finding = dict[str, str]


class Check:
    """The command in a process of its own, as every process has but one reactor."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, server: Asterisk, username: str = "caredial", secret: str = SECRET, hotline: str = "12580",
                 port: int | None = None) -> list[Finding]:  # fmt: skip
        """What is found of the Asterisk. What is found here (no database, no prompts) is left aside."""
        given = {"port": port or server.ami, "username": username, "secret": secret, "hotline": hotline}
        (self.folder / "caredial.toml").write_text(SETTINGS.format(**given))
        command = [sys.executable, "-m", "gateway.cli", "ivr", "check", "--json"]
        done = subprocess.run(
            command, cwd=self.folder, env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}, capture_output=True,
            timeout=60, check=False,
        )  # fmt: skip
        document: Any = json.loads(done.stdout)
        assert done.returncode == 1, "there is no database"
        assert b"Traceback" not in done.stderr, done.stderr
        findings: list[Finding] = document["servers"][0]["findings"]
        return findings


@pytest.fixture
def check(tmp_path: Path) -> Check:
    return Check(tmp_path)


def told(findings: list[Finding]) -> list[tuple[str, str]]:
    """What is not well."""
    return [(each["level"], each["what"]) for each in findings if each["level"] != "ok"]


def test_with_the_samples_all_is_well_and_nothing_is_left(asterisk: Asterisk, check: Check) -> None:
    findings = check(asterisk)
    assert told(findings) == []
    assert len(findings) == 12
    assert "\n0 active channels" in asterisk.console("core show channels")
    assert list((check.folder / "names").iterdir()) == []


@pytest.fixture(scope="module")
def strict(asterisk_program: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """An Asterisk with accounts that lack something."""
    server = Asterisk(asterisk_program, tmp_path_factory.mktemp("asterisk"))
    manager = server.folder / "etc" / "manager.conf"
    manager.write_text(manager.read_text() + ACCOUNTS)
    try:
        server.start()
        yield server
    finally:
        server.kill()


@pytest.mark.parametrize(("username", "secret"), [("caredial", "wrong"), ("nobody", SECRET), ("elsewhere", SECRET)])
def test_a_login_that_is_refused(strict: Asterisk, check: Check, username: str, secret: str) -> None:
    (finding,) = check(strict, username, secret)
    assert finding["what"] == f"the login of {username} is refused: Authentication failed"
    assert all(word in finding["todo"] for word in ("[ivr.servers.main] username", "secret", "permit", "manager.conf"))


def test_the_login_is_tried_without_a_call_too(strict: Asterisk) -> None:
    """As `caredial check` does."""
    server = ServerSettings(port=strict.ami, secret=SecretStr(SECRET))
    assert "takes the login: Asterisk Call Manager/" in logged_in("main", server)
    assert "takes the login" in logged_in("main", server.model_copy(update={"login": "plain", "username": "deaf"}))
    with pytest.raises(Problem, match="the login of nobody is refused: Authentication failed"):
        logged_in("main", server.model_copy(update={"username": "nobody"}))
    with pytest.raises(Problem, match="has it TLS on this port"):
        logged_in("main", server.model_copy(update={"tls": True}))


def test_nobody_is_there(strict: Asterisk, check: Check) -> None:
    (finding,) = check(strict, port=1)
    assert "cannot be reached" in finding["what"]


@pytest.mark.parametrize(
    ("username", "level", "what", "todo"),
    [
        ("deaf", "problem", "a call waits in AGI(agi:async), and we are not told (AsyncAGIStart)", "add agi to read"),
        ("no-keys", "problem", "a key was pressed, and we were not told (DTMFEnd)", "add dtmf to read"),
        ("unbooted", "warning", "FullyBooted is not told: we do not hear when Asterisk starts, stops or reloads",
         "add system to read"),
    ],
)  # fmt: skip
def test_a_class_of_events_that_is_not_told(
    strict: Asterisk, check: Check, username: str, level: str, what: str, todo: str
) -> None:
    findings = check(strict, username)
    assert told(findings) == [(level, what)]
    assert any(todo in each["todo"] for each in findings)
    assert "\n0 active channels" in strict.console("core show channels")


def test_rights_that_are_missing(strict: Asterisk, check: Check) -> None:
    findings = check(strict, "poor")
    assert told(findings) == [
        *[("problem", f"the action {name} is not allowed") for name in
          ("AGI", "ControlPlayback", "AbsoluteTimeout", "Hangup", "Originate")],
        ("problem", "a call to itself is refused: Permission denied"),
    ]  # fmt: skip
    assert "add agi to write of [poor] in manager.conf" in [each["todo"] for each in findings]


def test_a_number_that_the_dialplan_does_not_have(strict: Asterisk, check: Check) -> None:
    assert told(check(strict, hotline="4000012580")) == [("problem", "the dialplan has no extension 4000012580")]


def test_without_the_sample_dialplan(new_asterisk: Callable[..., Asterisk], check: Check) -> None:
    server = new_asterisk()
    for context in ("caredial-check", "caredial-out"):
        server.console(f"dialplan remove context {context}")
    assert told(check(server)) == [
        ("problem", "calls that we make need context caredial-out"),
        ("problem", "a call to itself is refused: Extension does not exist."),
    ]


def test_modules_that_are_missing(new_asterisk: Callable[..., Asterisk], check: Check) -> None:
    server = new_asterisk()
    for module in ("format_wav.so", "app_controlplayback.so", "app_senddtmf.so"):
        server.console(f"module unload {module}")
    findings = check(server)
    assert [what for _, what in told(findings)] == [
        "there is no action ControlPlayback",
        "app_controlplayback.so is not loaded",
        "format_wav.so is not loaded",
        "whether keys are heard could not be looked at: Invalid/unknown command: PlayDTMF. Use Action: ListCommands to"
        " show available commands.",
        f"Asterisk cannot record into {check.folder / 'names'}",
        f"Asterisk cannot read {next((check.folder / 'clips').iterdir())}",
    ]
    assert findings[-1]["what"] == "a hangup is told (class call)"


def test_without_func_module_modules_are_not_looked_at(new_asterisk: Callable[..., Asterisk], check: Check) -> None:
    server = new_asterisk()
    server.console("module unload func_module.so")
    ((level, what),) = told(check(server))
    assert (level, what.startswith("not looked at, modules res_agi.so")) == ("warning", True)
