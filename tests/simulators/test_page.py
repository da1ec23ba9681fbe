"""The page: every text in both languages, nothing from elsewhere, nothing that could run by mistake."""

from __future__ import annotations

import json
import re

import pytest

from simulators.forms import groups
from simulators.networks import NETWORKS
from simulators.page import STATIC, assets, page
from simulators.smsc import Service
from simulators.ussd import Ending

HTML = (STATIC / "handset.html").read_text(encoding="utf-8")
SCRIPTS = "".join(path.read_text(encoding="utf-8") for path in STATIC.glob("*.js"))


def settings(html: bytes) -> dict[str, object]:
    found = re.search(r'<script type="application/json" id="settings">(.*?)</script>', html.decode(), re.DOTALL)
    assert found
    return json.loads(found[1])


@pytest.fixture
def texts() -> dict[str, dict[str, str]]:
    return settings(page(Service(), own_number="15400000001", kiosk_url=""))["texts"]


def test_both_languages_have_the_same_texts(texts: dict[str, dict[str, str]]) -> None:
    assert texts["zh"].keys() == texts["en"].keys()


def test_every_text_that_the_page_asks_for_is_there(texts: dict[str, dict[str, str]]) -> None:
    asked = set(re.findall(r'data-(?:text|label)="([^"]+)"', HTML)) | set(re.findall(r'say\("([^"]+)"\)', SCRIPTS))
    soft_keys = set(re.findall(r'\["([a-z-]+)", \(', SCRIPTS))
    assert (asked | soft_keys) - texts["zh"].keys() == set()
    assert len(asked) > 40


def test_no_text_is_left_over(texts: dict[str, dict[str, str]]) -> None:
    composed = ("network-", "end-")  # put together from what the simulator says
    entries = [f"trouble-{entry.name}" for group in groups() for entry in group.entries]
    made = {*entries, *(f"trouble-{group.prefix}" for group in groups()), *(f"preset-{name}" for name in NETWORKS)}
    assert made <= texts["zh"].keys()
    said = {key for key in texts["zh"] if f'"{key}"' in HTML + SCRIPTS}
    unused = [key for key in texts["zh"].keys() - said - made if not key.startswith(composed)]
    assert unused == []


def test_every_ending_has_words(texts: dict[str, dict[str, str]]) -> None:
    endings = {f"end-{ending}" for ending in Ending if ending is not Ending.CLOSED}
    assert endings <= texts["zh"].keys()


def test_code_and_number_stand_in_the_texts() -> None:
    service = Service(ussd_code="*888#", number="106900")
    words = settings(page(service, own_number="15400000001", kiosk_url=""))
    assert "*888#" in words["texts"]["zh"]["dial-hint"]
    assert "106900" in words["texts"]["en"]["also-sms"]
    assert (words["ussd_code"], words["service_number"], words["number"]) == ("*888#", "106900", "15400000001")


def test_an_address_cannot_end_the_block_of_settings() -> None:
    html = page(Service(), own_number="15400000001", kiosk_url="http://x/</script><script>alert(1)</script>")
    assert b"alert(1)</script>" not in html
    assert settings(html)["kiosk_url"] == "http://x/</script><script>alert(1)</script>"


def test_nothing_comes_from_elsewhere_and_no_script_is_inline() -> None:
    css = (STATIC / "handset.css").read_text(encoding="utf-8")
    assert re.findall(r'(?:src|href)="(?!/static/)[^"]*"', HTML) == []
    assert "style=" not in HTML
    assert re.findall(r"\son[a-z]+=", HTML) == []
    assert "@import" not in css
    assert "url(" not in css
    assert "innerHTML" not in SCRIPTS


def test_scripts_have_the_type_that_browsers_ask_for() -> None:
    assert {asset.kind for name, asset in assets().items() if name.endswith(".js")} == {
        "text/javascript; charset=utf-8"
    }
