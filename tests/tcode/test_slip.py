from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from tcode import fonts, reading, slip
from tcode.slip import PAPER_58MM, PAPER_80MM, Slip, wrap

FONT = fonts.find()


@pytest.fixture
def morning(signed: str) -> Slip:
    return Slip("东苑社区卫生服务中心", ("全科 · 101室", "3月8日周一上午 08:00"), 17, "123456789092", signed)


def size(png: bytes) -> tuple[int, int]:
    return Image.open(io.BytesIO(png)).size


def printed(octets: bytes) -> bytes:
    """What a printer makes of the GS v 0 commands (m xL xH yL yH, then rows of octets, 1 is black), as a PNG file."""
    rows, across = b"", 0
    for command in octets.split(b"\x1dv0")[1:]:
        across, height = (int.from_bytes(command[at : at + 2], "little") for at in (1, 3))
        rows += command[5 : 5 + across * height]
    file = io.BytesIO()
    picture = Image.frombytes("1", (across * 8, len(rows) // across), bytes(0xFF ^ octet for octet in rows))
    picture.save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize("width", [PAPER_58MM, PAPER_80MM])
def test_its_code_is_read_from_the_printed_picture(morning: Slip, signed: str, width: int) -> None:
    png = slip.png(morning, FONT, width=width)
    assert size(png)[0] == width
    assert reading.read(png) == [signed]


def test_long_words_make_it_longer_never_wider(morning: Slip, signed: str) -> None:
    title = "Dongyuan Community Health Service Centre and Maternal Care"
    long = Slip(title, ("x" * 90, "儿" * 60), 1234, morning.number, signed)
    width, height = size(slip.png(long, FONT))
    assert width == PAPER_58MM
    assert height > size(slip.png(morning, FONT))[1]
    assert reading.read(slip.png(long, FONT)) == [signed]


@pytest.mark.parametrize("width", [PAPER_58MM, PAPER_80MM])
def test_a_printer_gets_reset_picture_and_cut(morning: Slip, signed: str, width: int) -> None:
    octets = slip.escpos(morning, FONT, width=width)
    assert octets.startswith(b"\x1b@")
    assert octets.endswith(b"\x1dV\x00")
    assert size(printed(octets)) == size(slip.png(morning, FONT, width=width))
    assert reading.read(printed(octets)) == [signed]


def test_printing_says_nothing_on_the_terminal(morning: Slip, capsys: pytest.CaptureFixture[str]) -> None:
    slip.escpos(morning, FONT)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("short", ["short"]),
        ("Health Centre of Dongyuan", ["Health", "Centre of", "Dongyuan"]),
        ("东苑社区卫生服务中心儿童保健", ["东苑社区卫生服务中心", "儿童保健"]),
        ("一二三四五六七八九十。完", ["一二三四五六七八九", "十。完"]),
        ("a very-very-long-word", ["a very-ver", "y-long-wor", "d"]),
        ("", []),
    ],
)
def test_lines_break_between_words_and_between_characters(text: str, lines: list[str]) -> None:
    assert list(wrap(text, lambda line: len(line) <= 10)) == lines


def test_a_font_that_is_gone_is_an_error_that_names_it(morning: Slip) -> None:
    with pytest.raises(OSError, match=r".+"):
        slip.png(morning, Path("/nowhere/font.ttf"))
