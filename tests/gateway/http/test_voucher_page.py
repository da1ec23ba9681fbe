"""The page that the link in the SMS opens."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest

from clinic.errors import StoreBusy
from tcode import number, reading, token


def words(page: str) -> str:
    """What a reader sees."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page.partition("<body>")[2])))


def test_the_page_shows_code_number_and_visit_in_the_visit_s_language(web: Any, town: Any) -> None:
    visit = town.book()
    page = web.get(f"/t/{town.token(visit)}")
    assert (page.status, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    seen = words(page.text)
    for part in ("有效", "17", number.spell(visit.number), "全科", "101", "欧阳雨桐", "3月8日周一上午 08:00", "王**"):
        assert part in seen
    assert "东苑社区卫生服务中心" in seen
    assert "王小梅" not in page.text
    assert '<html lang="zh-CN">' in page.text


def test_the_other_language_is_a_link_away(web: Any, town: Any) -> None:
    path = f"/t/{town.token(town.book())}"
    chinese = web.get(path).text
    assert f'href="{path}?lang=en"' in chinese
    english = web.get(f"{path}?lang=en").text
    assert '<html lang="en">' in english
    for part in ("Valid", "Dongyuan Centre", "General practice", "Mon 8 Mar am at 08:00", "Dr Ouyang", "Queue number"):
        assert part in words(english)
    assert f'href="{path}?lang=zh"' in english


def test_an_english_visit_s_page_is_english(web: Any, town: Any) -> None:
    assert '<html lang="en">' in web.get(f"/t/{town.token(town.book(language='en'))}").text


def test_the_picture_is_the_signed_code(web: Any, kiosk: Any, town: Any) -> None:
    visit = town.book()
    page = web.get(f"/t/{town.token(visit)}").text
    source = re.search(r'<img src="([^"]+)"', page)
    assert source is not None
    picture = web.get(source[1])
    assert (picture.status, picture.headers["content-type"]) == (200, "image/png")
    assert len(picture.body) < 2_000
    (code,) = reading.read(picture.body)
    assert kiosk.check(code)["outcome"] == "genuine"


def test_each_state_is_told_and_only_a_good_code_is_shown(web: Any, kiosk: Any, town: Any) -> None:
    used, cancelled, late = town.book(), town.book("李明"), town.book(days=1)
    kiosk.check(used.number)
    town.cancel(cancelled)
    page = web.get(f"/t/{town.token(used)}?lang=en").text
    assert "Checked in on Mon 8 Mar at 07:30" in words(page)
    assert "<img" not in page
    page = web.get(f"/t/{town.token(cancelled)}?lang=en").text
    assert "its code is void" in words(page)
    assert "<img" not in page
    town.wait(days=2)
    assert "Expired" in words(web.get(f"/t/{town.token(late)}?lang=en").text)


@pytest.mark.parametrize("path", ["/t/{}", "/t/{}.png", "/t/x", "/t/..%2f..%2fetc", "/t/{}.gif", "/t/%ff", "/t/<b>"])
def test_an_unknown_address_tells_nothing(web: Any, town: Any, path: str) -> None:
    town.book()
    answer = web.get(path.format(token.mint()), Accept_Language="en-GB")
    assert answer.status in {404, 400}
    assert "Dongyuan" not in answer.text
    assert "<b>" not in answer.text


def test_who_tries_addresses_out_must_wait(web: Any, town: Any) -> None:
    good = f"/t/{town.token(town.book())}"
    answers = [web.get(f"/t/{token.mint()}") for _ in range(25)]
    assert [answer.status for answer in answers] == [404] * 20 + [429] * 5
    assert answers[-1].headers["retry-after"] == "60"
    assert web.get(good).status == 200  # others behind the same address still see theirs
    web.peer = "127.0.0.9"
    assert web.get(f"/t/{token.mint()}").status == 404


def test_the_address_behind_our_own_proxy_is_counted(web: Any) -> None:
    web.proxies = ["127.0.0.1"]
    for last in range(25):
        assert web.get(f"/t/{token.mint()}", X_Forwarded_For=f"6.6.6.6, 203.0.113.{last}").status == 404
    assert set(web.limits.used) == {f"misses:203.0.113.{last}" for last in range(25)}


def test_a_stranger_s_forwarding_header_is_not_believed(web: Any) -> None:
    answers = [web.get(f"/t/{token.mint()}", X_Forwarded_For=f"203.0.113.{last}").status for last in range(25)]
    assert answers == [404] * 20 + [429] * 5


def test_nothing_is_kept_framed_or_run(web: Any, town: Any) -> None:
    path = f"/t/{town.token(town.book())}"
    for answer in (web.get(path), web.get(f"{path}.png"), web.get("/t/none")):
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert "<script" not in web.get(path).text


def test_a_busy_database_is_told_to_people_in_a_page(web: Any, town: Any) -> None:
    path = f"/t/{town.token(town.book())}?lang=en"
    web.store.failing = StoreBusy()
    answer = web.get(path)
    assert (answer.status, answer.headers["retry-after"]) == (503, "5")
    assert "Something went wrong" in words(answer.text)


def test_the_access_log_never_has_the_token(web: Any, town: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG", "caredial.http")
    secret = town.token(town.book())
    web.get(f"/t/{secret}?lang=en")
    web.get(f"/t/{secret}.png")
    assert secret not in caplog.text
    assert "GET /t/*** 200" in caplog.text
    assert "GET /t/***.png 200" in caplog.text
