"""Texts: one key, two languages, typed words; every key that the sources use is there, and nothing is there unused."""

from __future__ import annotations

import ast
import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from conf import texts
from conf.texts import LANGUAGES, Language, Money, Name, NoSuchText, WrongWords, say
from mobilemoney.orders import Kind
from smpp.text import measure

ROOT = Path(texts.__file__).parents[2]
ROOMS = ("clinic", "dialogs", "gateway", "scheduler", "simulators", "tcode", "ussd_menus")
OWN = ("half", "doctor", "ahead", "talk", "root", "visit", "resident", "language", "ussd", "system", "command")
OWN += ("vaccine", "knowledge", "know", "home", "alarm", "tips", "tip", "passcode", "identity", "people")
OWN += (
    "waiting",
    "waiting-ahead",
    "lottery",
    "limit",
    "block",
    "payment",
    "account",
    "substitute",
    "halted",
    "shifted",
)
OWN += ("now-called", "standing", "checkin", "queue-page", "drawpage", "receipt", "provider", "stopped", "moved")

WORDS: dict[str, texts.Word] = {
    "practitioner": Name("欧阳雨桐", "Dr Yutong Ouyang"),
    "centre": Name("东苑社区卫生服务中心", "Dongyuan Community Health Centre"),
    "department": Name("全科", "General practice"),
    "day": dt.date(2026, 11, 24),
    "starts": dt.time(8, 30),
    "half": "am",
    "fee": Money(1250),
    "left": 12,
    "queue": 3,
    "ahead": 2,
    "name": "Wang Fang",
    "number": "1234 5678 9012",
    "link": "https://care.example/t/abc",
    "code": "*120#",
    "hotline": "12580",
    "what": "book",
    "vaccine": "HepB",
    "dose": 2,
    "year": 2026,
    "count": 5,
    "caller": "+8615400000001",
    "at": dt.time(7, 30),
    "sex": "female",
    "text": "OK",
    "vaccines": "DTaP vaccine dose 1",
    "against": "Live vaccines",
    "reason": "fever",
    "last": dt.date(2027, 9, 8),
    "since": dt.date(2026, 11, 20),
    "until": dt.date(2026, 11, 24),
    "note": "skin",
    "book": "reply",
    "purpose": "recover",
    "seconds": 40,
    "hours": 3,
    "people": 2,
    "visits": 1,
    "age": 68,
    "called": 12,
    "seen": 11,
    "all": 30,
    "earliest": dt.time(9, 40),
    "latest": dt.time(10, 25),
    "room": "203",
    "instead": Name("司徒雨桐", "Dr Yusi Situ"),
    "was": dt.date(2026, 11, 23),
    "wasat": dt.time(8),
    "ticket": 41,
    "tickets": 120,
    "places": 20,
    "won": 20,
    "drawday": dt.date(2026, 11, 20),
    "drawat": dt.time(12),
    "most": 3,
    "amount": Money(1250),
    "balance": Money(10050),
    "entry": "topup",
    "answer": "the papers are right",
    "clerk": "amy",
}


def test_both_languages_have_the_same_keys_and_need_the_same_words() -> None:
    assert texts.keys("zh") == texts.keys("en")


def test_a_text_is_the_attribute_of_a_message() -> None:
    assert say("zh", "root.book") == "预约看病"
    assert say("en", "root.book") == "Book a visit"


@pytest.mark.parametrize(
    ("word", "zh", "en"),
    [
        (dt.date(2026, 11, 24), "11月24日周二", "Tue 24 Nov"),
        (dt.date(2027, 1, 3), "1月3日周日", "Sun 3 Jan"),
        (dt.time(8, 5), "08:05", "08:05"),
        (Money(1250), "12.50元", "¥12.50"),
        (Money(1205), "12.05元", "¥12.05"),
        (Money(1200), "12元", "¥12"),
        (Money(0), "0元", "¥0"),
        (Money(-50), "-0.50元", "¥-0.50"),
        (Money(1250, "ZMW"), "12.50 ZMW", "12.50 ZMW"),
        (Money(1200, "JPY"), "1200 JPY", "1200 JPY"),
        (Money(-5, "BHD"), "-0.005 BHD", "-0.005 BHD"),
        (Name("全科", "General practice"), "全科", "General practice"),
        (Name("全科", ""), "全科", "全科"),
        (12345, "12345", "12345"),
        ("{ $x } Ömer", "{ $x } Ömer", "{ $x } Ömer"),
    ],
)
def test_a_word_is_written_as_people_of_the_language_write_it(word: texts.Word, zh: str, en: str) -> None:
    assert say("zh", "resident.other", name=word) == zh
    assert say("en", "resident.other", name=word) == en


def test_a_word_may_choose_the_text() -> None:
    assert say("zh", "half", half="am") + say("zh", "half", half="pm") == "上午下午"
    assert say("en", "ahead", ahead=0) == "nobody ahead"
    assert say("en", "doctor", practitioner="none") == ""


