"""Commands and results of AGI."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.ami import agi
from ivr.ami.agi import Result, arguments, command, environment, result
from ivr.ami.errors import Unsafe


@pytest.mark.parametrize(
    ("words", "written"),
    [
        (("STREAM FILE", "/clips/a", "0123456789*#"), 'STREAM FILE /clips/a "0123456789*#"'),
        (("STREAM FILE", "/my clips/a", ""), 'STREAM FILE "/my clips/a" ""'),
        (("SET VARIABLE", "NAME", 'the "Zhang" \\ 王'), 'SET VARIABLE NAME "the \\"Zhang\\" \\\\ 王"'),
        (("EXEC", "Dial", "PJSIP/8000,20"), "EXEC Dial PJSIP/8000,20"),
        (("HANGUP",), "HANGUP"),
    ],
)
def test_a_command(words: tuple[str, ...], written: str) -> None:
    assert command(*words) == written
    assert arguments(written) == [*words[0].split(), *words[1:]]


@pytest.mark.parametrize("breaks", ["\r", "\n", "\0", "\x85", "\u2028", "\u2029"])
def test_nothing_adds_a_line_to_a_command(breaks: str) -> None:
    for words in ((f"HANGUP{breaks}", "x"), ("EXEC", f"a{breaks}b"), ("EXEC", "a", breaks)):
        with pytest.raises(Unsafe):
            command(*words)


@pytest.mark.parametrize("verb", ["", "STREAM  FILE", " EXEC", 'EXEC "a"', "EXEC\\"])
def test_what_is_no_command(verb: str) -> None:
    with pytest.raises(Unsafe):
        command(verb)


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\0\x85\u2028\u2029"))))
def test_what_is_written_is_split_again(words: list[str]) -> None:
    assert arguments(command("EXEC", *words)) == ["EXEC", *words]


@given(st.text())
def test_any_text_can_be_split(text: str) -> None:
    arguments(text)


@pytest.mark.parametrize(
    ("encoded", "expected"),
    [
        ("200%20result%3D0%0A", Result(200, "0", text="result=0")),
        ("200 result=-1", Result(200, "-1", text="result=-1")),
        ("200%20result%3D0%20endpos%3D48018%0A", Result(200, "0", endpos=48018, text="result=0 endpos=48018")),
        ("200 result=12", Result(200, "12", text="result=12")),
        ("200 result= (timeout)", Result(200, "", "timeout", text="result= (timeout)")),
        ("200 result=0 (timeout) endpos=4000", Result(200, "0", "timeout", 4000, "result=0 (timeout) endpos=4000")),
        ("200 result=1 (%E4%B8%AD%E6%96%87)", Result(200, "1", "中文", text="result=1 (中文)")),
        ("200 result=1 (+26096)", Result(200, "1", "+26096", text="result=1 (+26096)")),
        ("200 result=1 (a) endpos=5 (b))", Result(200, "1", "a) endpos=5 (b)", text="result=1 (a) endpos=5 (b))")),
        ("200 result=1 (a%0Ab)", Result(200, "1", "a\nb", text="result=1 (a\nb)")),
        ("510 Invalid or unknown command", Result(510, text="Invalid or unknown command")),
        ("511 Command Not Permitted on a dead channel", Result(511, text="Command Not Permitted on a dead channel")),
        ("520-Invalid%0AUsage: x%0A520 End", Result(520, text="Invalid\nUsage: x\n520 End")),
        ("200 nothing", Result(200, text="nothing")),
        ("", Result(0)),
        ("result=1", Result(0, text="result=1")),
        ("2000 result=1", Result(0, text="2000 result=1")),
        ("200 result=1 (%FF)", Result(200, "1", "�", text="result=1 (�)")),
    ],
)
def test_a_result(encoded: str, expected: Result) -> None:
    assert result(encoded) == expected


@given(st.text())
def test_anything_is_a_result_and_an_environment(text: str) -> None:
    result(text)
    environment(text)
    assert agi.decoded(agi.encoded(text.encode(errors="replace").decode())) == text.encode(errors="replace").decode()


def test_the_environment() -> None:
    encoded = "agi_request%3A%20async%0Aagi_channel%3A%20PJSIP%2Fa-1%0Aagi_callerid%3A%20+2609%0Aagi_arg_1%3A%20%0A%0A"
    assert environment(encoded) == {"request": "async", "channel": "PJSIP/a-1", "callerid": "+2609", "arg_1": ""}
