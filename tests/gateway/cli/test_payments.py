"""`caredial payments`."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from clinic import visits
from clinic.identity import Vault
from clinic.money import asking
from clinic.residents import NewPerson
from clinic.visits import paid
from gateway.cli import main
from gateway.store import opened
from tests.clinic.conftest import HOUSE, IDENTITY, NOW, PHONE, seed

SETTINGS = """
[database]
url = "{url}"
[payments.providers.wallet]
url = "http://127.0.0.1:1"
[payments.providers.idle]
"""


@pytest.fixture
def caredial(tmp_path: Path, sqlite_schema: str) -> Callable[..., Result]:
    """The command on a database with one payment on its way (1) and one completed and given back (2, refund 3)."""
    config = tmp_path / "caredial.toml"
    config.write_text(SETTINGS.format(url=sqlite_schema))
    later = NOW + dt.timedelta(seconds=5)
    with opened(sqlite_schema) as store:
        store.run_now(seed)
        person = NewPerson("王芳", Vault(b"k" * 32).seal(IDENTITY))
        for number, offered in enumerate((1, 4)):
            who: Any = {"patient": person, "phone": PHONE, "language": "zh", "occasion": f"test:{number}"}
            how: Any = {"pays": "mobile", "provider": "wallet", "installation": HOUSE, "now": NOW}
            last = store.run_now(visits.book, clinic_session=offered, **who, **how)
        due = store.run_now(asking.claim, now=NOW, most=10, lease=dt.timedelta(minutes=1))
        done: Any = {"reference": "R-2", "amount": due[1].amount, "currency": "CNY"}
        store.run_now(paid.completed, payment=2, installation=HOUSE, now=later, **done)
        store.run_now(visits.cancel, visit=last.id, phone=PHONE, language="zh", installation=HOUSE, now=later)

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(main, ["payments", *arguments, "--config", str(config)])

    return run


def documents(result: Result) -> list[dict[str, Any]]:
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_list_the_newest_first_with_masked_phones(caredial: Callable[..., Result]) -> None:
    rows = documents(caredial("list", "--json"))
    assert [(row["id"], row["kind"], row["state"]) for row in rows] == [
        (3, "refund", "created"),
        (2, "charge", "completed"),
        (1, "charge", "asked"),
    ]
    assert {row["amount"] for row in rows} == {"12.50"}
    assert PHONE not in caredial("list").output
    assert "+86154****0001" in caredial("list").output


@pytest.mark.parametrize(
    ("options", "ids"),
    [
        (["--state", "open"], [3, 1]),
        (["--state", "completed"], [2]),
        (["--provider", "nobody"], []),
        (["--phone", "154 0000 0001"], [3, 2, 1]),
        (["--day", "2027-03-08"], [3, 2, 1]),
        (["--day", "2027-03-09"], []),
        (["--most", "1"], [3]),
    ],
)
def test_list_what_is_asked_for(caredial: Callable[..., Result], options: list[str], ids: list[int]) -> None:
    assert [row["id"] for row in documents(caredial("list", *options, "--json"))] == ids


def test_show_has_the_whole_history(caredial: Callable[..., Result]) -> None:
    [told] = documents(caredial("show", "2", "--json"))
    steps = [step["what"] for step in told["steps"]]
    assert steps[:2] == ["made", "asked"]
    assert {"completed", "booked charge", "refund 3", "told by SMS"} <= set(steps)
    shown = caredial("show", "2").output
    assert "charge of 12.50 CNY, completed" in shown
    assert "R-2" in shown
    assert "gives back payment 2" in " ".join(caredial("show", "3").output.split())


def test_one_on_its_way_is_looked_at_at_once_and_nothing_else(caredial: Callable[..., Result]) -> None:
    assert "payment 1 is asked" in caredial("retry", "1", "--by", "li").output
    [told] = documents(caredial("show", "1", "--json"))
    assert ("payment.look", "by staff:li") in [(step["what"], step["more"]) for step in told["steps"]]
    refused = caredial("retry", "2")
    assert (refused.exit_code, "nothing to look at" in refused.output) == (1, True)
    assert caredial("show", "99").exit_code == 1


@pytest.mark.parametrize(
    ("provider", "said"),
    [("walet", "did you mean wallet?"), ("idle", "[payments.providers.idle] has no url")],
)
def test_check_tells_which_providers_there_are(caredial: Callable[..., Result], provider: str, said: str) -> None:
    result = caredial("check", provider)
    assert (result.exit_code, said in result.output) == (2, True)


def test_help_teaches(caredial: Callable[..., Result]) -> None:
    for command in ("list", "show", "retry", "check", "statement"):
        told = CliRunner().invoke(main, ["payments", command, "--help"]).output
        assert "caredial payments" in told