def test_a_missing_key_is_an_error() -> None:
    for key in ("visit.no_such", "no_such.booked", "visit", ""):
        with pytest.raises(NoSuchText):
            say("zh", key)
    with pytest.raises(NoSuchText):
        say("fr", "root.book")  # type: ignore[arg-type]


def test_a_missing_word_is_an_error_never_half_a_text() -> None:
    with pytest.raises(WrongWords, match=r"visit\.department_item"):
        say("en", "visit.department_item", left=3)


@pytest.mark.parametrize("word", [True, 1.5, None, dt.datetime(2026, 1, 1, tzinfo=dt.UTC)])
def test_what_no_text_can_hold_is_an_error(word: object) -> None:
    with pytest.raises(WrongWords):
        say("en", "resident.other", name=word)  # type: ignore[arg-type]


def test_more_words_than_a_text_needs_are_no_fault() -> None:
    assert say("en", "root.book", left=3) == "Book a visit"


IN_BOTH = {"drawpage.other_language", "block.appeal_words_sms"}
"""What stands in both languages at once: the way to the other one, words that people may answer with."""


def own_keys(language: Language) -> dict[str, frozenset[str]]:
    return {key: words for key, words in texts.keys(language).items() if key.split(".")[0] in OWN}


@pytest.mark.parametrize("key", sorted(own_keys("en").keys() - IN_BOTH))
def test_english_needs_only_gsm_characters(key: str) -> None:
    assert measure(say("en", key, **WORDS))[0] == "gsm7"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_own_text_can_be_said(language: Language) -> None:
    for key in own_keys(language):
        assert "{" not in say(language, key, **WORDS)


def test_an_sms_of_a_booking_fits_two_segments_with_the_longest_address() -> None:
    words = {**WORDS, "link": "https://care.example.org/t/" + "x" * 32}
    assert measure(say("en", "visit.code_sms", **words))[1] <= 306
    assert measure(say("zh", "visit.code_sms", **words))[1] <= 134


@pytest.mark.parametrize(
    ("name", "written", "told"),
    [
        ("room.zh.ftl", "half = again", r"room\.zh\.ftl: half stands in another file too"),
        ("room.zh.ftl", "room = { $left", r"room\.zh\.ftl: Expected token"),
    ],
)
def test_a_mistake_in_a_catalogue_is_told_with_its_file(
    name: str, written: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "zh.ftl").write_text("half = x\n", encoding="utf-8")
    (tmp_path / name).write_text(written + "\n", encoding="utf-8")
    monkeypatch.setattr(texts, "FOLDER", tmp_path)
    with pytest.raises(ValueError, match=told):
        texts._entries.__wrapped__("zh")


# Keys in the sources.


def sources() -> Iterator[tuple[Path, ast.Module]]:
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            yield path, ast.parse(path.read_text(encoding="utf-8"))


def used_keys(tree: ast.Module) -> Iterator[str]:
    """Keys where only a key can stand: say, ask, choose, Choice, Line, Again, `tell=`, and `tell` of an error."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            function = node.func
            name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
            if name.lstrip("_") in ("say", "ask", "choose", "Line", "Again", "Choice", "tell", "own", "once"):
                yield from (key for argument in node.args for key in literals(argument))
            yield from (
                key for keyword in node.keywords if keyword.arg in ("tell", "key") for key in literals(keyword.value)
            )
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(isinstance(target, ast.Name) and target.id == "tell" for target in targets) and node.value:
                yield from literals(node.value)


def literals(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.IfExp):
        yield from literals(node.body)
        yield from literals(node.orelse)
    elif isinstance(node, ast.Constant) and re.fullmatch(r"[a-z]+\.[a-z_]+", str(node.value)):
        yield str(node.value)


def test_every_key_in_the_sources_exists() -> None:
    known = texts.keys("zh")
    missing = {(path.name, key) for path, tree in sources() for key in used_keys(tree) if key not in known}
    assert not missing


def test_the_scan_of_the_sources_finds_keys() -> None:
    found = {
        key for path, tree in sources() if path.parts[-2] in ("dialogs", "clinic", "visits") for key in used_keys(tree)
    }
    assert {"visit.confirm", "visit.full", "resident.self", "resident.bad_name", "visit.code_sms"} <= found


def test_no_text_is_left_that_nobody_says() -> None:
    said = {
        node.value
        for _, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    for page in sorted((ROOT / "gateway" / "http" / "templates").glob("*.html")):
        said.update(re.findall(r"[a-z_]+", page.read_text(encoding="utf-8")))
    # Their last part is a word of the source, or of a page.
    built = ("ussd.", "command.", "tips.", "tip.", "knowledge.", "know.", "drawpage.", "queue-page.")
    said.update(f"provider.{kind}_sms" for kind in get_args(Kind))  # gateway/payments/office.py
    unused = {
        key
        for key in own_keys("zh")
        if key not in said and not (key.startswith(built) and key.split(".")[1] in said) and "." in key
    }
    assert not unused, sorted(unused)
