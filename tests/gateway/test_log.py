"""The log: lines for people and for machines, and nothing in them that tells a person."""

from __future__ import annotations

import io
import json
import logging
import re
import subprocess
import sys
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.log import formatter, mask, masked

PHONES = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)
WRITTEN = st.builds(
    lambda before, phone, after: before + phone + after,
    st.sampled_from(["", "+86", "86", "0086", "+86 ", "tel:", "phone=", "0", "9", "12345678"]),
    PHONES,
    st.sampled_from(["", "x", "X", "5", "@smsc", "-1", "号"]),
)


def line(form: Literal["text", "json"], message: str, *args: object, **extra: object) -> str:
    """What is written of one log call."""
    stream = io.StringIO()
    target = logging.StreamHandler(stream)
    target.setFormatter(formatter(form))
    log = logging.Logger("caredial.test")
    log.addHandler(target)
    log.info(message, *args, exc_info=bool(extra.pop("exc_info", False)), extra=extra)
    return stream.getvalue()


def whole_numbers(text: str) -> list[str]:
    return re.findall(r"\d{11,}", text)


class TestMasked:
    @pytest.mark.parametrize(
        ("written", "expected"),
        [
            ("13800138000", "138****8000"),
            ("call 13800138000 back", "call 138****8000 back"),
            ("+8613800138000", "+86138****8000"),
            ("008613800138000", "0086138****8000"),
            ("138 0013 8000", "138****8000"),
            ("+86 138-0013-8000", "+86 138****8000"),
            ("110101199412139999", "*" * 18),
            ("11010119941213999X", "*" * 18),
            ("110101 19941213 999x", "*" * 20),
            ("T-code 481516234211", "T-code ************"),
            ("T-code 4815 1623 4211", "T-code **************"),
            ("+260971234567", "+26********67"),
            ("+85221234567", "+85*******67"),
            ("redis://:hush@h:6379/0", "redis://***@h:6379/0"),
            ("postgresql+psycopg://u:p@h/d", "postgresql+psycopg://***@h/d"),
        ],
    )
    def test_people(self, written: str, expected: str) -> None:
        assert masked(written) == expected

    @pytest.mark.parametrize(
        "harmless",
        [
            "*120#",
            "12580",
            "2027-03-08 07:00:00",
            "id 4711",
            "127.0.0.1:2775",
            "http://127.0.0.1:8080/kiosk",
            "10000000",
        ],
    )
    def test_the_rest_is_left_alone(self, harmless: str) -> None:
        assert masked(harmless) == harmless

    @given(st.text(), WRITTEN, st.text())
    def test_no_number_stays_whole_whatever_stands_around_it(self, before: str, number: str, after: str) -> None:
        assert whole_numbers(masked(before + number + after)) == []

    @given(st.text())
    def test_masking_twice_is_masking_once(self, text: str) -> None:
        assert masked(masked(text)) == masked(text)


class TestFields:
    FIELDS = st.recursive(
        st.one_of(WRITTEN, PHONES.map(int), PHONES.map(str.encode), st.none(), st.booleans(), st.floats()),
        lambda inner: st.one_of(
            st.lists(inner), st.lists(inner).map(tuple), st.dictionaries(st.one_of(st.text(), PHONES), inner)
        ),
    )

    @given(FIELDS)
    def test_no_number_comes_through_at_any_depth(self, value: Any) -> None:
        assert whole_numbers(repr(mask(None, "info", {"event": "x", "value": value}))) == []

    @given(FIELDS, WRITTEN)
    def test_nor_in_a_line_of_json(self, value: Any, number: str) -> None:
        written = line("json", "from %s", number, value=value)
        assert whole_numbers(written.replace(json.loads(written)["timestamp"], "")) == []

    def test_what_names_a_secret_goes(self) -> None:
        event = {"password": "a", "kiosk_token": "b", "headers": {"Authorization": "c", "Host": "d"}, "attempt": 1}
        assert mask(None, "info", event) == {"headers": {"Host": "d"}, "attempt": 1}

    def test_numbers_stay_numbers_where_they_may(self) -> None:
        event = {"seconds": 0.5, "parts": 3, "bound": True, "error": None, "phone": 13800138000}
        assert mask(None, "info", event) == {**event, "phone": "138****8000"}

    def test_a_phone_as_a_key(self) -> None:
        assert mask(None, "info", {"waiting": {13800138000: 1}}) == {"waiting": {"138****8000": 1}}


class TestLines:
    def test_for_people(self) -> None:
        written = line("text", "from %s", "13800138000", link="main", phone="+8613800138000")
        assert re.fullmatch(
            r"[-\d]{10} [:\d]{8} INFO    caredial\.test: from 138\*{4}8000 link=main phone=\+86138\*{4}8000\n", written
        )

    def test_for_machines(self) -> None:
        written = json.loads(line("json", "有 %d 条", 3, link="main"))
        assert written.pop("timestamp").endswith("Z")
        assert written == {"event": "有 3 条", "level": "info", "logger": "caredial.test", "link": "main"}

    def test_what_came_from_outside_cannot_write_a_line_of_its_own(self) -> None:
        written = line("text", "said %s", "hello\r\n2027-01-01 00:00:00 ERROR caredial: broken\x1b[2J")
        assert written.count("\n") == 1
        assert "\x1b" not in written

    @pytest.mark.parametrize("form", ["text", "json"])
    def test_a_traceback_is_masked_too(self, form: Literal["text", "json"]) -> None:
        try:
            raise ValueError("no place for 13800138000")
        except ValueError:
            written = line(form, "broken", exc_info=True)
        assert "no place for 138****8000" in written
        assert "test_a_traceback_is_masked_too" in written
        assert whole_numbers(written) == []


def test_twisteds_log_ours_and_warnings_come_out_in_one_stream() -> None:
    """In a process of its own: Twisted's log begins once."""
    program = """
import logging, warnings
from twisted.logger import Logger
from gateway.config import LogSettings
from gateway.log import configure
configure(LogSettings(level="info", format="json"))
logging.getLogger("caredial.sender").info("sent to %s", "13800138000")
logging.getLogger("caredial.sender").debug("unheard")
logging.getLogger("simulators.smsc").info("bound")
logging.getLogger("apscheduler").info("unheard")
Logger("twisted").info("unheard")
try:
    raise RuntimeError("lost 13900139000")
except RuntimeError:
    Logger("twisted").failure("Unhandled error of {phone}", phone="13900139000")
warnings.warn("old")
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    lines = [json.loads(line) for line in ended.stderr.splitlines()]
    assert [(line["logger"], line["level"]) for line in lines] == [
        ("caredial.sender", "info"),
        ("simulators.smsc", "info"),
        ("twisted", "critical"),
        ("twisted", "warning"),
    ]
    assert lines[0]["event"] == "sent to 138****8000"
    assert lines[2]["event"] == "Unhandled error of 139****9000"
    assert "RuntimeError: lost 139****9000" in lines[2]["exception"]
    assert ended.stdout == ""
