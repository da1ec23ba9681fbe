"""The queue on the page of a T-code and at the kiosk: how it goes, without any script; passed over and back."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest

from clinic import visits
from clinic.identity import Vault
from clinic.queue import calling
from clinic.residents import NewPerson
from clinic.rules import Rules
from tests.clinic.conftest import nth_identity
from tests.gateway.http.conftest import HOUSE
from tests.gateway.http.test_kiosk_page import Hall, hall

__all__ = ["hall"]


def words(page: str) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page.partition("<body>")[2])))


class Morning:
    """Others who have booked the same session."""

    def __init__(self, town: Any) -> None:
        self.town, self.vault = town, Vault(b"k" * 32)

    def books(self, n: int) -> Any:
        person = NewPerson("李明", self.vault.seal(nth_identity(n)))
        given = {"language": "zh", "occasion": f"other {n}", "installation": HOUSE, "now": self.town.now}
        phone = f"+861540002{n:04d}"
        return self.town.store.run_now(visits.book, clinic_session=1, patient=person, phone=phone, **given)

    def act(self, fn: Any, **more: Any) -> Any:
        given = {"by": "li", "rules": Rules(), "installation": HOUSE, "now": self.town.now}
        return self.town.store.run_now(fn, **given, **more)


@pytest.fixture
def morning(town: Any) -> Morning:
    return Morning(town)


def test_the_page_tells_how_the_queue_goes_and_asks_again_by_itself(
    web: Any, kiosk: Any, town: Any, morning: Morning
) -> None:
    others = [morning.books(n) for n in range(5)]
    mine = town.book()
    path = f"/t/{town.token(mine)}"
    page = web.get(path).text
    assert '<meta http-equiv="refresh" content="60">' in page
    assert "<script" not in page
    assert "当前叫到 尚未叫号 您前面 5人 已看 0人，共6人 预计轮到您" in words(page)
    for other in others[:4]:
        kiosk.check(other.number)
    town.wait(minutes=30)
    morning.act(calling.call_next, offered=1)
    town.wait(minutes=6)
    morning.act(calling.call_next, offered=1)
    assert "当前叫到 18 您前面 3人 已看 1人，共6人 预计轮到您" in words(web.get(path).text)
    english = words(web.get(f"{path}?lang=en").text)
    told = r"Called now 18 Ahead of you 3 Seen 1 of 6 Your turn about 09:\d\d to 1\d:\d\d As of 08:06"
    assert re.search(told, english)
    kiosk.check(mine.number)
    assert 'content="20"' in web.get(path).text


def test_who_is_called_passed_over_and_back_is_told_so(web: Any, kiosk: Any, town: Any, morning: Morning) -> None:
    mine = town.book()
    kiosk.check(mine.number)
    morning.act(calling.call_next, offered=1)
    path = f"/t/{town.token(mine)}?lang=en"
    assert "You are called: please go in now." in words(web.get(path).text)
    morning.act(calling.pass_over, visit=mine.id)
    assert "scan your T-code again: you are next then." in words(web.get(path).text)
    town.wait(minutes=2)
    answer = kiosk.check(town.code(mine))
    assert (answer["outcome"], answer["text"]["en"]) == ("returned", "You are in the queue again")
    assert (answer["standing"]["state"], answer["standing"]["ahead"]) == ("waits", 0)
    assert answer["visit"]["slip"]
    assert kiosk.check(town.code(mine))["outcome"] == "used"
    morning.act(calling.call_next, offered=1)
    morning.act(calling.seen, visit=mine.id)
    page = web.get(path).text
    assert "This visit is over." in words(page)
    assert "Ahead of you" not in page


def test_of_another_day_the_page_tells_nothing_of_a_queue(web: Any, town: Any) -> None:
    page = web.get(f"/t/{town.token(town.book(days=1))}").text
    assert "http-equiv" not in page
    assert "排队情况" not in page


@pytest.mark.browser
def test_the_page_and_the_kiosk_in_a_browser(hall: Hall, town: Any, morning: Morning) -> None:
    """`CAREDIAL_PICTURES=folder` keeps how they look."""
    others = [morning.books(n) for n in range(4)]
    mine = town.book()
    hall.serve()
    hall.enrol()
    for other in others[:3]:
        hall.scan(other.number)
        hall.told("genuine")
        hall.press("done")
        hall.sees("start")
    hall.scan(mine.number)
    assert "前面4人，预计" in hall.told("genuine")
    hall.screen(1024, 768)
    hall.picture("queue-kiosk")
    morning.act(calling.call_next, offered=1)
    hall.screen(390, 844)
    for language, seen in (("zh", "您前面"), ("en", "Ahead of you")):
        hall.driver.get(f"{hall.address}/t/{town.token(mine)}?lang={language}")
        assert seen in hall.driver.page_source
        hall.picture(f"queue-waits-{language}")
    hall.driver.get(f"{hall.address}/t/{town.token(others[3])}?lang=zh")
    hall.picture("queue-to-come-zh")
    hall.driver.get(f"{hall.address}/t/{town.token(others[0])}?lang=en")
    assert "You are called" in hall.driver.page_source
    hall.picture("queue-called-en")
    morning.act(calling.pass_over, visit=others[0].id)
    hall.driver.get(f"{hall.address}/t/{town.token(others[0])}?lang=zh")
    hall.picture("queue-passed-zh")
