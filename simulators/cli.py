"""`caredial simulate`: an SMS centre with handsets, an Asterisk, a mobile-money provider, to try all here."""

from __future__ import annotations

import logging
import random
import sys
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import IO, Any, Final

import click
from twisted.logger import STDLibLogObserver, globalLogBeginner

from mobilemoney.messages import Amount
from simulators.grouped import GroupedCommand
from simulators.mobilemoney.conditions import Conditions as MoneyConditions
from simulators.options import (
    ASTERISK,
    ASTERISK_CONDITIONS,
    ASTERISK_PAGE,
    CONDITIONS,
    HOTLINE,
    MONEY_CONDITIONS,
    OUTBIND,
    PAGE,
    PLACES,
    SERVICE,
    asterisk_conditions,
    conditions,
    hotline,
    options,
    service,
)
from simulators.smsc import Service, Smsc

READY: Final = "mobile money:"
"""How the line begins that is written when it listens."""


@click.group()
def simulate() -> None:
    """Play the operator: networks and handsets to try CareDial with."""


@simulate.command(cls=GroupedCommand)
@options(PLACES, SERVICE, OUTBIND, HOTLINE, PAGE)
@click.option("--seed", type=int, default=None, help="Make all shares (as --submit-fail) choose the same each time.")
@click.option("--verbose", "-v", is_flag=True, help="Log every refusal and change, not only what is wrong.")
@options(CONDITIONS)
def smsc(host: str, port: int, http_port: int, seed: int | None, verbose: bool, **given: Any) -> None:
    """Run an SMS centre with handsets: SMPP 3.4 over TCP, and a phone drawn in the browser.

    Every number that you type on the page is a handset: dial the USSD code, answer menus, read and write SMS. An
    ESME (CareDial, or any other) binds with one of the accounts, as transceiver, or as transmitter and receiver.

    With --manager-port there is an Asterisk as well: the same handsets call the hotline, hear its prompts and press
    keys. How it misbehaves is said to its API (/api/asterisk), or to `caredial simulate asterisk`.

    \b
      caredial simulate smsc
      caredial simulate smsc --manager-port 5038 --manager-account caredial:secret --hotline 12580
      caredial simulate smsc --account clinic:secret --port 2776 --http-port 8082
      caredial simulate smsc --network rush-hour
      caredial simulate smsc --submit-latency 2 --submit-throttle 5 --submit-fail 0.1

    The network behaves unless asked otherwise, by the options from --network on. A STATUS is a command_status by
    name or number: ESME_RTHROTTLED, RTHROTTLED, 0x58. All of that can be changed while it runs, on the page or by
    its API:

    \b
      curl -H 'Content-Type: application/json' -d '{"submit_latency": 0}' http://127.0.0.1:8081/api/network
      curl -H 'Content-Type: application/json' -d '{"name": "hostile"}' http://127.0.0.1:8081/api/network/name
    """
    # Klein imports the reactor as it is imported; whoever only asks for --help needs neither.
    from twisted.internet import reactor as twisted_reactor  # noqa: PLC0415, TID251

    from simulators.asterisk.exchange import Exchange  # noqa: PLC0415
    from simulators.asterisk.pages import TelephonePages  # noqa: PLC0415
    from simulators.asterisk.server import ManagerServer  # noqa: PLC0415
    from simulators.http import HandsetPages  # noqa: PLC0415
    from simulators.outbind import AGAIN, Outbinds  # noqa: PLC0415
    from simulators.running import PortTaken, Running  # noqa: PLC0415
    from simulators.server import Server  # noqa: PLC0415

    reactor: Any = twisted_reactor
    log_to_stderr(verbose=verbose)
    chance = random.Random(seed)
    centre = Smsc(reactor, service(given), conditions=conditions(given), chance=chance)
    server = Server(centre, reactor)
    outbinds = Outbinds(reactor, server)
    exchange = None if given["manager_port"] is None else Exchange(reactor, hotline(given), chance=chance)
    pages = HandsetPages(
        centre,
        reactor,
        own_number=given["own_number"],
        kiosk_url=given["kiosk_url"],
        outbind=outbinds.say,
        telephones=None if exchange is None else TelephonePages(exchange),
    )
    running = Running(
        reactor,
        server,
        pages,
        host=host,
        certificate=_certificate(given["tls_certificate"]),
        manager=None if exchange is None else ManagerServer(exchange),
    )
    try:
        manager_port = given["manager_port"] or 0
        smpp_port, page_port = running.start(port=port, http_port=http_port, manager_port=manager_port)
    except PortTaken as taken:
        raise click.ClickException(str(taken)) from taken
    if given["outbind"]:
        esme, _, esme_port = given["outbind"].rpartition(":")
        outbinds.say(esme, int(esme_port), given["outbind_id"], given["outbind_password"], again=AGAIN)
    click.echo(f"smpp: {host}:{smpp_port} (accounts: {', '.join(given['accounts'])})")
    if exchange is not None:
        _tell_of_asterisk(host, running.manager_port, given)
    click.echo(f"handset page: http://{host}:{page_port}/")
    reactor.run()


