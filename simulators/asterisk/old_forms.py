"""Events and answers as older Asterisks write them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from simulators.asterisk.channels import Headers

_SUB_EVENTS: Final = {
    "AsyncAGIStart": ("AsyncAGI", "Start", ("Channel", "Env")),
    "AsyncAGIExec": ("AsyncAGI", "Exec", ("Channel", "CommandId", "Result")),
    "AsyncAGIEnd": ("AsyncAGI", "End", ("Channel",)),
    "AGIExecStart": ("AGIExec", "Start", ("Channel", "CommandId", "Command")),
    "AGIExecEnd": ("AGIExec", "End", ("Channel", "CommandId", "Command", "ResultCode", "Result")),
}
_DTMF: Final = {"DTMFBegin": ("Yes", "No"), "DTMFEnd": ("No", "Yes")}
_RENAMED: Final = {"CommandId": "CommandID"}


def event(name: str, headers: Headers) -> tuple[str, Headers]:
    """Return an event as Asterisk 11 and older write it; most are the same."""
    known = dict(headers)
    if name in _SUB_EVENTS:
        old, sub_event, kept = _SUB_EVENTS[name]
        pairs = [(_RENAMED.get(one, one), known[one]) for one in kept if one in known]
        return old, [("Privilege", known["Privilege"]), ("SubEvent", sub_event), *pairs]
    if name in _DTMF:
        begin, end = _DTMF[name]
        kept_pairs = [(one, known[one]) for one in ("Privilege", "Channel", "Uniqueid", "Digit", "Direction")]
        return "DTMF", [*kept_pairs, ("Begin", begin), ("End", end)]
    return name, headers


def command(action_id: str, output: Sequence[str]) -> bytes:
    """Write a command's output as Asterisk 13 and older do: raw lines that end in LF, then a mark."""
    head = "Response: Follows\r\nPrivilege: Command\r\n" + (f"ActionID: {action_id}\r\n" if action_id else "")
    lines = "\n".join([*output, ""])
    return f"{head}{lines}--END COMMAND--\r\n\r\n".encode()
