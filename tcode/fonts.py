"""The font of the printed slip: it must have Chinese characters, and is looked for where systems keep fonts."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from PIL import ImageFont

# Where fontconfig looks on Linux and the BSDs, then macOS and Windows.
FOLDERS = (
    Path("/usr/share/fonts"),
    Path("/usr/local/share/fonts"),
    Path("~/.local/share/fonts"),
    Path("~/.fonts"),
    Path("/System/Library/Fonts"),
    Path("C:/Windows/Fonts"),
)

# In order of liking; sans-serif, because thin strokes vanish on thermal paper.
FILES = (
    "NotoSansCJK-Regular.ttc",
    "NotoSansCJKsc-Regular.otf",
    "NotoSansSC-Regular.otf",
    "SourceHanSansSC-Regular.otf",
    "SourceHanSansCN-Regular.otf",
    "wqy-microhei.ttc",
    "wqy-zenhei.ttc",
    "DroidSansFallbackFull.ttf",
    "DroidSansFallback.ttf",
    "PingFang.ttc",
    "STHeiti Medium.ttc",
    "msyh.ttc",
    "simhei.ttf",
)


class NoFont(Exception):
    """No font with Chinese characters; the message says what to install."""

    retry = False


def find(setting: Path | None = None, folders: Sequence[Path] = FOLDERS) -> Path:
    """The font file to print with: the one that is set, or the best that the system has.

    Raises NoFont, also for a set file that is missing or is no font.
    """
    if setting is not None:
        _refuse_unreadable(setting)
        return setting
    found = {path.name: path for folder in folders for path in _files(folder.expanduser())}
    for name in FILES:
        if name in found:
            return found[name]
    raise NoFont(
        "no font with Chinese characters was found for printed slips; install one"
        " (Debian: apt-get install fonts-wqy-microhei) or set the path of one"
    )


@cache
def load(path: Path, size: int) -> ImageFont.FreeTypeFont:
    """The font at a size in pixels, kept: reading a CJK font takes longer than using it."""
    return ImageFont.truetype(str(path), size)


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*.[to]t[fc]") if path.is_file()) if folder.is_dir() else []


def _refuse_unreadable(path: Path) -> None:
    try:
        ImageFont.truetype(str(path), 12)
    except OSError as error:
        raise NoFont(f"{path}: not a font file that can be read ({error})") from error
