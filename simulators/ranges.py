"""Parts of a file (RFC 9110 section 14): without them a browser cannot tell how long a sound is, nor skip in it."""

from __future__ import annotations

import re
from typing import Final

_RANGE: Final = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


def part(wanted: str | None, octets: bytes) -> tuple[int, str, bytes]:
    """Return status, Content-Range (empty for the whole) and the octets that a Range header asks for.

    One range is given; of anything else the whole, as a server may. 416 where nothing of it is there.
    """
    found = _RANGE.fullmatch(wanted or "")
    if found is None or not (found[1] or found[2]):
        return 200, "", octets
    size = len(octets)
    if found[1]:
        first, last = int(found[1]), min(int(found[2]) if found[2] else size, size - 1)
    else:
        first, last = max(size - int(found[2]), 0), size - 1
    if first > last:
        return 416, f"bytes */{size}", b""
    return 206, f"bytes {first}-{last}/{size}", octets[first : last + 1]
