"""The options of `caredial simulate smsc` and `asterisk` and what they are read into; troubles of `mobile-money`."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial, reduce
from pathlib import Path
from typing import Any, Final

import click
from pydantic import ValidationError

from simulators.asterisk.conditions import GROUPS as ASTERISK_GROUPS
from simulators.asterisk.conditions import AsteriskConditions
from simulators.asterisk.exchange import Hotline
from simulators.conditions import Conditions
from simulators.forms import Entry, Group, groups
from simulators.grouped import GroupedOption
from simulators.mobilemoney.conditions import GROUPS as MONEY_GROUPS
from simulators.networks import NETWORKS
from simulators.phones import BadNumber, digits
from simulators.smsc import Service
from simulators.ussd import Timers
from smpp import ussd

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


def _managers(_context: click.Context, _option: click.Parameter, values: tuple[str, ...]) -> Mapping[str, str]:
    pairs = [value.partition(":") for value in values]
    if not all(name and colon and secret for name, colon, secret in pairs):
        raise click.BadParameter("not USER:SECRET")
    return {name: secret for name, _, secret in pairs}


def _queues(
    _context: click.Context, _option: click.Parameter, values: tuple[str, ...]
) -> Mapping[str, tuple[str, ...]]:
    queues: dict[str, tuple[str, ...]] = {}
    for value in values:
        name, _, number = value.partition(":")
        if not name or not re.fullmatch(r"[0-9]{3,15}", number):
            raise click.BadParameter(f"{value!r} is not NAME:NUMBER")
        queues[name] = (*queues.get(name, ()), number)
    return queues


def _dialect(_context: click.Context, _option: click.Parameter, value: str) -> ussd.Dialect:
    try:
        return ussd.Dialect.model_validate(json.loads(value) if value.startswith("{") else value)
    except ValueError as wrong:
        reason = wrong.errors()[0]["msg"] if isinstance(wrong, ValidationError) else wrong
        raise click.BadParameter(f"{value!r}: {reason}") from wrong


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


_TYPES: Final[Mapping[str, Callable[[Entry], Any]]] = {
    "switch": lambda _: None,
    "whole": lambda entry: click.IntRange(_whole(entry.least), _whole(entry.most)),
    "number": lambda entry: click.FloatRange(entry.least, entry.most),
    "choice": lambda entry: click.Choice(entry.choices),
    "status": lambda _: str,
    "reaction": lambda _: str,
}
_METAVARS: Final = {"status": "STATUS", "reaction": "STATUS|close|wait", "whole": "N", "number": "X", "choice": "NAME"}


def _whole(bound: float | None) -> int | None:
    return None if bound is None else int(bound)


def _conditions_of(group: Group) -> Iterator[Decorator]:
    """Yield the options of a group of conditions; what is not given stays as --network has it."""
    title = f"{group.title} (--{group.prefix}-...)"
    for entry in group.entries:
        option = f"--{entry.name.replace('_', '-')}"
        switch = entry.kind == "switch"
        sentence = entry.sentence
        if entry.kind == "choice":
            sentence = f"{sentence} One of {', '.join(entry.choices)}."
        yield click.option(
            option,
            cls=GroupedOption,
            group=title,
            type=_TYPES[entry.kind](entry),
            metavar=None if switch else _METAVARS[entry.kind],
            is_flag=switch,
            default=None,
            help=sentence,
        )


def _option(*names: str, **details: Any) -> Decorator:
    return click.option(*names, show_default=True, cls=GroupedOption, **details)


_place = partial(_option, group="Where it listens")
_service = partial(_option, group="What the operator agreed on with the application")
_outbind = partial(_option, group="Speaking first")
_page = partial(_option, group="The handset page")
_asterisk = partial(_option, group="The Asterisk")


PLACES: Final[tuple[Decorator, ...]] = (
    _place("--host", default="127.0.0.1", help="Address to listen on."),
    _place("--port", type=_PORT, default=2775, help="SMPP port; 0 takes a free one."),
    _place(
        "--tls-certificate",
        type=click.File("rb"),
        default=None,
        metavar="FILE",
        help="PEM file with a key and its certificate: SMPP goes over TLS.",
    ),
    _place("--http-port", type=_PORT, default=8081, help="Port of the handset page; 0 takes a free one."),
)
COUNTRY: Final = _service(
    "--country",
    default="86",
    callback=_matching(r"[0-9]{0,3}", "a calling code, as 86 is"),
    help="Calling code: 15400000001 and 8615400000001 are one handset. Empty for none.",
)
SERVICE: Final[tuple[Decorator, ...]] = (
    _service(
        "--account",
        "accounts",
        multiple=True,
        metavar="ID:PASSWORD",
        default=("caredial:caredial",),
        callback=_accounts,
        help="An ESME that may bind; repeat it for several.",
    ),
    _service(
        "--service-number",
        default="12580120",
        callback=_digits,
        help="SMS to this number go to the ESME, others to the handset with that number.",
    ),
    _service(
        "--ussd-code",
        default="*120#",
        callback=_matching(r"[*#]{1,3}[0-9*]{1,15}#", "a USSD code, as *120# is"),
        help="The code that the ESME answers.",
    ),
    COUNTRY,
    _service(
        "--ussd",
        "dialect",
        default="standard",
        metavar="DIALECT",
        callback=_dialect,
        help=f"How USSD is carried: {', '.join(ussd.DIALECTS)}, or a table as JSON that starts from one as base.",
    ),
    _service("--application-timeout", type=_SECONDS, default=30, help="Seconds the ESME has for a USSD text."),
    _service("--answer-timeout", type=_SECONDS, default=120, help="Seconds the subscriber has to answer."),
    _service("--session-timeout", type=_SECONDS, default=600, help="Seconds a USSD session may last."),
    _service("--queue", type=click.IntRange(1), default=10_000, help="Most messages kept for ESMEs."),
)
OUTBIND: Final[tuple[Decorator, ...]] = (
    _outbind(
        "--outbind",
        default="",
        metavar="HOST:PORT",
        callback=_matching(r"|[A-Za-z0-9.\-]+:[0-9]{1,5}", "HOST:PORT"),
        help="Connect to an ESME that listens there and say outbind, again after each loss.",
    ),
    _outbind("--outbind-id", default="caredial-smsc", help="system_id in outbind."),
    _outbind("--outbind-password", default="", help="Password in outbind, at most 8 characters."),
)
PAGE: Final[tuple[Decorator, ...]] = (
    _page("--own-number", default="15400000001", callback=_digits, help="Number of the first handset."),
    _page(
        "--kiosk-url",
        default="",
        metavar="URL",
        callback=_matching(r"|https?://[^/\s]\S*", "an address, as http://127.0.0.1:8080/kiosk is"),
        help="Kiosk page that the handset page links to.",
    ),
)
HOST: Final[tuple[Decorator, ...]] = (_asterisk("--host", default="127.0.0.1", help="Address to listen on."),)
ASTERISK_PAGE: Final[tuple[Decorator, ...]] = (
    _page("--http-port", type=_PORT, default=8081, help="Port of the page with the telephone; 0 takes a free one."),
    PAGE[0],
)


def asterisk(*, port: int | None) -> tuple[Decorator, ...]:
    """Return the options of an Asterisk; without a `port` there is one only if it is asked for."""
    unless = "" if port else " Without it there is no Asterisk."
    return (
        _asterisk(
            "--manager-port",
            type=_PORT,
            default=port,
            help=f"Port of its manager interface; 0 takes a free one.{unless}",
        ),
        _asterisk(
            "--manager-account",
            "managers",
            multiple=True,
            metavar="USER:SECRET",
            default=("caredial:caredial",),
            callback=_managers,
            help="Who may log in; repeat it for several.",
        ),
        _asterisk("--hotline", default="12580", callback=_digits, help="Number that it answers with AGI(agi:async)."),
        _asterisk(
            "--queue-member",
            "queues",
            multiple=True,
            metavar="NAME:NUMBER",
            callback=_queues,
            help="Telephone of a queue, for EXEC Queue; repeat it for several.",
        ),
        _asterisk(
            "--speed",
            type=click.FloatRange(0.1, 1000),
            default=1.0,
            help="How many times faster than in reality prompts are played.",
        ),
        _asterisk(
            "--sounds",
            type=click.Path(file_okay=False, path_type=Path),
            default=None,
            metavar="FOLDER",
            help="Where prompts are that are named without a folder.",
        ),
    )


HOTLINE: Final = asterisk(port=None)
ASTERISK: Final = (*HOST, *asterisk(port=5038), COUNTRY)
ASTERISK_CONDITIONS: Final = tuple(option for group in groups(ASTERISK_GROUPS) for option in _conditions_of(group))
MONEY_CONDITIONS: Final = tuple(option for group in groups(MONEY_GROUPS) for option in _conditions_of(group))
NETWORK: Final[tuple[Decorator, ...]] = (
    click.option(
        "--network",
        cls=GroupedOption,
        group="The network as a whole",
        type=click.Choice(tuple(NETWORKS)),
        default="good",
        metavar="NAME",
        show_default=True,
        help=f"Conditions by one name, where the options below do not say otherwise: {', '.join(NETWORKS)}.",
    ),
)
CONDITIONS: Final = (*NETWORK, *(option for group in groups() for option in _conditions_of(group)))


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
        dialect=given["dialect"],
        queue=given["queue"],
        timers=Timers(
            application=given["application_timeout"],
            subscriber=given["answer_timeout"],
            session=given["session_timeout"],
        ),
    )


def hotline(given: Mapping[str, Any]) -> Hotline:
    """Return the Asterisk that the options describe."""
    return Hotline(
        number=given["hotline"],
        accounts=given["managers"],
        country=given["country"],
        queues=given["queues"],
        speed=given["speed"],
        sounds=given["sounds"],
    )


def asterisk_conditions(given: Mapping[str, Any]) -> AsteriskConditions:
    """Return the conditions of an Asterisk that the options describe; click has checked each."""
    said = {name: given[name] for name in AsteriskConditions.model_fields if given.get(name) is not None}
    return AsteriskConditions().changed(said)


def conditions(given: Mapping[str, Any]) -> Conditions:
    """Return the conditions that the options describe. Raises click.UsageError."""
    said = {name: given[name] for name in Conditions.model_fields if given.get(name) is not None}
    try:
        return NETWORKS[given["network"]].changed(said)
    except ValidationError as wrong:
        reasons = (f"--{one['loc'][0]}: {one['msg']}".replace("_", "-") for one in wrong.errors())
        raise click.UsageError("; ".join(reasons)) from wrong
