from __future__ import annotations

import io
import xml.etree.ElementTree as ET

import pytest
from PIL import Image
from qrcode.util import MODE_8BIT_BYTE, MODE_ALPHA_NUM, MODE_NUMBER

from tcode import picture, reading


def test_a_voucher_goes_in_alphanumeric_mode_and_stays_small(signed: str) -> None:
    symbol = picture.symbol(signed)
    assert [segment.mode for segment in symbol.data_list] == [MODE_ALPHA_NUM]
    assert symbol.version == 5


def test_a_number_and_a_link_take_the_mode_that_fits() -> None:
    assert picture.symbol("123456789092").data_list[0].mode == MODE_NUMBER
    assert picture.symbol("http://127.0.0.1/t/x").data_list[0].mode == MODE_8BIT_BYTE


@pytest.mark.parametrize("module", [1, 2, 3, 4, 6, 10, 16])
def test_the_png_is_read_back_at_every_size(signed: str, module: int) -> None:
    png = picture.png(signed, module=module)
    assert Image.open(io.BytesIO(png)).size == (45 * module, 45 * module)
    assert reading.read(png) == [signed]


@pytest.mark.parametrize("degrees", [0, 7, 45, 90, 133, 180, 270, 301])
def test_the_png_is_read_back_however_it_is_held(signed: str, degrees: int) -> None:
    turned = picture.image(signed, module=8).convert("L").rotate(degrees, expand=True, fillcolor=255)
    file = io.BytesIO()
    turned.save(file, "PNG")
    assert reading.read(file.getvalue()) == [signed]


def test_a_small_png_for_a_slow_network(signed: str) -> None:
    assert len(picture.png(signed, module=6)) < 2_000


def test_the_svg_has_its_size_in_millimetres(signed: str) -> None:
    root = ET.fromstring(picture.svg(signed, module=5))
    assert root.tag.endswith("svg")
    assert root.get("width") == "22.5mm"
    assert root.get("viewBox") == "0 0 22.5 22.5"


def test_the_svg_draws_the_same_modules_as_the_png(signed: str) -> None:
    path = ET.fromstring(picture.svg(signed, module=10)).find("{http://www.w3.org/2000/svg}path")
    assert path is not None
    dark = sum(sum(row) for row in picture.symbol(signed).get_matrix())
    assert (path.get("d") or "").count("M") == dark
