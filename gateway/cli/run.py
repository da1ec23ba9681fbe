"""`caredial run`: the daemon in the foreground."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gateway.cli.opening import opened_store, read_settings, with_config
from gateway.cli.problems import Problem

if TYPE_CHECKING:
    from gateway.config import Settings
    from gateway.store import Store

SWITCH_SECONDS = 0.0005


@click.command(short_help="Run the daemon in the foreground.")
@with_config
@click.option("--with-simulator", is_flag=True, help="Also play SMS centre, Asterisk and payments, here.")
@click.option(
    "--handset-port",
    type=click.IntRange(0, 65535),
    default=8081,
    show_default=True,
    help="Port of the handset page, with --with-simulator; 0 takes a free one.",
)
def run(config: Path | None, with_simulator: bool, handset_port: int) -> None:
    """Run the daemon in the foreground, until SIGTERM or Ctrl-C; then it finishes what is under way and ends.

    The log goes to standard error, and so does `ready: ADDRESS` once the daemon works. Every setting can come from the
    environment, as CAREDIAL_HTTP__PORT=8090 does.

    \b
    Examples:
        caredial run --config /etc/caredial/caredial.toml
        caredial run --with-simulator --handset-port 8082
    """
    settings = read_settings(config)
    # The reactor is installed by its import, and whoever only asks for --help needs none.
    from twisted.internet import reactor as twisted_reactor  # noqa: PLC0415, TID251

    from gateway import log  # noqa: PLC0415
    from gateway.app import App, CannotStart  # noqa: PLC0415
    from gateway.cli.daemon import Daemon  # noqa: PLC0415
    from gateway.cli.trial import MONEY_LISTENING, Ended, Trial, Trials, arguments, hint, money, played  # noqa: PLC0415

    # Beside busy store threads the reactor would wait up to 5 ms for its turn, at every step; measured by `make bench`.
    sys.setswitchinterval(SWITCH_SECONDS)
    reactor: Any = twisted_reactor
    options = arguments(settings, handset_port) if with_simulator else None
    with opened_store(settings) as store:  # tells what is wrong with it before anything is started
        told = hint(settings, _missing(settings, store)) if with_simulator and played(settings) else ""
    log.configure(settings.log)
    try:
        app = App(settings, reactor)
    except CannotStart as error:
        raise Problem(str(error)) from error
    daemon = Daemon(reactor, app, say=partial(click.echo, err=True), known=(CannotStart, Ended))
    if options is not None:
        how: Any = {"ended": daemon.fail, "write": partial(click.echo, nl=False)}
        provider = money(settings)
        trials = Trials(
            *([Trial(reactor, provider, **how, what="mobile-money", listening=MONEY_LISTENING)] if provider else []),
            Trial(reactor, options, **how, hint=told),
        )
        daemon.before, daemon.after = trials.start, trials.stop
    reactor.callWhenRunning(daemon.obey_signals)
    failure = daemon.run()
    if failure:
        raise Problem(failure)


def _missing(settings: Settings, store: Store) -> int:
    """How many prompts are missing, so that the hotline answers no call."""
    from clinic import spoken_names  # noqa: PLC0415
    from gateway.speech import open_library  # noqa: PLC0415
    from ivr.speech.phrases import needed  # noqa: PLC0415

    return len(open_library(settings).missing(needed(store.run_now(spoken_names.all_names))))
