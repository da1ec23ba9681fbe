"""The command as a process."""

from __future__ import annotations

import subprocess
from importlib.metadata import entry_points
from typing import Any

from simulators.cli import simulate


def test_caredial_finds_the_command() -> None:
    (found,) = entry_points(group="caredial.commands", name="simulate")
    assert found.load() is simulate


def test_it_says_where_it_is_and_stops_when_asked(simulator: Any) -> None:
    assert simulator.page.startswith("http://127.0.0.1:")
    assert simulator.get("api/network")["binds"] == []
    code, log = simulator.stop()
    assert (code, "Traceback" in log) == (0, False)


def test_a_taken_port_ends_it_with_a_clear_word(simulator: Any) -> None:
    command = [*simulator.process.args[:-4], "--port", str(simulator.port), "--http-port", "0"]
    second = subprocess.run(command, cwd=".", capture_output=True, text=True, timeout=30, check=False)
    assert second.returncode == 1
    assert f"port {simulator.port} (Address already in use): choose another with --port" in second.stderr
    assert "Traceback" not in second.stderr


def test_conditions_from_the_command_line(start: Any) -> None:
    simulator = start("--latency", "0.5", "--fail", "0.25", "--receipt-first")
    conditions = simulator.get("api/network")["conditions"]
    assert (conditions["latency"], conditions["fail"], conditions["receipt_first"]) == (0.5, 0.25, True)
