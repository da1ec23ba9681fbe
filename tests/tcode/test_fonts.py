from __future__ import annotations

from pathlib import Path

import pytest

from tcode import fonts
from tcode.fonts import NoFont


def test_the_set_font_is_taken_as_it_is() -> None:
    found = fonts.find()
    assert fonts.find(found, folders=()) == found


def test_the_best_font_of_the_system_is_found(tmp_path: Path) -> None:
    for name in ("truetype/x/wqy-microhei.ttc", "opentype/NotoSansCJK-Regular.ttc", "DejaVuSans.ttf"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    assert fonts.find(None, folders=[tmp_path / "none", tmp_path]).name == "NotoSansCJK-Regular.ttc"


def test_without_a_font_one_is_told_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(NoFont, match="apt-get install fonts-wqy-microhei"):
        fonts.find(None, folders=[tmp_path])


@pytest.mark.parametrize("content", [None, b"no font"])
def test_a_set_font_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "ours.ttf"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(NoFont, match=r"ours\.ttf"):
        fonts.find(path)
