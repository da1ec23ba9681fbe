"""`caredial consent`: what is written down at the counter."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from click.testing import Result
from sqlalchemy import select

from clinic.tables import Consent

PHONE = "15488000001"


def said(place: Any) -> list[Any]:
    columns = Consent.phone, Consent.consent_class, Consent.given, Consent.source, Consent.proof
    query = select(*columns).order_by(Consent.id)
    return [tuple(row) for row in place.store.run_now(lambda session: session.execute(query).all())]


def test_a_refusal_and_what_it_means(caredial: Callable[..., Result], place: Any) -> None:
    assert caredial("consent", "show", PHONE).stdout.splitlines() == [
        "+86154****0001",
        "  education: said nothing; it is sent such messages",
        "  commercial: said nothing; it is not sent such messages",
        "  public: cannot be refused",
    ]
    assert caredial("consent", "refuse", PHONE).stdout == "+86154****0001 is sent no more education or commercial\n"
    assert caredial("consent", "show", PHONE).stdout.splitlines()[1:3] == [
        "  education: refused; it is not sent such messages",
        "  commercial: refused; it is not sent such messages",
    ]
    given = ["--class", "commercial", "--proof", "form 31"]
    assert caredial("consent", "agree", PHONE, *given).stdout == "+86154****0001 agrees to commercial\n"
    assert said(place) == [
        ("+86" + PHONE, "commercial", True, "staff", "form 31"),
        ("+86" + PHONE, "education", False, "staff", ""),
    ]


def test_what_waits_for_who_refuses_is_cancelled(caredial: Callable[..., Result], place: Any) -> None:
    (place.folder / "phones.csv").write_text(f"phone\n{PHONE}\n15488000002\n")
    for words in (
        ("audience", "import-list", "two", "phones.csv"),
        ("broadcast", "new", "--title", "Salt", "--to", "list:two", "--text", "少吃盐"),
        ("broadcast", "send", "1", "--yes"),
    ):
        assert caredial(*words).exit_code == 0
    told = caredial("consent", "refuse", PHONE).stdout
    assert told == "+86154****0001 is sent no more education or commercial; 1 that waited is cancelled\n"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["show", "nobody"], "not a phone number"),
        (["refuse", PHONE, "--class", "public"], "'public' is not one of"),
        (["agree", PHONE, "--proof", "x" * 201], "at most 200 characters"),
    ],
)
def test_mistakes(caredial: Callable[..., Result], place: Any, words: list[str], told: str) -> None:
    result = caredial("consent", *words)
    assert result.exit_code == 2
    assert told in result.stderr
