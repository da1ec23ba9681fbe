"""What an AGI command gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Answer:
    """`text` goes to AsyncAGIExec; `code` and `outcome` are ResultCode and Result of AGIExecEnd.

    A `failed` command ends AGI (RESULT_FAILURE of res_agi.c); one that is `over` ends it well (ASYNCAGI BREAK).
    """

    text: str
    code: str = "200"
    outcome: str = "Success"
    failed: bool = False
    over: bool = False


Done = Callable[[Answer], None]


def result(value: object, more: str = "") -> Answer:
    """`200 result=value`, and what follows it."""
    return Answer(f"200 result={value}{' ' if more else ''}{more}")


def failure(more: str = "") -> Answer:
    """A command that failed, or was cut off by a hangup."""
    return Answer(f"200 result=-1{' ' if more else ''}{more}", "-1", "Failure", failed=True)


def executed(value: int) -> Answer:
    """What EXEC gives: a negative result is told, and does not end AGI."""
    return Answer(f"200 result={value}", outcome="Success" if value == 0 else "Unknown Result")


UNKNOWN = Answer("510 Invalid or unknown command", "510", "Command not found")
DEAD = Answer(
    "511 Command Not Permitted on a dead channel or intercept routine", "511", "Command not permitted on dead channel"
)


def usage(sentence: str) -> Answer:
    """A command with too few words."""
    lines = ("520-Invalid command syntax.  Proper usage follows:", sentence, "520 End of proper usage.")
    return Answer("\n".join(lines), "520", "Usage")