@simulate.command(cls=GroupedCommand)
@options(ASTERISK, ASTERISK_PAGE)
@click.option("--seed", type=int, default=None, help="Make all shares (as --dial-congested) choose the same each time.")
@click.option("--verbose", "-v", is_flag=True, help="Log every change, not only what is wrong.")
@options(ASTERISK_CONDITIONS)
def asterisk(host: str, http_port: int, seed: int | None, verbose: bool, **given: Any) -> None:
    """Run an Asterisk with telephones: its manager interface (AMI) with AsyncAGI, and a telephone in the browser.

    Every number that you type on the page is a telephone: call the hotline, hear the prompts that the application has
    it play, press keys, and be called.

    \b
      caredial simulate asterisk
      caredial simulate asterisk --manager-account ivr:secret --manager-port 5038 --hotline 12580
      caredial simulate asterisk --phone-manner answers --dial-congested 0.1

    It behaves as an Asterisk 22 unless asked otherwise. All of that can be changed while it runs, by its API:

    \b
      curl -H 'Content-Type: application/json' -d '{"manager_no_dtmf": true}' http://127.0.0.1:8081/api/asterisk
      curl -H 'Content-Type: application/json' -d '{"seconds": 5}' http://127.0.0.1:8081/api/asterisk/restart
    """
    from twisted.internet import reactor as twisted_reactor  # noqa: PLC0415, TID251

    from simulators.asterisk.exchange import Exchange  # noqa: PLC0415
    from simulators.asterisk.pages import TelephonePages  # noqa: PLC0415
    from simulators.asterisk.server import ManagerServer  # noqa: PLC0415
    from simulators.http import HandsetPages  # noqa: PLC0415
    from simulators.running import PortTaken, Running  # noqa: PLC0415
    from simulators.server import Server  # noqa: PLC0415

    reactor: Any = twisted_reactor
    log_to_stderr(verbose=verbose)
    chance = random.Random(seed)
    exchange = Exchange(reactor, hotline(given), conditions=asterisk_conditions(given), chance=chance)
    centre = Smsc(reactor, Service(country=given["country"]), chance=chance)  # nobody speaks SMPP to it
    pages = HandsetPages(
        centre, reactor, own_number=given["own_number"], telephones=TelephonePages(exchange), only_calls=True
    )
    running = Running(reactor, Server(centre, reactor), pages, host=host, manager=ManagerServer(exchange))
    try:
        _, page_port = running.start(port=None, http_port=http_port, manager_port=given["manager_port"])
    except PortTaken as taken:
        raise click.ClickException(str(taken)) from taken
    _tell_of_asterisk(host, running.manager_port, given)
    click.echo(f"handset page: http://{host}:{page_port}/")
    reactor.run()


def _amount(_context: click.Context, _option: click.Parameter, value: str) -> Decimal:
    try:
        return Decimal(Amount.read(value))
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


