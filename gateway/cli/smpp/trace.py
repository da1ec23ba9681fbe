"""`caredial smpp trace`: PDUs as they go by."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import click

from gateway.cli.control import connected
from gateway.cli.opening import read_settings, with_config
from gateway.cli.problems import Mistake


@click.command(short_help="Show PDUs as they go by.")
@click.option("--link", metavar="NAME", default="", help="Only this link's. Default: all.")
@click.option("--phone", metavar="NUMBER", default="", help="Only those of this phone, and the answers to them.")
@click.option("--texts", is_flag=True, help="Show message texts too. Mind whose they are.")
@click.option("--json", "as_json", is_flag=True, help="A JSON document a line, with every field.")
@click.option("--count", type=click.IntRange(1), help="End after so many PDUs. Default: at Ctrl-C.")
@with_config
def trace(link: str, phone: str, texts: bool, as_json: bool, count: int | None, config: Path | None) -> None:
    """Show the PDUs of the running daemon, decoded, one a line: -> is ours, <- the SMS centre's.

    Phone numbers are always masked, passwords never shown, texts only with --texts. Watching never holds up a link:
    where the lines are read too slowly some are left out, and a line says how many.

    \b
    Examples:
        caredial smpp trace
        caredial smpp trace --link main --phone 13800138000 --count 20
        caredial smpp trace --json --texts | jq .pdu
    """
    if phone and not any(character.isdigit() for character in phone):
        raise Mistake(f"--phone {phone}: not a phone number")
    seen = 0
    with connected(read_settings(config)) as control:
        try:
            for traced in control.trace(link=link, phone=phone, texts=str(int(texts))):
                click.echo(json.dumps(traced, ensure_ascii=False) if as_json else told(traced))
                seen += "dropped" not in traced
                if count is not None and seen >= count:
                    break
        except KeyboardInterrupt:
            pass


def told(traced: dict[str, Any]) -> str:
    """One line of a trace for people."""
    if "dropped" in traced:
        return f"... {traced['dropped']} PDUs are not shown: these lines are read too slowly"
    at = dt.datetime.fromtimestamp(traced["at"]).astimezone()
    arrow = "->" if traced["sent"] else "<-"
    return f"{at:%H:%M:%S.%f}"[:-3] + f" {traced['link']} {traced['bind'][:4]} {arrow} {traced['line']}"
