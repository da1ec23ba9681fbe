"""The dialplan as data: the sample of conf/asterisk, and how the telephones here call each other.

Of extensions.conf and of its expressions only what the sample uses is understood. Source: pbx.c and pbx_config.c.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

HOTLINE: Final = "caredial-hotline"
TELEPHONES: Final = "telephones"
_SAMPLE_NUMBER: Final = "12580"
_TELEPHONES: Final = """
[telephones]
exten => _X.,1,Dial(PJSIP/${EXTEN},60)
 same => n,Hangup()
"""
_LINE: Final = re.compile(
    r"(?:exten\s*=>\s*(?P<exten>[^,]+),1|same\s*=>\s*n)(?:\((?P<label>\w+)\))?,\s*(?P<name>\w+)\((?P<data>.*)\)"
)
_VARIABLE: Final = re.compile(r"\$\{(\w+)\}")
_COMPARISON: Final = re.compile(r'\$\["([^"]*)" (!?=) "([^"]*)"\]')
_CHOICE: Final = re.compile(r"\$\{IF\(([01])\?([^:]*):([^)]*)\)\}")


class NotUnderstood(ValueError):
    """A line of a dialplan that this Asterisk does not know how to run."""


@dataclass(frozen=True, slots=True)
class Step:
    """One priority: an application of the dialplan with its data."""

    application: str
    data: str
    label: str = ""


Steps = tuple[Step, ...]
Contexts = Mapping[str, Mapping[str, Steps]]


def plan(number: str) -> Contexts:
    """Return the dialplan of an Asterisk whose hotline has this number."""
    sample = (files("conf") / "asterisk" / "extensions.conf").read_text(encoding="utf-8")
    contexts = {**read(sample), **read(_TELEPHONES)}
    hotline = contexts[HOTLINE]
    contexts[HOTLINE] = {number if exten == _SAMPLE_NUMBER else exten: hotline[exten] for exten in hotline}
    return contexts


def read(text: str) -> dict[str, dict[str, Steps]]:
    """Read an extensions.conf. Raises NotUnderstood."""
    contexts: dict[str, dict[str, Steps]] = {}
    context = exten = ""
    for line in _lines(text):
        if line.startswith("["):
            context = line.strip("[]")
            contexts[context] = {}
            continue
        found = _LINE.fullmatch(line)
        if found is None:
            raise NotUnderstood(line)
        exten = found["exten"] or exten
        step = Step(found["name"], found["data"], found["label"] or "")
        contexts[context][exten] = (*contexts[context].get(exten, ()), step)
    return contexts


def find(contexts: Contexts, context: str, exten: str) -> Steps:
    """Return the steps of an extension, by its name or by a pattern; none where there is none."""
    extens = contexts.get(context, {})
    return extens.get(exten) or (extens.get("_X.", ()) if exten.isdigit() else ())


def evaluated(data: str, variable: Callable[[str], str]) -> str:
    """Replace ${NAME}, $["a" = "b"] and ${IF(condition?a:b)} by what they come to."""
    data = _VARIABLE.sub(lambda found: variable(found[1]), data)
    data = _COMPARISON.sub(lambda found: str(int((found[1] == found[3]) is (found[2] == "="))), data)
    return _CHOICE.sub(lambda found: found[2] if found[1] == "1" else found[3], data)


def _lines(text: str) -> Iterator[str]:
    for line in text.splitlines():
        bare = re.sub(r"(^|\s);.*", "", line).strip()
        if bare:
            yield bare
