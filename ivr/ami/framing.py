"""An AMI stream cut into messages: lines that end in CRLF, or a bare LF, up to a blank line."""

from __future__ import annotations

import re
from typing import Final

BANNER_OCTETS: Final = 1024
LINES: Final = 16
"""How many of the longest lines one message may be long, all together."""

_BLANK_LINE: Final = re.compile(rb"\n\r?\n")
_NO_BANNER: Final = re.compile(rb"(?:event|response|actionid)[ \t]*:", re.IGNORECASE)
# A command's output, as Asterisk 13 and older give it, has blank lines in it. What it shows comes from anywhere and
# may hold the mark too, but its lines end in a bare LF; so the mark ends in CRLF where the head does.
_FOLLOWS: Final = re.compile(rb"(?:actionid:[^\n]*\n)?response:[ \t]*follows[ \t]*(\r?)\n", re.IGNORECASE)
_COMMAND_END: Final = {
    b"\r": re.compile(rb"--END COMMAND--\r\n\r?\n"),
    b"": re.compile(rb"--END COMMAND--\r?\n\r?\n"),
}
_LONGEST_END: Final = len(b"--END COMMAND--\r\n\r\n")


class Framer:
    """Octets in, messages out, each without its blank line. It holds one unfinished message, up to a bound.

    A message with a line of more than `line_octets`, or of `LINES` times that in all, is left out and counted in
    `dropped`; the next one is read again.
    """

    def __init__(self, line_octets: int = 65_536, *, banner: bool = True) -> None:
        """`banner`: the first line is the other side's greeting, as Asterisk's; a client has none."""
        self.banner: str | None = None if banner else ""
        """The greeting; None until it has come, empty if the other side has none."""
        self.dropped = 0
        self._line_octets, self._octets = line_octets, LINES * line_octets
        self._rest = bytearray()
        self._searched = 0  # how much of the rest needs not be looked at again
        self._end = _BLANK_LINE
        self._dropping = False

    def feed(self, data: bytes) -> list[bytes]:
        """Return the messages that `data` completes."""
        self._rest += data
        blocks: list[bytes] = []
        if self.banner is not None or self._take_banner():
            while self._take_message(blocks):
                pass
        return blocks

    def _take_banner(self) -> bool:
        """Take the first line, unless a message begins at once; tell whether that is settled."""
        self._skip_line_ends()
        line, newline, rest = self._rest.partition(b"\n")
        if not newline and len(line) <= BANNER_OCTETS:
            return False
        if _NO_BANNER.match(line):
            self.banner = ""
        else:
            self.banner = bytes(line[:BANNER_OCTETS]).decode("latin-1").strip()
            self._rest = rest
        return True

    def _take_message(self, blocks: list[bytes]) -> bool:
        """Take the first message to its end; False where it has none yet."""
        if not self._searched and not self._dropping:
            self._skip_line_ends()
        found = self._end.search(self._rest, self._searched)
        if found and self._is_command_output():
            return True
        if not found:
            self._searched = max(0, len(self._rest) - _LONGEST_END)
            self._bound()
            return False
        block = bytes(self._rest[: found.end()]).rstrip(b"\r\n")
        del self._rest[: found.end()]
        if self._dropping:
            self._dropping = False
        elif self._fits(block):
            blocks.append(block)
        else:
            self.dropped += 1
        self._end, self._searched = _BLANK_LINE, 0
        return True

    def _is_command_output(self) -> bool:
        """Whether this message does not end at a blank line after all; then look for its own end from now on."""
        follows = _FOLLOWS.match(self._rest) if self._end is _BLANK_LINE and not self._dropping else None
        if follows:
            self._end, self._searched = _COMMAND_END[bytes(follows[1])], 0
        return follows is not None

    def _fits(self, block: bytes) -> bool:
        if len(block) <= self._line_octets:
            return True
        return len(block) <= self._octets and max(map(len, block.split(b"\n"))) <= self._line_octets

    def _bound(self) -> None:
        """Forget an unfinished message that is too long already, but for what its end may begin with."""
        size = len(self._rest)
        if not self._dropping and size > self._line_octets:
            line = size - 1 - self._rest.rfind(b"\n")
            if size > self._octets or line > self._line_octets:
                self._is_command_output()
                self._dropping = True
                self.dropped += 1
        if self._dropping:
            del self._rest[:-_LONGEST_END]
            self._searched = 0

    def _skip_line_ends(self) -> None:
        while self._rest.startswith((b"\r", b"\n")):
            del self._rest[:1]
