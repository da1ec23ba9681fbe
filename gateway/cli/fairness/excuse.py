"""`caredial visits excuse`: a visit that was missed, or given up, for a good reason."""

from __future__ import annotations

from pathlib import Path

import click

from gateway.cli.answers import AS_JSON, YES, answer, confirm
from gateway.cli.desk import Desk, many, opened, person, with_by
from gateway.cli.fairness.shown import act, plain
from gateway.cli.numbers import NUMBER
from gateway.cli.opening import with_config
from gateway.cli.problems import Mistake


@click.command(short_help="A missed visit counts no more.")
@click.argument("visit", metavar="ID", type=NUMBER)
@click.option("--reason", required=True, help="Why; it stands in the audit trail.")
@YES
@AS_JSON
@with_by
@with_config
def excuse(visit: int, reason: str, yes: bool, as_json: bool, by: str, config: Path | None) -> None:
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
        confirm(_question(desk, visit), yes=yes, as_json=as_json)
        lifted = act(desk, absences.excuse, visit=visit, reason=reason.strip(), by=person(by))
        said = f"visit {visit} is excused" + (f"; {many(lifted, 'block')} lifted" if lifted else "")
        answer(desk, said, as_json=as_json, visit=visit, excused=True, lifted=lifted)


def _question(desk: Desk, visit: int) -> str:
    """What it would do; a Problem where it cannot be done at all."""
    from clinic.fairness import absences  # noqa: PLC0415

    found: absences.Excusable = plain(desk, absences.excusable, visit=visit)
    place = found.department.text(desk.installation.language)
    lifted = f"; block {', '.join(map(str, found.blocks))} is lifted, and that is told" if found.blocks else ""
    said = f"Visit {visit} ({found.name}, {found.day} {place}, {found.state}) counts in no rule of absence any more"
    return f"{said}{lifted}. It cannot be taken back."
