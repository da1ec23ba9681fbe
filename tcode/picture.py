"""A text as a QR picture (ISO/IEC 18004), as PNG for screens and as SVG for print."""

from __future__ import annotations

import io

from PIL import Image
from qrcode.constants import ERROR_CORRECT_M
from qrcode.image.pil import PilImage
from qrcode.image.svg import SvgPathImage
from qrcode.main import QRCode

QUIET_ZONE = 4  # modules of white around the symbol, 5.3.8 of the standard


def symbol(text: str, *, module: int = 6, border: int = QUIET_ZONE) -> QRCode[PilImage]:
    """The QR symbol of a text at error correction M, in the smallest version that holds it.

    A voucher's text uses the alphanumeric mode, a number the numeric mode, a link octets. `module` is the side
    of one module in pixels. Raises ValueError for a text that no QR symbol can hold.
    """
    code = QRCode(error_correction=ERROR_CORRECT_M, box_size=module, border=border)
    code.add_data(text, optimize=0)  # one segment: cutting a voucher into modes makes it longer
    code.make(fit=True)
    return code


def image(text: str, *, module: int = 6, border: int = QUIET_ZONE) -> Image.Image:
    """The symbol as a Pillow image of two colours."""
    made = symbol(text, module=module, border=border).make_image(image_factory=PilImage)
    drawn: Image.Image = made.get_image()
    return drawn.convert("1")


def png(text: str, *, module: int = 6, border: int = QUIET_ZONE) -> bytes:
    """The symbol as a PNG file; with `module` pixels a module, a voucher measures 45 modules a side."""
    file = io.BytesIO()
    image(text, module=module, border=border).save(file, format="PNG", optimize=True)
    return file.getvalue()


def svg(text: str, *, module: int = 5, border: int = QUIET_ZONE) -> bytes:
    """The symbol as an SVG document; `module` is the side of one module in tenths of a millimetre."""
    made = symbol(text, module=module, border=border).make_image(image_factory=SvgPathImage)
    document: bytes = made.to_string(encoding="UTF-8")
    return document
