from __future__ import annotations

import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import click
import pytest

import gateway.cli
from gateway.cli import COMMANDS, main

ROOT = Path(__file__).parents[3]


def leaves(command: click.Command, *words: str) -> list[tuple[str, ...]]:
    if not isinstance(command, click.Group):
        return [words]
    ctx = click.Context(command)
    inner = [(name, command.get_command(ctx, name)) for name in command.list_commands(ctx)]
    return [leaf for name, found in inner if found for leaf in leaves(found, *words, name)]


OURS = [words for words in leaves(main) if words[0] in COMMANDS]


@pytest.mark.parametrize("words", OURS, ids=" ".join)
def test_every_command_explains_itself(caredial: Any, words: tuple[str, ...]) -> None:
    result = caredial(*words, "--help")
    assert result.exit_code == 0
    assert "--config FILE" in result.stdout
    about = result.stdout.split("\n\n")[1]
    assert about.strip().split("\n")[0].rstrip().endswith((".", ",", ":", ";")) or len(about) > 40


def test_the_overview_lists_all_commands_in_the_order_of_a_first_use(caredial: Any) -> None:
    listed = caredial("--help").stdout.split("Commands:")[1]
    names = [line.split()[0] for line in listed.strip().splitlines()]
    first = ["init", "run", "check", "db", "import", "smpp", "kiosk", "tcode", "visits", "queue", "home-visits"]
    assert names[: len(first)] == first
    assert names[: len(COMMANDS)] == list(COMMANDS)


def test_commands_of_other_packages_join(caredial: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    joined = EntryPoint("simulate", "simulators.cli:simulate", "caredial.commands")

    def found(*, group: str, name: str = "simulate") -> list[EntryPoint]:
        return [joined] if (group, name) == ("caredial.commands", "simulate") else []

    monkeypatch.setattr(gateway.cli, "entry_points", found)
    assert "simulate" in caredial("--help").stdout
    assert caredial("simulate", "smsc", "--help").exit_code == 0
    assert caredial("nothing").exit_code == 2


def test_help_loads_no_reactor_and_no_database() -> None:
    code = (
        "import sys; from gateway.cli import main; main(['--help'], standalone_mode=False);"
        "print([name for name in ('twisted.internet.reactor', 'sqlalchemy') if name in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert result.stdout.splitlines()[-1] == "[]"


def test_without_settings_a_command_says_how_to_make_them(caredial: Any) -> None:
    result = caredial("db", "version", "--config", "none.toml")
    assert result.exit_code == 2
    assert "none.toml: there is no such file; `caredial init --config none.toml` makes one" in result.stderr


def test_wrong_settings_are_told_all_at_once_with_exit_code_2(caredial: Any) -> None:
    Path("caredial.toml").write_text("[http]\nprot = 1\n[log]\nlevel = 'loud'\n")
    result = caredial("visits", "list")
    assert result.exit_code == 2
    assert "http.prot: no such setting, did you mean port?" in result.stderr
    assert "log.level" in result.stderr


def test_settings_come_from_the_option_before_the_environment_before_the_folder(
    caredial: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("caredial", "environment", "option"):
        Path(f"{name}.toml").write_text(f"[http]\n{name} = 1\n")
    assert "http.caredial" in caredial("db", "version").stderr
    monkeypatch.setenv("CAREDIAL_CONFIG", "environment.toml")
    assert "http.environment" in caredial("db", "version").stderr
    assert "http.option" in caredial("db", "version", "--config", "option.toml").stderr


def test_a_database_that_is_none_is_told_without_a_traceback(caredial: Any) -> None:
    Path("caredial.toml").write_text("")
    Path("caredial.db").write_text("this is no database, but long enough to look at" * 20)
    result = caredial("visits", "list")
    assert result.exit_code == 1
    assert "file is not a database" in result.stderr
