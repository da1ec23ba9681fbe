"""`caredial ivr status`: the Asterisks and their calls, once or live."""

from __future__ import annotations

import datetime as dt
import json
import time
from pathlib import Path
from typing import Any

import click

from gateway.cli.control import connected
from gateway.cli.opening import read_settings, with_config
from gateway.cli.problems import FAILED

EVERY_SECONDS = 1.0
COLUMNS = ("Server", "State", "Since", "Calls", "Ping ms", "Waiting", "Asterisk", "Counters")


@click.command(short_help="Show the Asterisks and their calls.")
@click.option("--json", "as_json", is_flag=True, help="For programs: one JSON document; with --watch one a line.")
@click.option("--watch", is_flag=True, help="Go on showing, every second, until Ctrl-C.")
@with_config
@click.pass_context
def status(ctx: click.Context, as_json: bool, watch: bool, config: Path | None) -> None:
    """Show each Asterisk of the running daemon, and its calls.

    Calls: in (callers), out (calls that we made and that were answered), ringing and dialling (not answered yet). Ping:
    what its last answer took. Waiting: actions that wait for their answer, and behind them those that wait to be
    written. Exits with 1 if an Asterisk is not ready.

    \b
    Examples:
        caredial ivr status
        caredial ivr status --watch
        caredial ivr status --json | jq '.servers[] | {name, ready, calls}'
    """
    from gateway.cli.tables import live, show  # noqa: PLC0415

    with connected(read_settings(config)) as control:

        def again() -> list[tuple[Any, ...]]:
            time.sleep(EVERY_SECONDS)
            return rows(control.servers()["servers"])

        found = control.servers()
        if not watch:
            if as_json:
                click.echo(json.dumps(found, ensure_ascii=False))
            else:
                show(COLUMNS, rows(found["servers"]))
                click.echo(f"{found['calls']} calls")
            ctx.exit(0 if all(server["ready"] for server in found["servers"]) else FAILED)
        try:
            if as_json:
                while True:
                    click.echo(json.dumps(control.servers(), ensure_ascii=False))
                    time.sleep(EVERY_SECONDS)
            live(COLUMNS, rows(found["servers"]), again)
        except KeyboardInterrupt:
            pass


def rows(servers: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """A row for each Asterisk."""
    return list(map(_row, servers))


def _row(server: dict[str, Any]) -> tuple[Any, ...]:
    from rich.text import Text  # noqa: PLC0415

    since = dt.datetime.fromtimestamp(server["since"]).astimezone()
    calls = ", ".join(f"{count} {state}" for state, count in sorted(server["calls"].items())) or "-"
    counters = " ".join(f"{name.replace(' ', '-')}={count}" for name, count in sorted(server["counters"].items()))
    return (
        server["name"],
        Text(server["state"], style="green" if server["ready"] else "bold red"),
        f"{since:%m-%d %H:%M:%S}",
        calls,
        "-" if server["ping"] is None else f"{server['ping']:.0f}",
        f"{server['written']}+{server['queued']}",
        server["version"].removeprefix("Asterisk Call Manager/") or "-",
        counters,
    )