@simulate.command(name="mobile-money", cls=GroupedCommand, short_help="Play a mobile-money provider.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8083, show_default=True, help="0 takes a free one.")
@click.option("--client", default="caredial:caredial", show_default=True, metavar="ID:SECRET", help="Who may ask.")
@click.option("--merchant", default="caredial", show_default=True, help="The merchant's id.")
@click.option("--currency", default="CNY", show_default=True, help="The only currency (ISO 4217).")
@click.option("--opening", default="500.00", show_default=True, callback=_amount, help="What a new account holds.")
@click.option("--callback-key", default="", help="Shared secret that callbacks show (X-API-Key).")
@click.option("--file", type=click.Path(dir_okay=False, path_type=Path), help="Keep the books here; else in memory.")
@click.option("--seed", type=int, default=None, help="Make all shares and numbers the same each time.")
@click.option("--verbose", "-v", is_flag=True, help="Log every callback, not only what is wrong.")
@options(MONEY_CONDITIONS)
def mobile_money(host: str, port: int, seed: int | None, verbose: bool, file: Path | None, **given: Any) -> None:
    """Run a mobile-money platform: the GSMA Mobile Money API 1.2 for one merchant, with accounts of phones.

    Every phone has an account from its first payment on. Its holder is asked for the PIN, and enters it after
    --pay-seconds; then the money moves, and the platform calls back.

    \b
      caredial simulate mobile-money
      caredial simulate mobile-money --answer-lost 1 --callback-times 0
      caredial simulate mobile-money --file /tmp/books.json --pay-manner silent

    It behaves unless asked otherwise. All of that can be changed while it runs, and an account as well:

    \b
      HERE=http://127.0.0.1:8083/simulator JSON='Content-Type: application/json'
      curl -H "$JSON" -d '{"callback_times": 2}' $HERE/conditions
      curl -H "$JSON" -d '{"balance": "1.00"}' $HERE/accounts/+8615400000001
    """
    from twisted.internet import reactor as twisted_reactor  # noqa: PLC0415, TID251
    from twisted.internet.error import CannotListenError  # noqa: PLC0415
    from twisted.web.server import Site  # noqa: PLC0415

    from simulators.mobilemoney import books  # noqa: PLC0415
    from simulators.mobilemoney.http import Caller, PlatformPages  # noqa: PLC0415
    from simulators.mobilemoney.platform import Platform  # noqa: PLC0415
    from simulators.mobilemoney.wallets import Shop  # noqa: PLC0415

    reactor: Any = twisted_reactor
    log_to_stderr(verbose=verbose)
    client_id, _, secret = given["client"].partition(":")
    shop = Shop(given["merchant"], client_id, secret, given["currency"], given["callback_key"], given["opening"])
    try:
        kept = books.Books() if file is None else books.load(file)
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    save: Callable[[], object] = (lambda: None) if file is None else partial(books.save, file, kept)
    trouble = {name: given[name] for name in MoneyConditions.model_fields if given.get(name) is not None}
    platform = Platform(
        reactor,
        shop,
        calls=Caller(reactor),
        conditions=MoneyConditions().changed(trouble),
        chance=random.Random(seed),
        books=kept,
        changed=save,
    )
    try:
        listening = reactor.listenTCP(port, Site(PlatformPages(platform).app.resource()), interface=host)
    except CannotListenError as error:
        raise click.ClickException(
            f"cannot listen on {host} port {port} ({error.socketError}): choose --port"
        ) from error
    click.echo(f"{READY} http://{host}:{listening.getHost().port} (client {client_id}, merchant {shop.merchant})")
    reactor.run()


def _tell_of_asterisk(host: str, port: int, given: Mapping[str, Any]) -> None:
    click.echo(f"asterisk: {host}:{port} (accounts: {', '.join(given['managers'])}; hotline {given['hotline']})")


def _certificate(file: IO[bytes] | None) -> Any:
    if file is None:
        return None
    from OpenSSL.crypto import Error  # noqa: PLC0415
    from twisted.internet.ssl import PrivateCertificate  # noqa: PLC0415

    try:
        return PrivateCertificate.loadPEM(file.read())
    except Error as wrong:
        raise click.BadParameter(
            f"{file.name} has no key and certificate in PEM", param_hint="--tls-certificate"
        ) from wrong


def log_to_stderr(*, verbose: bool) -> None:
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.DEBUG if verbose else logging.INFO,
        format="%(asctime)s %(levelname)-7s %(name)s: %(message)s",
    )
    # Twisted tells each HTTP request at INFO; the page's stream would fill the log.
    logging.getLogger("twisted").setLevel(logging.WARNING)
    globalLogBeginner.beginLoggingTo([STDLibLogObserver()], redirectStandardIO=False)
