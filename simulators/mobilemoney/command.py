"""`caredial simulate mobile-money`."""

from __future__ import annotations

import random
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, Final

import click

from mobilemoney.messages import Amount
from simulators.grouped import GroupedCommand
from simulators.mobilemoney.conditions import Conditions
from simulators.options import MONEY_CONDITIONS, options

READY: Final = "mobile money:"
"""How the line begins that is written when it listens."""


def _amount(_context: click.Context, _option: click.Parameter, value: str) -> Decimal:
    try:
        return Decimal(Amount.read(value))
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


@click.command(name="mobile-money", cls=GroupedCommand, short_help="Play a mobile-money provider.")
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

    from simulators.cli import log_to_stderr  # noqa: PLC0415
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
    trouble = {name: given[name] for name in Conditions.model_fields if given.get(name) is not None}
    platform = Platform(
        reactor,
        shop,
        calls=Caller(reactor),
        conditions=Conditions().changed(trouble),
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
