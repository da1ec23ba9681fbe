"""Every condition can be found: on the command line, on the page, by the API, each with its sentence."""

from __future__ import annotations

import json
import re

import pytest
from click.testing import CliRunner

from conf import texts
from simulators.cli import simulate
from simulators.conditions import Conditions
from simulators.forms import groups
from simulators.page import page
from simulators.smsc import Service

ENTRIES = [entry for group in groups() for entry in group.entries]


def test_every_field_stands_in_one_group() -> None:
    names = [entry.name for entry in ENTRIES]
    assert sorted(names) == sorted(Conditions.model_fields)
    assert len(set(names)) == len(names)


def test_names_of_a_group_begin_alike() -> None:
    for group in groups():
        assert {entry.name.partition("_")[0] for entry in group.entries} == {group.prefix}


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_every_condition_is_on_the_command_line_and_has_a_sentence(entry: object) -> None:
    name, sentence = entry.name, entry.sentence  # type: ignore[attr-defined]
    help_page = CliRunner().invoke(simulate, ["smsc", "--help"]).output
    assert f"--{name.replace('_', '-')} " in help_page
    assert re.fullmatch(r"[A-Z].+\.", sentence)


def test_every_condition_is_on_the_page_in_both_languages() -> None:
    html = page(Service(), own_number="15400000001", kiosk_url="").decode()
    found = re.search(r'id="settings">(.*?)</script>', html, re.DOTALL)
    assert found
    settings = json.loads(found[1])
    shown = [entry["name"] for group in settings["conditions"] for entry in group["entries"]]
    assert shown == [entry.name for entry in ENTRIES]
    for language in texts.LANGUAGES:
        words = settings["texts"][language]
        assert [name for name in shown if not words.get(f"trouble-{name}")] == []
        assert [
            group["prefix"] for group in settings["conditions"] if not words.get(f"trouble-{group['prefix']}")
        ] == []


def test_kinds() -> None:
    kinds = {entry.name: (entry.kind, entry.least, entry.most) for entry in ENTRIES}
    assert kinds["bind_refuse"] == ("status", None, None)
    assert kinds["submit_throttle_reaction"] == ("reaction", None, None)
    assert kinds["submit_fail"] == ("number", 0, 1)
    assert kinds["bind_limit"] == ("whole", 0, 1000)
    assert kinds["phone_off"] == ("switch", None, None)
    assert kinds["wire_junk"] == ("choice", None, None)
