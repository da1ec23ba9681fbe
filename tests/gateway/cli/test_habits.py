"""What all staff commands have in common: JSON, examples, questions before what cannot be undone, exit codes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import click
import pytest

from gateway.cli import main

GROUPS = (
    "sessions", "queue", "visits", "people", "accounts", "payments", "settle", "fairness", "draws", "hospital",
    "clients",
)  # fmt: skip
ASKING = {
    "sessions stop", "sessions move", "sessions substitute", "sessions experts", "sessions templates end",
    "sessions waiting", "queue gone", "visits cancel", "visits excuse", "people remove", "people confirm",
    "accounts top-up",
    "accounts pay-out", "accounts insure", "settle clear", "settle retry", "settle give-back", "settle done",
    "settle failed", "fairness blocks add", "fairness blocks lift", "fairness appeals grant", "fairness appeals refuse",
    "fairness signs confirm", "clients rotate", "clients disable", "clients webhook",
}  # fmt: skip


def commands() -> Iterator[tuple[str, click.Command]]:
    context = click.Context(main)

    def below(path: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
        yield path, command
        if isinstance(command, click.Group):
            for name in command.list_commands(context):
                found = command.get_command(context, name)
                assert found is not None
                yield from below(f"{path} {name}", found)

    for group in GROUPS:
        found = main.get_command(context, group)
        assert found is not None
        yield from below(group, found)


ALL = dict(commands())
LEAVES = {path: command for path, command in ALL.items() if not isinstance(command, click.Group)}


def options(command: click.Command) -> set[str]:
    return {name for each in command.params for name in each.opts}


def helps(command: click.Command) -> str:
    return command.help or ""


def test_every_command_can_answer_a_program() -> None:
    assert [path for path, command in LEAVES.items() if "--json" not in options(command)] == []


def test_every_command_has_an_example_that_names_it() -> None:
    assert [path for path, command in LEAVES.items() if f"caredial {path}" not in helps(command)] == []


def test_every_group_has_examples_of_its_own() -> None:
    groups = set(ALL) - set(LEAVES)
    assert set(GROUPS) < groups
    assert [path for path in groups if f"caredial {path} " not in helps(ALL[path])] == []


def test_what_cannot_be_undone_asks_and_can_be_told_not_to() -> None:
    assert {path for path, command in LEAVES.items() if "--yes" in options(command)} == ASKING
    theirs = [each for path in ASKING for each in LEAVES[path].params if isinstance(each, click.Option)]
    sentences = {each.help for each in theirs if each.name == "yes"}
    assert sentences == {"Do it without asking: for scripts, where nobody can be asked."}


def test_each_example_is_a_command_with_options_that_there_are() -> None:
    """What --help shows can be typed: the command is there, and so is each of its options."""
    wrong = []
    for command in ALL.values():
        for line in helps(command).replace("\\\n", " ").splitlines():
            words = line.strip().split()
            if words[:1] != ["caredial"] or words[1] not in GROUPS:
                continue
            path = max((path for path in ALL if words[1:][: len(path.split())] == path.split()), key=len)
            known = options(ALL[path])
            wrong += [line for word in words if word.startswith("--") and word.split("=")[0] not in known]
            wrong += [line] if path not in LEAVES else []
    assert wrong == []


@pytest.mark.parametrize(
    "words",
    [
        ("sessions", "stop", "1", "--reason", "停电"),
        ("sessions", "move", "1", "--day", "+3", "--reason", "停电"),
        ("sessions", "experts", "on", "DY", "QK"),
        ("sessions", "templates", "end", "1", "--last", "+60"),
        ("fairness", "blocks", "add", "--phone", "15400000001", "--until", "+3", "--reason", "倒卖号源"),
        ("clients", "rotate", "his"),
        ("clients", "disable", "his"),
    ],
)
def test_where_nobody_can_be_asked_nothing_is_done_and_that_is_said(caredial: Any, place: Any, words: Any) -> None:
    caredial("clients", "new", "his", "--scope", "hospital:DY")
    result = caredial(*words, input="")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "nobody is there to be asked, and nothing was done; in a script give --yes" in result.stderr
    result = caredial(*words, "--json")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "--json asks nothing: it needs --yes" in result.stderr
    result = caredial(*words, "--json", "--yes")
    assert result.exit_code == 0, result.output
    assert isinstance(json.loads(result.stdout), dict)


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        ("sessions stop 99999 --reason x --yes", "sessions list"),
        ("sessions open 99999", "sessions list"),
        ("sessions waiting 99999", "sessions list"),
        ("sessions waiting --remove 99 --yes", "sessions waiting"),
        ("sessions templates end 99 --yes", "sessions templates list"),
        ("queue show 99999", "sessions list"),
        ("queue seen 99999", "visits list"),
        ("queue gone 99999 --yes", "visits list"),
        ("queue arrive 99999", "visits list"),
        ("queue transfer 99999 --to 1", "visits list"),
        ("visits excuse 99999 --reason x --yes", "visits list"),
        ("visits cancel 99999 --yes", "visits list"),
        ("people show 99999", "people find"),
        ("people remove 99999 --phone 15400000001 --yes", "people show"),
        ("people correct 99999 --name 王芳", "people find"),
        ("people right-number 15400000999", "people wrong-numbers"),
        ("accounts show 99", "accounts list"),
        ("accounts open 99999 --centre DY", "people find"),
        ("payments show 99", "payments list"),
        ("payments retry 99", "payments list"),
        ("settle clear 99 --note x --yes", "settle open"),
        ("settle done 99 --reference x --yes", "settle open"),
        ("settle retry 99 --yes", "settle open"),
        ("fairness blocks lift 99 --reason x --yes", "fairness blocks list"),
        ("fairness appeals grant 99 --answer x --yes", "fairness appeals list"),
        ("fairness signs clear 99", "fairness signs list"),
        ("fairness rules end 99", "fairness rules list"),
        ("draws show 99999", "draws list"),
        ("draws verify 99999", "draws list"),
        ("clients show nobody", "clients list"),
    ],
)
def test_what_is_not_there_exits_with_1_and_says_where_to_look(
    caredial: Any, place: Any, words: str, hint: str
) -> None:
    result = caredial(*words.split())
    assert (result.exit_code, result.stdout) == (1, ""), result.output
    assert f"caredial {hint}" in result.stderr


LOOKS = (
    "sessions list", "sessions list --day tomorrow --centre DY", "sessions templates list", "sessions shares 1",
    "sessions waiting", "sessions substitute 1 --other-department", "queue show 1", "visits list",
    "people incomplete", "people wrong-numbers", "people refuted", "people find --phone 15400000009", "people show 1",
    "people contact 15400000009", "accounts list", "accounts check", "payments list", "settle list", "settle open",
    "fairness rules list --all", "fairness blocks list --all", "fairness appeals list", "fairness signs list --all",
    "fairness report", "draws list", "clients list", "hospital export sessions --day today",
    "hospital export visits --day today", "hospital export queue --day today", "hospital export fees --day today",
)  # fmt: skip


def documents(result: Any) -> list[dict[str, Any]]:
    assert result.exit_code == 0, result.output
    found = [json.loads(line) for line in result.stdout.splitlines()]
    assert all(isinstance(each, dict) for each in found)
    return found


def test_whatever_is_looked_at_comes_as_an_object_a_line_and_nothing_else(caredial: Any, place: Any) -> None:
    place.book()
    found = {words: documents(caredial(*words.split(), "--json")) for words in LOOKS}
    for words in ("sessions list", "queue show 1", "visits list", "fairness rules list --all", "fairness report"):
        assert found[words]
    assert found["queue show 1"][0]["lines"][0]["visit"] == found["visits list"][0]["id"]
    assert found["hospital export visits --day today"][0]["department"] == "QK"


def test_whatever_is_done_comes_as_one_object(caredial: Any, place: Any) -> None:
    """What a script would want of it: the number of what was made, what it is now."""

    def done(words: str) -> dict[str, Any]:
        (document,) = documents(caredial(*words.split(), "--json"))
        return document

    assert done("sessions capacity 1 45")["capacity"] == 45
    assert done("sessions close 1") == {"session": 1, "state": "closed", "taken": 0}
    assert done("sessions open 1") == {"session": 1, "state": "open"}
    line = done("sessions templates add DY QK --day mon --half am --capacity 4 --fee 6")["id"]
    assert done(f"sessions templates end {line} --last +7 --yes")["closed"] == []
    assert done("sessions make --until +3")["until"].startswith("20")
    assert done("sessions experts on DY ZY --yes")["experts"] is True
    number = done("people add --phone 15400000009 --identity 110101195808142424 --name 周志强")["id"]
    assert done(f"people correct {number} --name 周志刚") == {"id": number}
    assert done("people contact 15400000009 voice") == {"contact": "voice"}
    assert done(f"people remove {number} --phone 15400000009 --yes")["removed"] is True
    account = done("accounts open 1 --centre DY")["id"]
    assert done(f"accounts top-up {account} 50 --yes")["balance"] == {"amount": "50.00", "currency": "CNY"}
    assert done(f"accounts link {account} 15400000009")["code_sent_to"] == "+86154****0009"
    rule = done("fairness rules add noshow 9 --months 12 --block 3")
    assert (rule["rule"], rule["valid_until"]) == ("absence", None)
    assert done(f"fairness rules end {rule['id']}")["id"] == rule["id"]
    assert done("fairness rules add-cancel 1 15:00")["rule"] == "cancel"
    assert done("fairness signs trust 15400000009 --until +365")["trusted"] is True
    assert done("fairness blocks add --phone 15400000009 --until +3 --reason x --yes")["block"] == 1
    assert done("clients new his --scope hospital:DY")["scopes"] == ["hospital:DY"]
    assert done("clients grant his --scope hospital") == {"name": "his", "scopes": ["hospital"]}
    assert done("clients webhook his https://his.example/hook")["webhook_secret"].startswith("whsec_")


def test_the_counter_is_spoken_to_in_one_language(caredial: Any, place: Any) -> None:
    """The sample is Chinese; what the command line says of a code is English, like all else it says."""
    caredial("accounts", "open", "1", "--centre", "DY")
    caredial("accounts", "link", "1", "15400000009")
    result = caredial("accounts", "link", "1", "15400000009", "--code", "1234567")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "This is not the code; 4 tries are left." in result.stderr
    assert result.stderr.isascii()
