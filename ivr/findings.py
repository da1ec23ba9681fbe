"""What was found out about an Asterisk, in a sentence each, and what to do about it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Level = Literal["ok", "warning", "problem"]


@dataclass(frozen=True, slots=True)
class Finding:
    """`todo` names the setting and Asterisk's file to look at; empty where all is well."""

    level: Level
    what: str
    todo: str = ""

    def __str__(self) -> str:
        return f"{self.level}: {self.what}" + (f"; {self.todo}" if self.todo else "")


Findings = list[Finding]


def ok(what: str) -> Finding:
    return Finding("ok", what)


def warning(what: str, todo: str) -> Finding:
    return Finding("warning", what, todo)


def problem(what: str, todo: str) -> Finding:
    return Finding("problem", what, todo)


def closed_to_others(path: Path) -> Path | None:
    """The first folder on the way, or the path itself, that only its owner and group can use; None where all can."""
    for each in (*reversed(path.absolute().parents), path.absolute()):
        with suppress(OSError):
            mode = each.stat().st_mode
            needed = 0o001 if each.is_dir() and each != path else 0o004
            if not mode & needed:
                return each
    return None
