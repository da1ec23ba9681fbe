"""`caredial smpp status`: the links and their binds, once or live."""

from __future__ import annotations

import datetime as dt
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gateway.cli.control import connected
from gateway.cli.opening import read_settings, with_config
from gateway.cli.problems import FAILED

if TYPE_CHECKING:
    from rich.text import Text

EVERY_SECONDS = 1.0
COLUMNS = ("Link", "State", "Since", "Window", "Rate/s", "Queued", "SMSC", "Counters")


@click.command(short_help="Show the links and their binds.")
@click.option("--json", "as_json", is_flag=True, help="For programs: one JSON document; with --watch one a line.")
@click.option("--watch", is_flag=True, help="Go on showing, every second, until Ctrl-C.")
@with_config
@click.pass_context
def status(ctx: click.Context, as_json: bool, watch: bool, config: Path | None) -> None:
    """Show each link of the running daemon, and each of its binds.

    Window: submits that wait for their answer, and how many may. Rate/s: the pace now and the one that is set (- is no
    limit); a link that the SMS centre throttles slows down and recovers by itself. Queued: submits that wait for a
    place in the window, or for the pace. Exits with 1 if a link is not bound.

    \b
    Examples:
        caredial smpp status
        caredial smpp status --watch
        caredial smpp status --json | jq '.links[] | {name, bound, pace}'
    """
    from gateway.cli.tables import live, show  # noqa: PLC0415

    with connected(read_settings(config)) as control:

        def again() -> list[tuple[Any, ...]]:
            time.sleep(EVERY_SECONDS)
            return rows(control.links())

        links = control.links()
        if not watch:
            if as_json:
                click.echo(json.dumps({"links": links}, ensure_ascii=False))
            else:
                show(COLUMNS, rows(links))
            ctx.exit(0 if all(link["bound"] for link in links) else FAILED)
        try:
            if as_json:
                while True:
                    click.echo(json.dumps({"links": control.links()}, ensure_ascii=False))
                    time.sleep(EVERY_SECONDS)
            live(COLUMNS, rows(links), again)
        except KeyboardInterrupt:
            pass


def rows(links: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """A row for each link, and beneath it one for each of its binds."""
    return [row for link in links for row in (_link(link), *(_bind(bind) for bind in link["binds"]))]


def _link(link: dict[str, Any]) -> tuple[Any, ...]:
    used, room = (sum(bind[name] for bind in link["binds"]) for name in ("window_used", "window"))
    counters = " ".join(f"{name.replace(' ', '-')}={count}" for name, count in sorted(link["counters"].items()))
    pace = f"{_rate(link['pace'])}/{_rate(link['rate'])}"
    return link["name"], _state(link), "", f"{used}/{room}", pace, link["queued"], "", counters


def _state(link: dict[str, Any]) -> Text:
    from rich.text import Text  # noqa: PLC0415

    if not link["bound"]:
        return Text("down", style="bold red")
    return Text("throttled", style="yellow") if link["throttled"] else Text("up", style="green")


def _bind(bind: dict[str, Any]) -> tuple[Any, ...]:
    since = dt.datetime.fromtimestamp(bind["since"]).astimezone()
    version = "" if bind["version"] is None else f" {bind['version'] >> 4}.{bind['version'] & 15}"
    window = f"{bind['window_used']}/{bind['window']}"
    return f"  {bind['mode']}", bind["state"], f"{since:%m-%d %H:%M:%S}", window, "", "", bind["smsc"] + version, ""


def _rate(rate: float) -> str:
    return f"{rate:.4g}" if rate else "-"
