"""`caredial sessions substitute`, `experts`, `open`, `close`: who holds a clinic, and whether it is offered."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gateway.cli.broadcast.desk import many, opened, person, with_by
from gateway.cli.numbers import NUMBER
from gateway.cli.opening import with_config
from gateway.cli.sessions.desk import AS_JSON, YES, asked, known, named, print_documents
from gateway.keys import open_vault

if TYPE_CHECKING:
    from clinic.sessions.experts import Switched
    from clinic.sessions.substitutes import Free, Substituted


@click.command(short_help="Let somebody of the same grade take over a session.")
@click.argument("session", metavar="ID", type=NUMBER)
@click.argument("practitioner", metavar="[CODE]", required=False)
@YES
@AS_JSON
@with_by
@with_config
def substitute(session: int, practitioner: str | None, yes: bool, as_json: bool, by: str, config: Path | None) -> None:
    """Let the practitioner CODE take over a clinic session. Nobody books anew: time, numbers and T-codes stay, and each
    phone is told once. It must be somebody of the same grade at the same centre who holds no clinic at that time.
    Without CODE: who could.

    \b
    Examples:
        caredial sessions substitute 31
        caredial sessions substitute 31 DY-QK-2
    """
    from clinic.sessions import substitutes  # noqa: PLC0415
    from gateway.cli.tables import show  # noqa: PLC0415

    with opened(config) as desk:
        line, language = known(desk, session), desk.settings.installation.language
        if practitioner is None:
            free: list[Free] = desk.run(substitutes.free, offered=session)
            if as_json:
                print_documents(desk, ({"code": e.code, "name": e.name, "department": e.department} for e in free))
            elif free:
                rows = [(each.code, each.name.text(language), each.department.text(language)) for each in free]
                show(("Code", "Name", "Department"), rows, title=f"could take over {named(line, desk)}")
            else:
                click.echo(f"nobody of the same grade is free for {named(line, desk)}")
            return
        click.echo(f"{practitioner} takes over {named(line, desk)}: {many(line.booked + line.pending, 'visit')} told")
        if not yes:
            click.confirm("Go on?", abort=True)
        done: Substituted = asked(
            desk, substitutes.substitute, offered=session, code=practitioner, by=person(by), rules=desk.rules,
            installation=desk.installation, now=desk.now(),
        )  # fmt: skip
        names = f"{done.practitioner.text(language)} for {done.instead_of.text(language)}"
        click.echo(f"session {session}: {names}, {many(done.told, 'visit')} told")
        if done.arrived:
            click.echo(f"{many(done.arrived, 'visit')} here already: tell them yourselves", err=True)


@click.command(short_help="Offer a department's expert sessions, or not.")
@click.argument("switch", type=click.Choice(["on", "off"]))
@click.argument("centre")
@click.argument("department")
@YES
@with_by
@with_config
def experts(switch: str, centre: str, department: str, yes: bool, by: str, config: Path | None) -> None:
    """Switch the expert sessions of a department on or off: general clinics first, experts where they are wanted.

    Those to come are opened, or closed, at once, and those that are made later are as this says. One that somebody has
    a place in stays as it is, and is named: stop it, move it, or close it.

    \b
    Examples:
        caredial sessions experts on DY QK
        caredial sessions experts off DY QK
    """
    from clinic.sessions import experts as expert_sessions  # noqa: PLC0415
    from clinic.sessions import templates  # noqa: PLC0415

    with opened(config) as desk:
        number, _ = asked(desk, templates.place, centre=centre, department=department)
        if not yes:
            click.confirm(f"Switch experts {switch} in {centre} {department}?", abort=True)
        vault = open_vault(desk.settings)
        done: Switched = asked(
            desk, expert_sessions.switch, department=number, on=switch == "on", by=person(by), vault=vault,
            now=desk.now(),
        )  # fmt: skip
    click.echo(f"experts {switch}: {many(len(done.changed), 'session')} {'opened' if switch == 'on' else 'closed'}")
    if done.kept:
        click.echo(f"as they are, for somebody has a place in them: {', '.join(map(str, done.kept))}")


@click.command(name="open", short_help="Offer a session that is closed.")
@click.argument("session", metavar="ID", type=NUMBER)
@with_by
@with_config
def open_(session: int, by: str, config: Path | None) -> None:
    """Offer a clinic session that is closed; also a single expert's where experts are switched off.

    \b
    Example:
        caredial sessions open 31
    """
    from clinic.sessions import experts as expert_sessions  # noqa: PLC0415

    with opened(config) as desk:
        vault = open_vault(desk.settings)
        state = asked(desk, expert_sessions.open_one, offered=session, by=person(by), vault=vault, now=desk.now())
    click.echo(f"session {session} is {'open' if state == 'open' else 'open for its draw'}")


@click.command(short_help="Offer a session no more; what is booked stays.")
@click.argument("session", metavar="ID", type=NUMBER)
@with_by
@with_config
def close(session: int, by: str, config: Path | None) -> None:
    """Offer a clinic session no more. What is booked stays, and nobody is told; to call it off, stop it.

    \b
    Example:
        caredial sessions close 31
    """
    from clinic.sessions import experts as expert_sessions  # noqa: PLC0415

    with opened(config) as desk:
        taken = asked(desk, expert_sessions.close_one, offered=session, by=person(by), now=desk.now())
    click.echo(f"session {session} is closed; {many(taken, 'place')} taken stay so")
