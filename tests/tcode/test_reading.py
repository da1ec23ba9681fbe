from __future__ import annotations

import io
import struct
import zlib
from contextlib import suppress

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from tcode import picture, reading
from tcode.reading import BadPicture


def frame(*codes: str, form: str = "JPEG", size: tuple[int, int] = (1280, 720)) -> bytes:
    """A camera frame: codes side by side before a grey wall."""
    wall = Image.new("RGB", size, (150, 140, 130))
    ImageDraw.Draw(wall).rectangle((0, 500, 1280, 720), fill=(70, 60, 50))
    for place, code in enumerate(codes):
        wall.paste(picture.image(code, module=5), (60 + place * 400, 200))
    file = io.BytesIO()
    wall.save(file, form, quality=60)
    return file.getvalue()


@pytest.mark.parametrize("form", ["JPEG", "PNG"])
def test_a_code_in_a_camera_frame_is_read(signed: str, form: str) -> None:
    assert reading.read(frame(signed, form=form)) == [signed]


def test_several_codes_are_all_read(signed: str) -> None:
    assert sorted(reading.read(frame(signed, "123456789092"))) == ["123456789092", signed]


def test_a_frame_without_a_code_is_an_empty_list() -> None:
    assert reading.read(frame()) == []


def test_other_symbols_than_qr_are_left_alone() -> None:
    code = zxingcpp.create_barcode("123456789092", zxingcpp.BarcodeFormat.Code128)
    file = io.BytesIO()
    Image.fromarray(zxingcpp.write_barcode_to_image(code, scale=4)).save(file, "PNG")
    assert reading.read(file.getvalue()) == []


@pytest.mark.parametrize("form", ["GIF", "BMP", "TIFF", "WEBP"])
def test_other_formats_are_refused(form: str) -> None:
    file = io.BytesIO()
    Image.new("RGB", (64, 64)).save(file, form)
    with pytest.raises(BadPicture):
        reading.read(file.getvalue())


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0))
    bomb = b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(bytes(1_000_000))) + chunk(b"IEND", b"")
    assert len(bomb) < 2_000
    with pytest.raises(BadPicture):
        reading.read(bomb)


def test_the_bounds_can_be_set(signed: str) -> None:
    picture_of_it = frame(signed)
    with pytest.raises(BadPicture, match="octets"):
        reading.read(picture_of_it, max_octets=len(picture_of_it) - 1)
    with pytest.raises(BadPicture, match="pixels"):
        reading.read(picture_of_it, max_pixels=1280 * 720 - 1)
    assert reading.read(picture_of_it, max_octets=len(picture_of_it), max_pixels=1280 * 720) == [signed]


@pytest.mark.parametrize("form", ["JPEG", "PNG"])
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_broken_picture_does_no_worse_than_bad_picture(form: str, data: st.DataObject) -> None:
    good = frame("123456789092", form=form, size=(480, 360))
    cut = data.draw(st.integers(0, len(good)))
    broken = bytearray(good[:cut])
    for place in data.draw(st.lists(st.integers(0, max(0, cut - 1)), max_size=8)):
        if broken:
            broken[place] ^= data.draw(st.integers(1, 255))
    with suppress(BadPicture):
        reading.read(bytes(broken))


@given(st.binary(max_size=200))
def test_no_octets_do_worse_than_bad_picture(junk: bytes) -> None:
    for head in (b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0"):
        with pytest.raises(BadPicture):
            reading.read(head + junk)
