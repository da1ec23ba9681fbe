"""QR symbols in a picture from a camera, read with zxing-cpp.

The picture comes from outside, so it is distrusted: only JPEG and PNG, at most so many octets, and at most so
many pixels, looked up in the file's head before anything is unpacked (a PNG of a few octets can hold gigabytes).
"""

from __future__ import annotations

import io

import zxingcpp
from PIL import Image

MAX_OCTETS = 2 * 1024 * 1024
MAX_PIXELS = 16_000_000
FORMATS = ("JPEG", "PNG")

_QR = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode])


class BadPicture(ValueError):
    """Too large, of another format, or broken."""

    retry = False
    tell = "kiosk.unreadable"


def read(picture: bytes, *, max_octets: int = MAX_OCTETS, max_pixels: int = MAX_PIXELS) -> list[str]:
    """The texts of all QR symbols in a JPEG or PNG file, turned any way round; none is an empty list.

    Takes some 10 ms for a camera frame, so call it beside the reactor. Raises BadPicture.
    """
    if len(picture) > max_octets:
        raise BadPicture(f"more than {max_octets} octets")
    grey = _grey(picture, max_pixels)
    found = zxingcpp.read_barcodes(grey, formats=_QR, text_mode=zxingcpp.TextMode.Plain)
    return [code.text for code in found]


def _grey(picture: bytes, max_pixels: int) -> Image.Image:
    try:
        with Image.open(io.BytesIO(picture), formats=FORMATS) as image:
            width, height = image.size
            if width * height > max_pixels:
                raise BadPicture(f"more than {max_pixels} pixels")
            image.draft("L", image.size)  # a JPEG then comes without its colours, in half the time
            return image.convert("L")
    except BadPicture:
        raise
    # Pillow's decoders raise all of these for broken files.
    except (OSError, SyntaxError, ValueError, EOFError, IndexError, Image.DecompressionBombError) as error:
        raise BadPicture("not a JPEG or PNG picture that can be read") from error
