"""Logging: every line, ours and the libraries', goes to standard error, structured and masked.

Whatever the words around it, no telephone number, identity number or T-code number comes through whole: a line is
masked after everything is put in it, tracebacks too. Text for people, JSON for a collector.
"""

from __future__ import annotations

import logging
import re
import sys
from typing import Any, Final, Literal, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger
from twisted.logger import STDLibLogObserver, globalLogBeginner

from gateway.config import LogSettings

OURS: Final = ("caredial", "simulators")

_SECRET_NAME = re.compile(r"passw|secret|token|authorization|cookie|credential|api_?key|private_?key", re.IGNORECASE)
_URL_PASSWORD = re.compile(r"(?<=://)[^/\s@]*:[^/\s]*@")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f\x85\u2028\u2029]")
# As people and our slips write them, in groups: a mobile 3-4-4, a T-code 4-4-4, an identity number 6-8-4.
_MOBILE_GROUPS = re.compile(r"(?<!\d)(1\d\d)[ -]\d{4}[ -](\d{4})(?!\d)")
_OTHER_GROUPS = re.compile(r"(?<!\d)(\d{4}[ -]\d{4}[ -]\d{4}|\d{6}[ -]\d{8}[ -]\d{3}[\dXx])(?!\d)")
# Eleven digits are a mobile's; more are another country's, a T-code (12) or an identity number (18, the last may be X).
_DIGITS = re.compile(r"\d{11,}[Xx]?|(?<=\+)\d{7,}")
_CHINESE_MOBILE = re.compile(r"((?:00)?86)?1\d{10}")


def configure(settings: LogSettings, stream: TextIO | None = None) -> None:
    """Send this process's log to `stream` (standard error), as `[log]` says. To be called once, at the start.

    Libraries are heard from WARNING on: at INFO Twisted tells each HTTP request, APScheduler each look at the clock.
    """
    level = logging.getLevelNamesMapping()[settings.level.upper()]
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(formatter(settings.format))
    logging.basicConfig(handlers=[handler], force=True, level=max(level, logging.WARNING))
    for name in OURS:
        logging.getLogger(name).setLevel(level)
    globalLogBeginner.beginLoggingTo([STDLibLogObserver()], redirectStandardIO=False)


def formatter(form: Literal["text", "json"]) -> logging.Formatter:
    """Makes a line of a record: when, how grave, from where, what, and the fields given as `extra`."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.ExtraAdder()],
        processors=[
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            mask,
            *_RENDERERS[form],
        ],
    )


def mask(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """structlog processor: fields that name a secret go, digits that tell a person are starred."""
    return {str(masked(name)): _masked_value(value) for name, value in event.items() if not _SECRET_NAME.search(name)}


def _line(_logger: WrappedLogger, _method: str, event: EventDict) -> str:
    """One line for people; what came from outside cannot begin another. A traceback follows on lines of its own."""
    when, level, name, what = (event.pop(key) for key in ("timestamp", "level", "logger", "event"))
    after = [event.pop(key) for key in ("stack", "exception") if key in event]
    line = " ".join([f"{when} {level.upper():7} {name}: {what}", *(f"{key}={value}" for key, value in event.items())])
    return "\n".join([_CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), line), *after])


_RENDERERS: Final[dict[str, list[Processor]]] = {
    "text": [structlog.processors.TimeStamper(fmt="%Y-%m-%d %H:%M:%S", utc=False), _line],
    "json": [
        structlog.processors.TimeStamper(fmt="iso"),
        structlog.processors.JSONRenderer(ensure_ascii=False),
    ],
}


def masked(text: str) -> str:
    """`13800138000` -> `138****8000` (with or without +86), identity numbers and T-codes -> stars.

    No eleven digits stay in a row; passwords in URLs go too.
    """
    text = _URL_PASSWORD.sub("***@", text)
    text = _MOBILE_GROUPS.sub(r"\1****\2", text)
    text = _OTHER_GROUPS.sub(lambda found: "*" * len(found[0]), text)
    return _DIGITS.sub(_starred, text)


def _starred(found: re.Match[str]) -> str:
    digits = found[0]
    mobile = _CHINESE_MOBILE.fullmatch(digits)
    if mobile:
        return f"{mobile[1] or ''}{digits[-11:-8]}****{digits[-4:]}"
    if found.string[found.start() - 1 : found.start()] == "+" and len(digits) <= 15:  # E.164
        return digits[:2] + "*" * (len(digits) - 4) + digits[-2:]
    return "*" * len(digits)


def _masked_value(value: Any) -> Any:
    """The value as JSON has it, masked through and through."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return value if masked(str(value)) == str(value) else masked(str(value))
    if isinstance(value, dict):
        return {
            masked(str(name)): _masked_value(member)
            for name, member in value.items()
            if not _SECRET_NAME.search(str(name))
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [_masked_value(member) for member in value]
    return masked(value if isinstance(value, str) else repr(value))
