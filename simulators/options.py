"""The options of `caredial simulate smsc`, and what they are read into."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any, Final, get_args

import click

from simulators.conditions import Conditions
from simulators.phones import BadNumber, digits
from simulators.smsc import Service
from simulators.ussd import Timers
from smpp.settings import SessionKey

Decorator = Callable[[Any], Any]
_PORT: Final = click.IntRange(0, 65535)
_SECONDS: Final = click.FloatRange(0.1, 86400)


def _accounts(_context: click.Context, _option: click.Parameter, values: tuple[str, ...]) -> Mapping[str, str]:
    accounts = {}
    for value in values:
        name, colon, password = value.partition(":")
        if not name or not colon or len(name) > 15 or len(password) > 8 or not value.isascii():
            raise click.BadParameter(f"{value!r} is not ID:PASSWORD (at most 15 and 8 ASCII characters)")
        accounts[name] = password
    return accounts


def _digits(_context: click.Context, _option: click.Parameter, value: str) -> str:
    try:
        return digits(value)
    except BadNumber as wrong:
        raise click.BadParameter(str(wrong)) from wrong


def _matching(pattern: str, wanted: str) -> Callable[[click.Context, click.Parameter, str], str]:
    def check(_context: click.Context, _option: click.Parameter, value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise click.BadParameter(f"{value!r} is not {wanted}")
        return value

    return check


def _condition(name: str) -> Decorator:
    """Return the option of one of the `Conditions`, with its own sentence and bounds."""
    known = Conditions.model_fields[name]
    option = f"--{name.replace('_', '-')}"
    if known.annotation is bool:
        return click.option(option, is_flag=True, help=known.description)
    least = next((one.ge for one in known.metadata if hasattr(one, "ge")), None)
    most = next((one.le for one in known.metadata if hasattr(one, "le")), None)
    kind = click.IntRange(least, most) if known.annotation is int else click.FloatRange(least, most)
    return click.option(option, type=kind, default=known.default, show_default=True, help=known.description)


def _option(*names: str, **details: Any) -> Decorator:
    return click.option(*names, show_default=True, **details)


PLACES: Final[tuple[Decorator, ...]] = (
    _option("--host", default="127.0.0.1", help="Address to listen on."),
    _option("--port", type=_PORT, default=2775, help="SMPP port; 0 takes a free one."),
    _option("--http-port", type=_PORT, default=8081, help="Port of the handset page; 0 takes a free one."),
)
SERVICE: Final[tuple[Decorator, ...]] = (
    _option(
        "--account",
        "accounts",
        multiple=True,
        metavar="ID:PASSWORD",
        default=("caredial:caredial",),
        callback=_accounts,
        help="An ESME that may bind; repeat it for several.",
    ),
    _option(
        "--service-number",
        default="12580120",
        callback=_digits,
        help="SMS to this number go to the ESME, others to the handset with that number.",
    ),
    _option(
        "--ussd-code",
        default="*120#",
        callback=_matching(r"[*#]{1,3}[0-9*]{1,15}#", "a USSD code, as *120# is"),
        help="The code that the ESME answers.",
    ),
    _option(
        "--country",
        default="86",
        callback=_matching(r"[0-9]{0,3}", "a calling code, as 86 is"),
        help="Calling code: 15400000001 and 8615400000001 are one handset. Empty for none.",
    ),
    _option(
        "--ussd-session",
        "layout",
        type=click.Choice(get_args(SessionKey)),
        default="its_session_info",
        help="How USSD sessions are told apart on the wire.",
    ),
    _option("--application-timeout", type=_SECONDS, default=30, help="Seconds the ESME has for a USSD text."),
    _option("--answer-timeout", type=_SECONDS, default=120, help="Seconds the subscriber has to answer."),
    _option("--session-timeout", type=_SECONDS, default=600, help="Seconds a USSD session may last."),
    _option("--queue", type=click.IntRange(1), default=10_000, help="Most messages kept for ESMEs."),
)
PAGE: Final[tuple[Decorator, ...]] = (
    _option("--own-number", default="15400000001", callback=_digits, help="Number of the first handset."),
    _option(
        "--kiosk-url",
        default="",
        metavar="URL",
        callback=_matching(r"|https?://[^/\s]\S*", "an address, as http://127.0.0.1:8080/kiosk is"),
        help="Kiosk page that the handset page links to.",
    ),
)
CONDITIONS: Final = tuple(_condition(name) for name in Conditions.model_fields)


def options(*groups: tuple[Decorator, ...]) -> Decorator:
    """Return one decorator that adds all options, in their order."""
    every = [one for group in groups for one in group]
    return lambda command: reduce(lambda wrapped, one: one(wrapped), reversed(every), command)


def service(given: Mapping[str, Any]) -> Service:
    """Return the service that the options describe."""
    return Service(
        accounts=given["accounts"],
        number=given["service_number"],
        country=given["country"],
        ussd_code=given["ussd_code"],
        layout=given["layout"],
        queue=given["queue"],
        timers=Timers(
            application=given["application_timeout"],
            subscriber=given["answer_timeout"],
            session=given["session_timeout"],
        ),
    )


def conditions(given: Mapping[str, Any]) -> Conditions:
    """Return the conditions that the options describe."""
    return Conditions(**{name: given[name] for name in Conditions.model_fields})
