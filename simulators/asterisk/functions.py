"""Functions of the dialplan that a program may ask for without a channel (Getvar)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from simulators.asterisk import console

if TYPE_CHECKING:
    from simulators.asterisk.exchange import Exchange

_CALL: Final = re.compile(r"([A-Z_0-9]+)\((.*)\)")
_ENDPOINT: Final = {"allow": "(alaw|ulaw)", "context": "caredial-hotline", "dtmf_mode": "auto_info"}


def value(exchange: Exchange, name: str) -> str:
    """Return a global variable, or what a function tells; empty for what is not there."""
    found = _CALL.fullmatch(name)
    if found is None:
        return exchange.variables.get(name, "")
    function = _FUNCTIONS.get(found[1])
    return "" if function is None else function(exchange, found[2].split(","))


def _dialplan_exists(exchange: Exchange, words: list[str]) -> str:
    """`context`, `context,exten` or `context,exten,priority`."""
    context, exten, priority = [*words, "", ""][:3]
    if not exten:
        return str(int(context in exchange.dialplan))
    steps = exchange.extension(context, exten)
    return str(int(bool(steps) and (not priority or priority in map(str, range(1, len(steps) + 1)))))


def _if_module(_exchange: Exchange, words: list[str]) -> str:
    return str(int(words[0].removesuffix(".so") in console.MODULES))


def _endpoint(_exchange: Exchange, words: list[str]) -> str:
    """Every endpoint that is asked for leads to the telephones here."""
    return _ENDPOINT.get(words[1], "") if len(words) == 2 and words[0] else ""


_FUNCTIONS: Final[dict[str, Callable[[Exchange, list[str]], str]]] = {
    "DIALPLAN_EXISTS": _dialplan_exists,
    "IFMODULE": _if_module,
    "PJSIP_ENDPOINT": _endpoint,
}
