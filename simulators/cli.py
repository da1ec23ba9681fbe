"""`caredial simulate smsc`: an SMS centre with handsets, to try everything without an operator."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, get_args

import click

from simulators.conditions import Conditions
from simulators.phones import BadNumber, digits
from simulators.smsc import Service
from simulators.ussd import Timers
from smpp.settings import SessionKey

log = logging.getLogger(__name__)


@click.group()
def simulate() -> None:
    """Play the operator: networks and handsets to try CareDial with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where the simulator listens."""

    host: str
    port: int
    http_port: int


def _accounts(_context: click.Context, _option: click.Parameter, values: tuple[str, ...]) -> Mapping[str, str]:
    accounts = dict(value.partition(":")[::2] for value in values)
    for value in values:
        name, colon, password = value.partition(":")
        if not name or not colon or len(name) > 15 or len(password) > 8 or not value.isascii():
            raise click.BadParameter(f"{value!r} is not ID:PASSWORD (at most 15 and 8 ASCII characters)")
    return accounts


def _digits(_context: click.Context, _option: click.Parameter, value: str) -> str:
    try:
        return digits(value)
    except BadNumber as wrong:
        raise click.BadParameter(str(wrong)) from wrong


def _code(_context: click.Context, _option: click.Parameter, value: str) -> str:
    if not re.fullmatch(r"[*#]{1,3}[0-9*]{1,15}#", value):
        raise click.BadParameter(f"{value!r} is no USSD code, as *120# is")
    return value


def _address(_context: click.Context, _option: click.Parameter, value: str) -> str:
    if value and not re.match(r"https?://[^/]", value):
        raise click.BadParameter(f"{value!r} is no address, as http://127.0.0.1:8080/kiosk is")
    return value


def _condition(name: str, option: str) -> Callable[[Any], Any]:
    """Return the option of one of the `Conditions`, with its own sentence and bounds."""
    known = Conditions.model_fields[name]
    if known.annotation is bool:
        return click.option(option, name, is_flag=True, help=known.description)
    bounds = {type(one).__name__: one for one in known.metadata}
    least, most = getattr(bounds.get("Ge"), "ge", None), getattr(bounds.get("Le"), "le", None)
    kind = click.IntRange(least, most) if known.annotation is int else click.FloatRange(least, most)
    return click.option(option, name, type=kind, default=known.default, show_default=True, help=known.description)


@simulate.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=2775, show_default=True, help="SMPP port; 0 takes a free one."
)
@click.option(
    "--http-port",
    type=click.IntRange(0, 65535),
    default=8081,
    show_default=True,
    help="Port of the handset page and its API; 0 takes a free one.",
)
@click.option(
    "--account",
    "accounts",
    multiple=True,
    metavar="ID:PASSWORD",
    default=("caredial:caredial",),
    show_default=True,
    callback=_accounts,
    help="An ESME that may bind; give it several times for several.",
)
@click.option(
    "--service-number",
    default="12580120",
    show_default=True,
    callback=_digits,
    help="SMS to this number go to the ESME, all others to the handset with that number.",
)
@click.option(
    "--ussd-code", default="*120#", show_default=True, callback=_code, help="The code that the ESME answers."
)
@click.option(
    "--country",
    default="86",
    show_default=True,
    metavar="DIGITS",
    help="Calling code: 15400000001 and 8615400000001 are one handset; empty for none.",
)
@click.option("--own-number", default="15400000001", show_default=True, callback=_digits, help="First number of the page.")
@click.option(
    "--kiosk-url", default="", metavar="URL", callback=_address, help="Kiosk page that the handset page links to."
)
@click.option(
    "--ussd-session",
    "layout",
    type=click.Choice(get_args(SessionKey)),
    default="its_session_info",
    show_default=True,
    help="How USSD sessions are told apart on the wire.",
)
@click.option("--application-timeout", type=float, default=30, show_default=True, help="Seconds the ESME has for a text.")
@click.option("--answer-timeout", type=float, default=120, show_default=True, help="Seconds the subscriber has to answer.")
@click.option("--session-timeout", type=float, default=600, show_default=True, help="Seconds a USSD session may last.")
@click.option("--queue", type=click.IntRange(1), default=10_000, show_default=True, help="Most messages kept for the ESME.")
@_condition("latency", "--latency")
@_condition("throttle", "--throttle")
@_condition("drop_after", "--drop-after")
@_condition("receipt_delay", "--receipt-delay")
@_condition("fail", "--fail")
@_condition("refuse", "--refuse")
@_condition("receipt_first", "--receipt-first")
@_condition("hex_ids", "--hex-ids")
@_condition("silent", "--silent")
@click.option("--seed", type=int, default=None, help="Make --fail and --refuse choose the same each time.")
@click.option("--verbose", "-v", is_flag=True, help="Log every bind and refusal.")
def smsc(host: str, port: int, http_port: int, own_number: str, kiosk_url: str, seed: int | None, verbose: bool, **rest: Any) -> None:
    """Run an SMS centre with handsets: SMPP 3.4 over TCP, and a phone drawn in the browser.

    Every number that you type on the page is a handset: dial the USSD code, answer menus, read and write SMS. An ESME
    (CareDial, or any other) binds with one of the accounts, as transceiver, or as transmitter and receiver.

    \b
      caredial simulate smsc
      caredial simulate smsc --account clinic:secret --port 2776 --http-port 8082
      caredial simulate smsc --latency 2 --throttle 5 --fail 0.1

    The misbehaviour (from --latency to --silent) is off unless asked for, and can be changed while it runs, on the page or by

    \b
      curl -H 'Content-Type: application/json' -d '{"latency": 0}' http://127.0.0.1:8081/api/network
    """
    _log_to_stderr(verbose=verbose)
    names = set(Conditions.model_fields)
    conditions = Conditions(**{name: value for name, value in rest.items() if name in names})
    service = Service(
        accounts=rest["accounts"],
        number=rest["service_number"],
        country=rest["country"],
        ussd_code=rest["ussd_code"],
        layout=rest["layout"],
        timers=Timers(rest["application_timeout"], rest["answer_timeout"], rest["session_timeout"]),
        queue=rest["queue"],
    )
