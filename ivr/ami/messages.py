"""AMI messages: blocks of `Name: value` lines, read and written by asterisk-ami, and checked around it.

asterisk-ami builds actions and responses and parses responses and events. It loses or invents something in odd
messages (a repeated header, a line that is no header, a value with U+2028, `Key:value` without a space) and writes out
whatever it is given. So what it has read is compared with what came, and split anew here where they differ; and
nothing is given to it to write that a reader would not read as one header.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from asterisk import ami

from ivr.ami.errors import Unsafe

Headers = Sequence[tuple[str, str]]

LINE_OCTETS: Final = 1024
"""Asterisk's buffer for one line of an action, with its CRLF (manager.c, `inbuf`)."""
MOST_HEADERS: Final = 128
"""Headers that Asterisk takes in one action (AST_MAX_MANHEADERS)."""
END_OF_COMMAND: Final = "--END COMMAND--"

# What ends a line for Asterisk, or for some reader on the way (str.splitlines takes U+0085, U+2028 and U+2029 too).
_BREAKS: Final = re.compile("[\r\n\0\x85\u2028\u2029]")
_NAME: Final = re.compile(r"[A-Za-z0-9_.-]+")
_VARIABLE: Final = re.compile(r"[^=,|:\s\0\x85\u2028\u2029\"\\]+(?:\([^=|\r\n\0\x85\u2028\u2029\"\\]*\))?")
_FOLLOWS: Final = re.compile(r"(?:actionid:[^\n]*\n)?response:[ \t]*follows[ \t]*(?:\n|$)", re.IGNORECASE)
_HEAD_OF_FOLLOWS: Final = ("response", "privilege", "actionid", "message")
_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Message:
    """An event or a response. Names of headers are compared without regard to case: they differ by version."""

    headers: tuple[tuple[str, str], ...]
    """In their order, repeated ones all kept."""
    output: tuple[str, ...] = ()
    """Lines of a command's output, in the old form (`Response: Follows`) and the new (`Output:`), and any line that is
    no header."""
    _firsts: dict[str, str] = field(default_factory=dict, init=False, repr=False, compare=False)

    def get(self, name: str, default: str = "") -> str:
        """Return the value of the first header of that name."""
        if not self._firsts:
            self._firsts.update({key.lower(): value for key, value in reversed(self.headers)})
        return self._firsts.get(name.lower(), default)

    def all(self, name: str) -> tuple[str, ...]:
        """Return the values of all headers of that name, in their order."""
        name = name.lower()
        return tuple(value for key, value in self.headers if key.lower() == name)

    @property
    def event(self) -> str:
        """The event's name; empty for a response."""
        return self._told("event")

    @property
    def response(self) -> str:
        """The response's status, as `Success`; empty for an event, also for one with a header of that name."""
        return self._told("response")

    @property
    def action_id(self) -> str:
        return self.get("actionid")

    def _told(self, kind: str) -> str:
        """What comes first counts: OriginateResponse has a `Response` below, some modules an `ActionID` above."""
        for name, value in self.headers:
            key = name.lower()
            if key in ("event", "response"):
                return value if key == kind else ""
        return ""


# Reading


def read(block: bytes) -> Message:
    """Read a message without its blank line, of either side. Never raises: what is no header goes to `output`."""
    text = _decoded(block).strip("\r\n")
    if _FOLLOWS.match(text):
        return _read_follows(text)
    return _read_by_asterisk_ami(text) or _read_line_by_line(text)


def _decoded(block: bytes) -> str:
    """UTF-8; a line that is not (a caller's name in Latin-1) costs neither the link nor its neighbours."""
    try:
        return block.decode().replace("\r\n", "\n")
    except UnicodeDecodeError:
        return "\n".join(_decoded_line(line) for line in block.replace(b"\r\n", b"\n").split(b"\n"))


def _decoded_line(line: bytes) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("latin-1")


def _read_by_asterisk_ami(text: str) -> Message | None:
    """Have asterisk-ami parse it; None where writing what it has found does not give the message again."""
    if ami.Event.match(text):
        parsed = ami.Event.read(text)
        kind, status = text[:5], parsed.name
        if ":" in "".join(parsed.keys):  # "Key:value: more", taken apart at the second colon
            return None
    elif ami.Response.match(text):
        parsed = ami.Response.read(text)
        kind, status = text[:8], parsed.status
    else:
        return None
    headers = ((kind, status), *parsed.keys.items())
    if "\n".join([f"{name}: {value}" for name, value in headers]) != text:
        return None
    return Message(headers, _output(headers))


