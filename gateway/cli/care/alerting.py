"""`caredial care alerts`: emergencies that readings have shown, and who has seen to them."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gateway.cli.care import words
from gateway.cli.care.people import AS_JSON, SHOWN, audited, local, operator, print_documents
from gateway.cli.days import now_of
from gateway.cli.opening import opened_store, read_settings, with_config
from gateway.cli.problems import Problem

if TYPE_CHECKING:
    from clinic.care.alerts import AlertLine


@click.group(invoke_without_command=True)
@click.option("--all", "everything", is_flag=True, help="Also those that somebody has seen to.")
@click.option("--most", type=click.IntRange(1, 10_000), default=100, show_default=True, help="How many at most.")
@SHOWN
@AS_JSON
@with_config
@click.pass_context
def alerts(
    context: click.Context, everything: bool, most: int, shown: bool, as_json: bool, config: Path | None
) -> None:
    """List the emergencies that nobody has seen to, the newest first; close them.

    The doctor and who is on duty are told by SMS, again after [care] escalate_minutes, until one of them answers 1 or
    确认 with the number, or the desk closes it. Told: how often; 0 where a phone that nobody knows has raised too many.

    \b
    Examples:
        caredial care alerts
        caredial care alerts --all --shown
        caredial care alerts close 12 --by '张护士'
    """
    if context.invoked_subcommand is not None:
        return
    from clinic.care import alerts as raised  # noqa: PLC0415
    from gateway.cli.tables import show  # noqa: PLC0415

    settings = read_settings(config)
    with opened_store(settings) as store:
        found = store.run_now(raised.listed, opened=not everything, shown=shown, most=most)
        audited(store, settings, "alerts", None, shown=shown)
    if as_json:
        print_documents(asdict(line) for line in found)
        return
    rows = [
        (line.alert, local(settings, line.raised_at), line.resident or "", line.name or "not on record", line.age or "",
         line.phone, _what(line), line.told, line.closed_by or "open")
        for line in found
    ]  # fmt: skip
    columns = ("ID", "Raised", "No.", "Name", "Age", "Phone", "What", "Told", "Closed by")
    show(columns, rows, title=f"{len(rows)} alerts")


@alerts.command()
@click.argument("alert", metavar="ID", type=int)
@click.option("--by", help="Who has seen to it. Default: who types this.")
@with_config
def close(alert: int, by: str | None, config: Path | None) -> None:
    """Somebody has seen to it: it is told no more.

    \b
    Example:
        caredial care alerts close 12 --by '张护士'
    """
    from clinic.care import alerts as raised  # noqa: PLC0415

    settings = read_settings(config)
    with opened_store(settings) as store:
        if not store.run_now(raised.close, alert=alert, by=by or operator(), now=now_of(settings)):
            raise Problem(f"there is no open alert {alert}; `caredial care alerts` shows them")
    click.echo(f"alert {alert} is closed")


def _what(line: AlertLine) -> str:
    parts = [words.figures(line.readings), *(f"perhaps {guess}" for guess in line.unclear), *line.danger]
    return ", ".join(filter(None, parts))
