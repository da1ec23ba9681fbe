"""The platform's own pages for people, and the API over HTTP, in memory."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner
from treq.client import HTTPClient
from treq.testing import RequestTraversalAgent, _SynchronousProducer
from twisted.internet.task import Clock

from simulators.cli import simulate
from simulators.mobilemoney.http import PlatformPages
from simulators.mobilemoney.platform import Platform
from simulators.mobilemoney.wallets import Shop

PHONE = "+8615400000001"
AS_JSON = {"Content-Type": "application/json"}


class Browser:
    def __init__(self) -> None:
        self.platform = Platform(Clock(), Shop(), calls=lambda *_: None)
        self.agent = RequestTraversalAgent(PlatformPages(self.platform).app.resource())
        self.http = HTTPClient(self.agent, data_to_body_producer=_SynchronousProducer)

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        done: list[Any] = []
        data = None if body is None else json.dumps(body).encode()
        shown: Any = {**AS_JSON, **headers}
        self.http.request(method, f"https://money.example{path}", data=data, headers=shown).addBoth(done.append)
        self.agent.flush()
        text: list[bytes] = []
        done[0].content().addCallback(text.append)
        self.agent.flush()
        return int(done[0].code), json.loads(text[0] or b"null")


@pytest.fixture
def browser() -> Browser:
    return Browser()


def test_an_account_is_looked_at_and_changed(browser: Browser) -> None:
    account = f"/simulator/accounts/{PHONE}"
    assert browser.ask("GET", account) == (200, {"number": PHONE, "balance": "500.00", "manner": ""})
    changed = browser.ask("POST", account, {"balance": "3.00", "manner": "declines"})[1]
    assert changed == {"number": PHONE, "balance": "3.00", "manner": "declines"}
    assert browser.ask("POST", account, {"balance": 3})[0] == 400
    assert browser.ask("POST", account, {"manner": "sings"})[0] == 400
    assert browser.ask("GET", account)[1] == changed


def test_conditions_are_changed_while_it_runs(browser: Browser) -> None:
    shown = browser.ask("POST", "/simulator/conditions", {"answer_lost": 1})[1]
    assert (shown["conditions"]["answer_lost"], browser.platform.conditions.answer_lost) == (1, 1)
    assert browser.ask("POST", "/simulator/conditions", {"answer_lots": 1})[0] == 400
    assert browser.ask("POST", "/simulator/conditions", [1])[0] == 400


def test_a_resident_is_asked_and_says_yes(browser: Browser) -> None:
    login = "Basic Y2FyZWRpYWw6Y2FyZWRpYWw="
    token = browser.ask("POST", "/oauth/accesstoken", Authorization=login)[1]["access_token"]
    body = {"amount": "10", "currency": "CNY", "debitParty": [{"key": "msisdn", "value": PHONE}]}
    given = {"Authorization": f"Bearer {token}", "X-CorrelationID": "5f0c9ad4-7b1b-4b58-9d5b-1a2b3c4d5e6f"}
    status, state = browser.ask("POST", "/transactions/type/merchantpay", body, **given)
    assert (status, state["status"]) == (202, "pending")
    [prompt] = browser.ask("GET", "/simulator")[1]["prompts"]
    assert (prompt["phone"], prompt["amount"]) == (PHONE, "10")
    assert browser.ask("POST", f"/simulator/prompts/{prompt['correlation']}", {"yes": "of course"})[0] == 400
    assert browser.ask("POST", f"/simulator/prompts/{prompt['correlation']}", {"yes": True})[1]["prompts"] == []
    assert browser.ask("GET", f"/simulator/accounts/{PHONE}")[1]["balance"] == "490.00"
    assert browser.ask("POST", "/simulator/prompts/nobody", {"yes": True})[0] == 400
    browser.ask("POST", "/simulator/revoke", {})
    assert browser.ask("GET", "/heartbeat", Authorization=f"Bearer {token}")[0] == 401


def test_the_commands_help_names_every_condition() -> None:
    told = CliRunner().invoke(simulate, ["mobile-money", "--help"], terminal_width=200).output
    from simulators.mobilemoney.conditions import Conditions  # noqa: PLC0415

    assert all(f"--{name.replace('_', '-')}" in told for name in Conditions.model_fields)
    refused = CliRunner().invoke(simulate, ["mobile-money", "--opening", "much"])
    assert refused.exit_code == 2
