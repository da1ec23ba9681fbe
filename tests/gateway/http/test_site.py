"""The site as a whole: start page, static files, bounds, headers."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path
from typing import Any

import pytest

from gateway.http import assets


def test_the_start_page_says_how_to_book_and_where_to_go(web: Any) -> None:
    page = web.get("/?lang=en")
    assert page.status == 200
    for part in ("*120#", "12580120", "12580", 'href="/kiosk?lang=en"', 'href="/health"', 'href="/?lang=zh"'):
        assert part in page.text
    assert '<html lang="zh-CN">' in web.get("/").text


def test_the_kiosk_page_carries_both_languages_and_runs_only_our_scripts(web: Any) -> None:
    page = web.get("/kiosk")
    policy = page.headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert page.headers["permissions-policy"].startswith("camera=(self)")
    texts = re.search(r'<script type="application/json" id="texts">(.+?)</script>', page.text)
    assert texts is not None
    both = json.loads(texts[1])
    assert both["zh"]["scan"] == "请扫描 T 码"
    assert both["en"]["scan"] == "Scan your T-code"
    assert both["zh"].keys() == both["en"].keys()
    assert not re.search(r"<script(?![^>]*(src=|application/json))", page.text)
    assert not re.search(r"\son\w+=|style=", page.text)


def test_every_text_that_the_kiosk_page_and_its_scripts_name_exists(web: Any) -> None:
    texts = re.search(r'id="texts">(.+?)</script>', web.get("/kiosk").text)
    known = json.loads(texts[1])["en"] if texts else {}
    named = set(re.findall(r'data-text="(\w+)"', web.get("/kiosk").text))
    for script in assets.STATIC.glob("*.js"):
        named |= set(re.findall(r'(?:say|enrol|told|passing|hint)\("(\w+)"', script.read_text()))
    assert named - known.keys() == set()
    assert len(named) > 15


def test_every_file_that_pages_and_scripts_ask_for_is_there(web: Any) -> None:
    asked = set()
    for path in ("/", "/kiosk", "/nothing"):
        asked |= set(re.findall(r'(?:href|src)="(/static/[^"]+)"', web.get(path).text))
    for script in assets.STATIC.glob("*.js"):
        asked |= {f"/static/{name}" for name in re.findall(r'from "\./(\w+\.js)"', script.read_text())}
    assert len(asked) >= 7
    for path in asked:
        assert web.get(path).status == 200


@pytest.mark.parametrize(
    ("name", "kind"), [("kiosk.js", "javascript"), ("kiosk.css", "text/css"), ("mark.svg", "image/svg+xml")]
)
def test_static_files_are_packed_and_asked_again_only_for_changes(web: Any, name: str, kind: str) -> None:
    plain = web.get(f"/static/{name}")
    assert kind in plain.headers["content-type"]
    packed = web.get(f"/static/{name}", Accept_Encoding="gzip, br")
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    again = web.get(f"/static/{name}", If_None_Match=plain.headers["etag"])
    assert (again.status, again.body) == (304, b"")


@pytest.mark.parametrize("path", ["/static/none.js", "/static/..%2fsite.py", "/static/", "/nothing", "/kiosk/x", "/t/"])
def test_nothing_else_is_here(web: Any, path: str) -> None:
    assert web.get(path).status == 404


def test_a_slash_too_many_is_forgiven(web: Any) -> None:
    assert web.get("/kiosk/").status == 200


def test_head_and_wrong_methods(web: Any) -> None:
    head = web("HEAD", "/kiosk")
    assert (head.status, head.body) == (200, b"")
    assert int(head.headers["content-length"]) > 1000
    assert web("DELETE", "/kiosk").status == 405


@pytest.mark.parametrize(
    "path", ["/", "/kiosk", "/health", "/metrics", "/static/page.css", "/nothing", "/api/kiosk/me"]
)
def test_every_answer_is_safe(web: Any, path: str) -> None:
    headers = web.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert headers["server"] == "CareDial"


def test_a_body_without_end_is_cut_off(web: Any) -> None:
    head = b"POST /api/kiosk/check HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunk = b"100000\r\n" + bytes(0x100000) + b"\r\n"
    sent = web.octets(head + chunk * 30)
    assert sent.disconnecting
    assert b"200" not in sent.value()


def test_a_body_that_is_somewhat_too_long_is_answered(web: Any) -> None:
    head = b"POST /api/kiosk/check HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    sent = web.octets(head + (b"100000\r\n" + bytes(0x100000) + b"\r\n") * 3 + b"0\r\n\r\n")
    assert web.read(sent).status == 413
    assert not sent.disconnecting


def test_a_promise_of_a_huge_body_takes_no_memory(web: Any, tmp_path: Path) -> None:
    sent = web.octets(b"POST /api/kiosk/check HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\nabc")
    assert sent.value() == b""
