"""The printed slip: what a patient takes from the kiosk to the waiting room.

It is drawn as a picture, because the Chinese code pages of thermal printers differ from maker to maker while
every one of them prints a raster image. 384 dots are the width of 58 mm paper, 576 of 80 mm (203 dots an inch).
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw

from tcode import fonts, picture
from tcode.number import spell

PAPER_58MM, PAPER_80MM = 384, 576
WIDTHS = (PAPER_58MM, PAPER_80MM)
_PROFILES = {PAPER_58MM: "RP-F10-58mm", PAPER_80MM: "TM-T20II"}

# Sizes for 384 dots; wider paper gets all of them larger in proportion.
_MARGIN, _GAP = 12, 10
_TITLE, _LINE, _QUEUE, _NUMBER = 34, 26, 140, 36
_QR_MODULES = 45  # a voucher: version 5 is 37 modules, and the quiet zone


@dataclass(frozen=True, slots=True)
class Slip:
    """What stands on a slip, in the patient's language, already put into words.

    `title` (the centre), `lines` (department, day, room ...), the queue number, the T-code's 12 digits, and the
    text of the QR symbol.
    """

    title: str
    lines: tuple[str, ...]
    queue: int
    number: str
    qr_text: str


def png(slip: Slip, font: Path, *, width: int = PAPER_58MM) -> bytes:
    """The slip as a PNG file, black on white, `width` dots wide. `font` comes from `fonts.find`."""
    file = io.BytesIO()
    draw(slip, font, width=width).save(file, format="PNG", optimize=True)
    return file.getvalue()


def escpos(slip: Slip, font: Path, *, width: int = PAPER_58MM, profile: str | None = None) -> bytes:
    """The slip as octets for an ESC/POS printer: reset, raster image (GS v 0), feed and cut.

    `profile` is python-escpos' name of a printer; without it, any that has paper of this width and a cutter.
    """
    from escpos.printer import Dummy  # noqa: PLC0415  half a second to import, and only printing needs it

    printer = Dummy(profile=profile or _PROFILES[width])
    printer.hw("INIT")
    printer.image(draw(slip, font, width=width), impl="bitImageRaster")
    printer.cut()
    output: bytes = printer.output
    return output


def draw(slip: Slip, font: Path, *, width: int = PAPER_58MM) -> Image.Image:
    """The slip as a Pillow image of two colours, as high as its content."""
    paper = _Paper(font, width)
    paper.text(slip.title, _TITLE)
    paper.rule()
    paper.text(str(slip.queue), _QUEUE)
    for line in slip.lines:
        paper.text(line, _LINE)
    paper.rule()
    paper.picture(slip.qr_text)
    paper.text(spell(slip.number), _NUMBER)
    return paper.finished()


# A piece that is not parted: a Latin word or number with the spaces after it, or one Chinese character. Closing
# punctuation stays with the piece before it.
_PIECE = re.compile(r"(?:[\u0021-\u024f]+|\S)[，。、；：！？）》」』”’%]*\s*|\s+")


def wrap(text: str, fits: Callable[[str], bool]) -> Iterator[str]:
    """Cuts a text into lines that fit, between words or Chinese characters, in a word only if it fits nowhere."""
    line = ""
    for piece in (part for found in _PIECE.findall(text) for part in ([found] if fits(found.rstrip()) else found)):
        if line and not fits((line + piece).rstrip()):
            yield line.rstrip()
            line = ""
        line += piece
    if line.strip():
        yield line.rstrip()


class _Paper:
    """A strip of paper that is written from the top down, everything centred."""

    def __init__(self, font: Path, width: int) -> None:
        self._font, self._width = font, width
        self._scale = width / PAPER_58MM
        self._rows: list[Image.Image] = []

    def text(self, text: str, size: int) -> None:
        """One paragraph, centred, wrapped to the paper."""
        font = fonts.load(self._font, self._px(size))
        for line in wrap(text, lambda part: font.getlength(part) <= self._inner):
            row = self._blank(self._px(size + _GAP))
            middle = (self._width / 2, row.height / 2)
            ImageDraw.Draw(row).text(middle, line, font=font, fill=0, anchor="mm")
            self._rows.append(row)

    def rule(self) -> None:
        row = self._blank(self._px(2 * _GAP))
        y = self._px(_GAP)
        ImageDraw.Draw(row).line((self._px(_MARGIN), y, self._width - self._px(_MARGIN), y), 0, self._px(2))
        self._rows.append(row)

    def picture(self, text: str) -> None:
        """The QR symbol with whole dots a module: scaling would blur its edges."""
        code = picture.image(text, module=max(3, self._inner * 5 // 6 // _QR_MODULES))
        row = self._blank(code.height)
        row.paste(code, ((self._width - code.width) // 2, 0))
        self._rows.append(row)

    def finished(self) -> Image.Image:
        margin = self._px(_MARGIN)
        sheet = self._blank(sum(row.height for row in self._rows) + 2 * margin)
        y = margin
        for row in self._rows:
            sheet.paste(row, (0, y))
            y += row.height
        return sheet

    @property
    def _inner(self) -> int:
        return self._width - 2 * self._px(_MARGIN)

    def _px(self, size: int) -> int:
        return round(size * self._scale)

    def _blank(self, height: int) -> Image.Image:
        return Image.new("1", (self._width, height), 1)
