"""What is published of a draw: a page and a document that anybody can recompute, and that names nobody."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import update

from clinic.residents import NewPerson
from clinic.rules import Rules
from clinic.sessions import lottery
from clinic.sessions.lottery.shown import faults
from clinic.tables import ClinicSession, Draw, DrawEntry, Resident
from tests.clinic.conftest import nth_identity
from tests.gateway.http.conftest import HOUSE, MONDAY
from tests.gateway.http.test_voucher_page import words

DRAW_AT = MONDAY + dt.timedelta(hours=4, minutes=30)


@pytest.fixture
def drawing(town: Any) -> Any:
    """Session 2, tomorrow, is drawn today at noon: two places, three tickets."""

    def make(session: Any) -> None:
        row = session.get(ClinicSession, 2)
        row.state, row.draw_at, row.capacity, row.kind = "draw", DRAW_AT, 2, "expert"
        lottery.commit(session, row, town.vault, MONDAY)

    town.store.run_now(make)
    for n in range(3):
        town.store.run_now(
            lottery.enter,
            offered=2,
            patient=NewPerson("王小梅", town.vault.seal(nth_identity(n))),
            phone=f"+861540001{n:04d}",
            language="zh",
            occasion=f"enter:{n}",
            installation=HOUSE,
            now=town.now,
        )
    return town


def draw(town: Any) -> None:
    town.now = DRAW_AT
    given = {"rules": Rules(), "installation": HOUSE, "vault": town.vault, "now": DRAW_AT}
    while town.store.run_now(lottery.scan, **given).more:
        pass


def test_before_the_draw_the_commitment_is_shown_and_no_seed(web: Any, drawing: Any) -> None:
    page = web.get("/draw/2")
    seen = words(page.text)
    commitment = drawing.store.run_now(lambda s: s.get(Draw, 1).commitment)
    assert (page.status, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    for part in (
        "摇号公示 2",
        "3月8日周一 12:00 摇号，目前 3 个签号",
        commitment,
        "欧阳雨桐",
        "3月9日周二上午 08:00",
        "待定",
    ):
        assert part in seen
    assert '<th scope="row">种子</th>' not in page.text
    assert web.get("/draw/2.json").json["seed"] is None


def test_afterwards_everything_is_there_and_it_is_right(web: Any, drawing: Any) -> None:
    draw(drawing)
    document = web.get("/draw/2.json").json
    assert faults(document) == []
    assert [each["outcome"] for each in document["tickets"]] == ["won", "won", "lost"]
    seen = words(web.get("/draw/2").text)
    assert document["seed"] in seen
    assert "已摇号，3 个签号，2 个中签。" in seen
    english = web.get("/draw/2?lang=en")
    assert '<html lang="en">' in english.text
    assert "It is drawn: 3 tickets, 2 of them won." in words(english.text)


def test_nobody_is_named(web: Any, drawing: Any) -> None:
    draw(drawing)
    for path in ("/draw/2", "/draw/2.json"):
        written = web.get(path).text
        assert not any(word in written for word in ("王", "154", nth_identity(0)[:14]))


def test_a_page_of_strangers_may_recompute_it(web: Any, drawing: Any) -> None:
    headers = web.get("/draw/2.json").headers
    assert headers["access-control-allow-origin"] == "*"
    assert headers["cross-origin-resource-policy"] == "cross-origin"
    assert "default-src 'none'" in web.get("/draw/2").headers["content-security-policy"]


@pytest.mark.parametrize(
    "path", ["/draw/1", "/draw/99", "/draw/x", "/draw/", "/draw/99999999999999", "/draw/%EF%BC%92"]
)
def test_where_there_is_no_draw(web: Any, drawing: Any, path: str) -> None:
    assert web.get(path).status == 404


@pytest.mark.parametrize("path", ["/draw/1.json", "/draw/99.json", "/draw/x.json"])
def test_a_program_is_told_so_too(web: Any, drawing: Any, path: str) -> None:
    answer = web.get(path)
    assert (answer.status, answer.json["error"]) == (404, "no_draw")


def test_a_page_of_thousands_shows_the_first_and_the_document_all(web: Any, drawing: Any) -> None:
    def many(session: Any) -> None:
        session.execute(update(ClinicSession).where(ClinicSession.id == 2).values(capacity=600))

    drawing.store.run_now(many)

    def tickets(session: Any) -> None:
        first = session.get(DrawEntry, 1)
        for n in range(4, 700):
            session.add(
                DrawEntry(
                    draw_id=1, ticket=n, occasion=f"many:{n}", resident_id=_resident(session, n), phone=first.phone,
                    language="zh", name="王", entered_at=MONDAY, channel="", waits=False, state="entered",
                )
            )  # fmt: skip

    drawing.store.run_now(tickets)
    seen = words(web.get("/draw/2").text)
    assert "此处只列前 500 个，共 699 个。" in seen
    assert len(web.get("/draw/2.json").json["tickets"]) == 699


def _resident(session: Any, n: int) -> int:
    row = Resident(
        name="王", identity_sealed=b"", identity_digest=f"many {n}", birth=dt.date(1960, 1, 1), sex="male",
        created_at=MONDAY,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return int(row.id)
