"""`caredial visits excuse`: a visit that was missed, or given up, for a good reason."""

from __future__ import annotations

from pathlib import Path

import click

from gateway.cli.broadcast.desk import many, opened, person, with_by
from gateway.cli.fairness.shown import act
from gateway.cli.numbers import NUMBER
from gateway.cli.opening import with_config
from gateway.cli.problems import Mistake


@click.command(short_help="A missed visit counts no more.")
@click.argument("visit", metavar="ID", type=NUMBER)
@click.option("--reason", required=True, help="Why; it stands in the audit trail.")
@with_by
@with_config
def excuse(visit: int, reason: str, by: str, config: Path | None) -> None:
    """Excuse a visit that was missed, or given up by its booker: it counts in no rule of absence any more, and a block
    that it was counted for is lifted, and told so. Where others are enough without it, they block anew.

    \b
    Example:
        caredial visits excuse 812 --reason 'ambulance, seen the papers'
    """
    from clinic.fairness import absences  # noqa: PLC0415

    if not reason.strip():
        raise Mistake("--reason: say why")
    with opened(config) as desk:
        lifted = act(desk, absences.excuse, visit=visit, reason=reason.strip(), by=person(by))
    click.echo(f"visit {visit} is excused" + (f"; {many(lifted, 'block')} lifted" if lifted else ""))