def _read_line_by_line(text: str) -> Message:
    headers: list[tuple[str, str]] = []
    rest: list[str] = []
    for line in text.split("\n"):
        name, colon, value = line.rstrip("\r").partition(":")
        name = name.strip()
        if colon and name:
            headers.append((name, value.removeprefix(" ")))
        elif line:
            rest.append(line)
    return Message(tuple(headers), (*_output(headers), *rest))


def _output(headers: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    return tuple([value for name, value in headers if name in ("Output", "output")])


def _read_follows(text: str) -> Message:
    """A command's output as Asterisk 13 and older give it: a few headers, then raw lines, then a mark.

    A raw line may look like a header, so only the headers that such a response has are taken, each once.
    """
    lines = text.split("\n")
    named: set[str] = set()
    for line in lines:
        name = line.partition(":")[0].strip().lower()
        if name not in _HEAD_OF_FOLLOWS or name in named:
            break
        named.add(name)
    head = _read_line_by_line("\n".join(lines[: len(named)]))
    raw = "\n".join(lines[len(named) :]).removesuffix(END_OF_COMMAND).removesuffix("\n")
    return Message(head.headers, tuple(raw.split("\n")) if raw else ())


# Writing


class _Named(str):
    """A header's name that equals no other: asterisk-ami keeps headers in a dictionary, and they may be repeated."""

    __slots__ = ()
    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        return self is other


def action(name: str, /, headers: Headers = (), *, variables: Mapping[str, str] = _NOTHING) -> bytes:
    """Write an action with its blank line. `variables` become `Variable` headers, commas and quotes escaped.

    Raises Unsafe for a line break or NUL in any name or value, for what is no name, for a line or a number of headers
    that Asterisk would not take, and for a second `Action`.
    """
    for key, _ in headers:
        if key.lower() == "action":
            raise Unsafe("an action has one name")
    if 1 + len(headers) + len(variables) > MOST_HEADERS:
        raise Unsafe(f"more than {MOST_HEADERS} headers")
    _check("Action", name)
    built = ami.Action(name, _checked(headers), {_variable(key): _escaped(variables[key]) for key in variables})
    octets = _encoded(str(built))
    if max(map(len, octets.split(b"\r\n"))) + 2 > LINE_OCTETS:
        raise Unsafe(f"a line of the action {name} is over {LINE_OCTETS} octets")
    return octets


def response(status: str, headers: Headers = ()) -> bytes:
    """Write a response with its blank line, as Asterisk does. Raises Unsafe as `action` does, but for sizes."""
    _check("Response", status)
    return _encoded(str(ami.Response(status, _checked(headers))))


def event(name: str, headers: Headers = ()) -> bytes:
    """Write an event with its blank line, as Asterisk does. Raises Unsafe as `action` does, but for sizes."""
    _check("Event", name)
    _checked(headers)
    return _encoded("".join(f"{key}: {value}\r\n" for key, value in (("Event", name), *headers)))


def _checked(headers: Headers) -> dict[str, str]:
    for name, value in headers:
        _check(name, value)
    return {_Named(name): value for name, value in headers}


def _check(name: str, value: str) -> None:
    if not _NAME.fullmatch(name):
        raise Unsafe(f"no name of a header: {name!r}")
    if _BREAKS.search(value):
        raise Unsafe(f"a line break or NUL in {name}")


def _variable(name: str) -> str:
    if not _VARIABLE.fullmatch(name):
        raise Unsafe(f"no name of a variable: {name!r}")
    return name


def _escaped(value: str) -> str:
    """Asterisk takes several variables from one header, separated by commas, and takes away quotes and backslashes."""
    if _BREAKS.search(value):
        raise Unsafe("a line break or NUL in a variable")
    return re.sub(r'([\\",])', r"\\\1", value)


def _encoded(lines: str) -> bytes:
    try:
        return f"{lines}\r\n".encode()
    except UnicodeEncodeError:
        raise Unsafe("a character that cannot be written") from None
