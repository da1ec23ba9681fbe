"""`caredial simulate smsc`: an SMS centre with handsets, to try everything without an operator."""

from __future__ import annotations

import logging
import random
import sys
from typing import Any

import click
from twisted.logger import STDLibLogObserver, globalLogBeginner

from simulators.options import CONDITIONS, PAGE, PLACES, SERVICE, conditions, options, service
from simulators.smsc import Smsc


@click.group()
def simulate() -> None:
    """Play the operator: networks and handsets to try CareDial with."""


@simulate.command()
@options(PLACES, SERVICE, PAGE, CONDITIONS)
@click.option("--seed", type=int, default=None, help="Make --fail and --refuse choose the same each time.")
@click.option("--verbose", "-v", is_flag=True, help="Log every refusal and change, not only what is wrong.")
def smsc(host: str, port: int, http_port: int, seed: int | None, verbose: bool, **given: Any) -> None:
    """Run an SMS centre with handsets: SMPP 3.4 over TCP, and a phone drawn in the browser.

    Every number that you type on the page is a handset: dial the USSD code, answer menus, read and write SMS. An
    ESME (CareDial, or any other) binds with one of the accounts, as transceiver, or as transmitter and receiver.

    \b
      caredial simulate smsc
      caredial simulate smsc --account clinic:secret --port 2776 --http-port 8082
      caredial simulate smsc --latency 2 --throttle 5 --fail 0.1

    The network behaves unless asked otherwise (from --latency to --silent). All of that can be changed while it
    runs, on the page or by its API:

    \b
      curl -H 'Content-Type: application/json' -d '{"latency": 0}' http://127.0.0.1:8081/api/network
    """
    # Klein imports the reactor as it is imported; whoever only asks for --help needs neither.
    from twisted.internet import reactor as twisted_reactor  # noqa: PLC0415, TID251

    from simulators.http import HandsetPages  # noqa: PLC0415
    from simulators.running import PortTaken, Running  # noqa: PLC0415
    from simulators.server import Server  # noqa: PLC0415

    reactor: Any = twisted_reactor
    _log_to_stderr(verbose=verbose)
    centre = Smsc(reactor, service(given), conditions=conditions(given), chance=random.Random(seed))
    pages = HandsetPages(centre, reactor, own_number=given["own_number"], kiosk_url=given["kiosk_url"])
    running = Running(reactor, Server(centre, reactor), pages, host=host)
    try:
        smpp_port, page_port = running.start(port=port, http_port=http_port)
    except PortTaken as taken:
        raise click.ClickException(str(taken)) from taken
    click.echo(f"smpp: {host}:{smpp_port} (accounts: {', '.join(given['accounts'])})")
    click.echo(f"handset page: http://{host}:{page_port}/")
    reactor.run()


def _log_to_stderr(*, verbose: bool) -> None:
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.DEBUG if verbose else logging.INFO,
        format="%(asctime)s %(levelname)-7s %(name)s: %(message)s",
    )
    # Twisted tells each HTTP request at INFO; the page's stream would fill the log.
    logging.getLogger("twisted").setLevel(logging.WARNING)
    globalLogBeginner.beginLoggingTo([STDLibLogObserver()], redirectStandardIO=False)
