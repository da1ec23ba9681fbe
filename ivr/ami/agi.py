"""AGI commands and their results, as AsyncAGI carries them: in headers of AMI, results and environment percent-encoded.

Source: res/res_agi.c of Asterisk (parse_args, agi_handle_command).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, unquote

from ivr.ami.errors import Unsafe

# Also what other readers on the way take for the end of a line: AMI's writer refuses it, too.
_BREAKS: Final = re.compile("[\r\n\0\x85\u2028\u2029]")
_VERB: Final = re.compile(r"[A-Za-z]+(?: [A-Za-z]+)*")
_PLAIN: Final = re.compile(r"[A-Za-z0-9_./:@+*,=-]+")
_ANSWER: Final = re.compile(r"(\d{3})(?:[ -](.*))?", re.DOTALL)
_RESULT: Final = re.compile(r"result=(\S*)(?: \((.*)\))?(?: endpos=(\d{1,18}))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Result:
    """What a command gave.

    `code` is 200, 510 (unknown), 511 (dead channel), 520 (usage), or 0 for what is no result; `result` is its value, a
    number mostly (-1 for a failure or a hangup, a key's ASCII code, the keys of GET DATA); `data` stood in parentheses
    (a variable's value, `timeout`); `endpos` is where playing ended, in samples; `text` is all after the code.
    """

    code: int
    result: str = ""
    data: str = ""
    endpos: int | None = None
    text: str = ""


def command(verb: str, *arguments: str) -> str:
    """Write a command, its arguments quoted where they need it: `STREAM FILE /clips/a "0123456789*#"`.

    Raises Unsafe for a line break or NUL, and for a verb that is not words.
    """
    if not _VERB.fullmatch(verb):
        raise Unsafe(f"no command of AGI: {verb!r}")
    return " ".join([verb, *map(_quoted, arguments)])


def _quoted(argument: str) -> str:
    if _BREAKS.search(argument):
        raise Unsafe("a line break or NUL in an argument of a command")
    if _PLAIN.fullmatch(argument):
        return argument
    return '"{}"'.format(argument.replace("\\", "\\\\").replace('"', '\\"'))


def arguments(command: str) -> list[str]:
    """Split a command into its words, as Asterisk does; the verb's words are among them."""
    words: list[str] = []
    word: str | None = None
    quoted = escaped = False
    for letter in command:
        if escaped or letter not in ' \t"\\' or (quoted and letter in " \t"):
            word = (word or "") + letter
            escaped = False
        elif letter == "\\":
            escaped = True
        elif letter == '"':
            quoted = not quoted
            word = word or ""
        elif word is not None:
            words.append(word)
            word = None
    return words if word is None else [*words, word]


def result(encoded: str) -> Result:
    """Read the `Result` of AsyncAGIExec. What cannot be read has code 0 and is the text."""
    text = decoded(encoded).strip("\r\n ")
    answer = _ANSWER.fullmatch(text)
    if answer is None:
        return Result(0, text=text)
    code, rest = int(answer[1]), answer[2] or ""
    given = _RESULT.match(rest) if code == 200 else None
    if given is None:
        return Result(code, text=rest)
    return Result(code, given[1], given[2] or "", int(given[3]) if given[3] else None, rest)


def environment(encoded: str) -> dict[str, str]:
    """Read the `Env` of AsyncAGIStart: names without `agi_`, as `channel`, `callerid`, `uniqueid`."""
    lines = [line.partition(":") for line in decoded(encoded).split("\n")]
    return {name.removeprefix("agi_"): value.strip() for name, colon, value in lines if colon}


def decoded(encoded: str) -> str:
    """Percent-encoding only: a plus is a plus, as in a telephone number."""
    return unquote(encoded, errors="replace")


def encoded(text: str) -> str:
    """Write as Asterisk does what `decoded` reads."""
    return quote(text, safe="")
