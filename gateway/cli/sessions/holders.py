"""`caredial sessions substitute`, `experts`, `open`, `close`: who holds a clinic, and whether it is offered."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gateway.cli.answers import AS_JSON, YES, answer, confirm, document, print_documents
from gateway.cli.desk import many, opened, person, with_by
from gateway.cli.numbers import NUMBER
from gateway.cli.opening import with_config
from gateway.cli.sessions.desk import asked, known, named
from gateway.keys import open_vault

if TYPE_CHECKING:
    from clinic.sessions.experts import Switched
    from clinic.sessions.substitutes import Free, Substituted

DUTY = {True: "on duty", False: "not on duty", None: "no roster for that day"}


@click.command(short_help="Let somebody of the same grade take over a session.")
@click.argument("session", metavar="ID", type=NUMBER)
@click.argument("practitioner", metavar="[CODE]", required=False)
@click.option("--other-department", "elsewhere", is_flag=True, help="Also of another department: they may hold it.")
@click.option("--off-duty", is_flag=True, help="Also somebody who is not on the duty roster then: they were asked.")
@YES
@AS_JSON
@with_by
@with_config
def substitute(
    session: int,
    practitioner: str | None,
    off_duty: bool,
    elsewhere: bool,
    yes: bool,
    as_json: bool,
    by: str,
    config: Path | None,
) -> None:
    """Let the practitioner CODE take over a clinic session. Nobody books anew: time, numbers and T-codes stay, and each
    phone is told once. It must be somebody of the same department and grade who holds no clinic at that time, works
    here still, and is on the duty roster then, where there is one for that day (`caredial staff list --on-duty DAY`).
    Without CODE: who could.

    \b
    Examples:
        caredial sessions substitute 31
        caredial sessions substitute 31 DY-QK-2
        caredial sessions substitute 31 DY-QK-2 --off-duty
    """
    from clinic.sessions import substitutes  # noqa: PLC0415
    from gateway.cli.tables import show  # noqa: PLC0415

    with opened(config) as desk:
        line, language = known(desk, session), desk.settings.installation.language
        if practitioner is None:
            free: list[Free] = desk.run(substitutes.free, offered=session, elsewhere=elsewhere)
            if as_json:
                print_documents(desk, map(document, free))
            elif free:
                rows = [
                    (each.code, each.name.text(language), each.department.text(language), DUTY[each.on_duty])
                    for each in free
                ]
                show(
                    ("Code", "Name", "Department", "By the duty roster"),
                    rows,
                    title=f"could take over {named(line, desk)}",
                )
            else:
                also = "" if elsewhere else "; --other-department looks further"
                click.echo(f"nobody of the same grade is free for {named(line, desk)}{also}")
            return
        given = {
            "offered": session,
            "code": practitioner,
            "off_duty": off_duty,
            "elsewhere": elsewhere,
            "now": desk.now(),
        }
        who: Free = asked(desk, substitutes.possible, **given)
        visits = many(line.booked + line.pending, "visit")
        question = f"{who.name.text(language)} ({who.code}) takes over session {session}, {named(line, desk)}"
        confirm(f"{question}; {visits} stay as they are, and each phone is told.", yes=yes, as_json=as_json)
        done: Substituted = asked(
            desk, substitutes.substitute, by=person(by), rules=desk.rules, installation=desk.installation, **given
        )
        names = f"{done.practitioner.text(language)} for {done.instead_of.text(language)}"
        answer(
            desk, f"session {session}: {names}, {many(done.told, 'visit')} told", as_json=as_json, session=session,
            **document(done),
        )  # fmt: skip
        if done.arrived:
            click.echo(f"{many(done.arrived, 'visit')} here already: tell them yourselves", err=True)


@click.command(short_help="Offer a department's expert sessions, or not.")
@click.argument("switch", type=click.Choice(["on", "off"]))
@click.argument("centre")
@click.argument("department")
@YES
@AS_JSON
@with_by
@with_config
def experts(switch: str, centre: str, department: str, yes: bool, as_json: bool, by: str, config: Path | None) -> None:
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
        what = "opened" if switch == "on" else "closed where nobody has a place in them"
        question = f"Expert sessions of {centre} {department} that are to come are {what}, and so are those made later."
        confirm(question, yes=yes, as_json=as_json)
        vault = open_vault(desk.settings)
        done: Switched = asked(
            desk, expert_sessions.switch, department=number, on=switch == "on", by=person(by), vault=vault,
            now=desk.now(),
        )  # fmt: skip
    said = f"experts {switch}: {many(len(done.changed), 'session')} {'opened' if switch == 'on' else 'closed'}"
    answer(desk, said, as_json=as_json, experts=switch == "on", changed=done.changed, kept=done.kept)
    if done.kept and not as_json:
        click.echo(f"as they are, for somebody has a place in them: {', '.join(map(str, done.kept))}")


@click.command(name="open", short_help="Offer a session that is closed.")
@click.argument("session", metavar="ID", type=NUMBER)
@AS_JSON
@with_by
@with_config
def open_(session: int, as_json: bool, by: str, config: Path | None) -> None:
    """Offer a clinic session that is closed; also a single expert's where experts are switched off.

    \b
    Example:
        caredial sessions open 31
    """
    from clinic.sessions import experts as expert_sessions  # noqa: PLC0415

    with opened(config) as desk:
        known(desk, session)
        vault = open_vault(desk.settings)
        state = asked(desk, expert_sessions.open_one, offered=session, by=person(by), vault=vault, now=desk.now())
    said = f"session {session} is {'open' if state == 'open' else 'open for its draw'}"
    answer(desk, said, as_json=as_json, session=session, state=state)


@click.command(short_help="Offer a session no more; what is booked stays.")
@click.argument("session", metavar="ID", type=NUMBER)
@AS_JSON
@with_by
@with_config
def close(session: int, as_json: bool, by: str, config: Path | None) -> None:
    """Offer a clinic session no more. What is booked stays, and nobody is told; to call it off, stop it.

    \b
    Example:
        caredial sessions close 31
    """
    from clinic.sessions import experts as expert_sessions  # noqa: PLC0415

    with opened(config) as desk:
        known(desk, session)
        taken = asked(desk, expert_sessions.close_one, offered=session, by=person(by), now=desk.now())
    said = f"session {session} is closed; {many(taken, 'place')} taken stay so"
    answer(desk, said, as_json=as_json, session=session, state="closed", taken=taken)
