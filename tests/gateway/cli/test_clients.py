from __future__ import annotations

import json
import re
from typing import Any

import pytest
from sqlalchemy import select

from clinic import clients
from clinic.identity import Vault
from clinic.tables import Client


def new(caredial: Any, name: str = "hospital", *more: str, classes: str = "answer,notice") -> Any:
    return caredial("clients", "new", name, "--classes", classes, *more)


def shown(result: Any, what: str) -> str:
    found = re.search(rf"{what} +(\S+)", result.stdout)
    assert found, result.output
    return found[1]


def test_a_new_client_s_token_and_secret_are_printed_and_work(caredial: Any, place: Any) -> None:
    result = new(caredial, "hospital", "--webhook", "http://127.0.0.1:9/hook")
    assert result.exit_code == 0
    assert shown(result, "address") == "http://127.0.0.1:8080/api/messages"
    known = place.store.run_now(clients.known, token=shown(result, "token"))
    assert (known.name, known.classes, known.webhook_url) == (
        "hospital",
        ("answer", "notice"),
        "http://127.0.0.1:9/hook",
    )
    secret = shown(result, "secret")
    vault = Vault.open(place.folder / "keys" / "identity.key")
    sealed = place.store.run_now(lambda session: session.scalar(select(Client.webhook_secret)))
    assert vault.unlock(sealed).decode() == secret
    for command in ("list", "show hospital", "list --json", "show hospital --json"):
        listed = caredial("clients", *command.split()).stdout
        assert "hospital" in listed
        assert secret not in listed
        assert shown(result, "token") not in listed


def test_for_scripts_there_is_json(caredial: Any, place: Any) -> None:
    made = json.loads(new(caredial, "platform", "--json", classes="notice, bulk").stdout)
    assert (made["classes"], made["webhook"], made["webhook_secret"]) == (["bulk", "notice"], None, None)
    assert place.store.run_now(clients.known, token=made["token"]) is not None
    (listed,) = map(json.loads, caredial("clients", "list", "--json").stdout.splitlines())
    assert (listed["name"], listed["waiting"], listed["disabled_at"]) == ("platform", 0, None)


@pytest.mark.parametrize("classes", ["", "urgent", "answer,urgent", ","])
def test_only_classes_that_there_are_can_be_given(caredial: Any, place: Any, classes: str) -> None:
    result = new(caredial, classes=classes)
    assert result.exit_code == 2
    assert "there are: code, answer, notice, bulk" in result.stderr
    assert place.store.run_now(clients.listed) == []


def test_a_webhook_that_cannot_be_posted_to_is_a_mistake(caredial: Any, place: Any) -> None:
    result = new(caredial, "hospital", "--webhook", "ftp://hospital.example/")
    assert result.exit_code == 2
    assert "the webhook: should begin with http:// or https:// and name a host" in result.stderr
    assert place.store.run_now(clients.listed) == []


@pytest.mark.parametrize("name", ["  ", "x" * 61, "a\nb"])
def test_a_name_must_fit(caredial: Any, place: Any, name: str) -> None:
    assert new(caredial, name).exit_code == 2


def test_a_name_is_given_once(caredial: Any, place: Any) -> None:
    new(caredial)
    result = new(caredial)
    assert result.exit_code == 1
    assert "there is a client hospital already" in result.stderr


def test_a_disabled_client_is_refused_until_its_token_is_renewed(caredial: Any, place: Any) -> None:
    token = shown(new(caredial), "token")
    asked = caredial("clients", "disable", "hospital", input="n\n")
    assert "hospital is refused from its next request on, and its token never works again." in asked.stderr
    assert place.store.run_now(clients.known, token=token) is not None
    assert caredial("clients", "disable", "hospital", "--yes").exit_code == 0
    assert place.store.run_now(clients.known, token=token) is None
    assert caredial("clients", "disable", "hospital").exit_code == 1
    assert "disabled" in caredial("clients", "show", "hospital").stdout
    assert caredial("clients", "rotate", "hospital").exit_code == 1
    renewed = json.loads(caredial("clients", "rotate", "hospital", "--yes", "--json").stdout)["token"]
    assert place.store.run_now(clients.known, token=renewed) is not None


def test_a_webhook_is_changed_and_taken_away(caredial: Any, place: Any) -> None:
    new(caredial)
    result = caredial("clients", "webhook", "hospital", "https://hospital.example/hook")
    assert shown(result, "secret").startswith("whsec_")
    assert place.store.run_now(clients.named, name="hospital").webhook_url == "https://hospital.example/hook"
    asked = caredial("clients", "webhook", "hospital", "--none", input="n\n")
    assert "hospital: https://hospital.example/hook gets nothing any more." in asked.stderr
    assert caredial("clients", "webhook", "hospital", "--none", "--yes").exit_code == 0
    assert place.store.run_now(clients.named, name="hospital").webhook_url == ""
    for words in ([], ["https://hospital.example/", "--none"]):
        assert caredial("clients", "webhook", "hospital", *words).exit_code == 2


@pytest.mark.parametrize("command", [["show"], ["disable"], ["rotate"], ["webhook", "--none"]])
def test_a_client_that_is_not_there_is_told_so(caredial: Any, place: Any, command: list[str]) -> None:
    result = caredial("clients", *command, "nobody")
    assert result.exit_code == 1
    assert "there is no client nobody; `caredial clients list` shows them" in result.stderr
