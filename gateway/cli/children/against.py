"""`caredial children against`: contraindications."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gateway.cli.children.desk import both, opened, person, with_by, with_config

if TYPE_CHECKING:
    from clinic.children.contraindications import Against


@click.group(short_help="Contraindications: note, end, list.")
def against() -> None:
    """Contraindications: what a child is not given, from when to when, and why.

    What is often taken for a contraindication and is none (an "allergic constitution", jaundice, ...) is refused with
    the reason in both languages, for the family.

    \b
    Examples:
        caredial children against codes
        caredial children against add B2026012 fever --until +3
        caredial children against list B2026012
    """


@against.command()
@click.argument("child")
@click.argument("reason")
@click.option("--vaccine", metavar="CODE", default="", help="Which one, where the reason is against one vaccine.")
@click.option("--since", metavar="DAY", help="From when on. Default: today.")
@click.option("--until", metavar="DAY", help="Its last day, where it ends: a date, or +3.")
@with_by
@with_config
def add(
    child: str, reason: str, vaccine: str, since: str | None, until: str | None, by: str, config: Path | None
) -> None:
    """Note that CHILD (card, identity number or ID) has a contraindication; REASON is a code that `codes` lists.

    \b
    Examples:
        caredial children against add B2026012 anaphylaxis --vaccine DTaP --since 2027-02-01
        caredial children against add B2026012 immune_deficiency
        caredial children against add B2026012 fever --until +3
    """
    from clinic.children import contraindications  # noqa: PLC0415

    with opened(config) as desk:
        first, last = desk.day(since, "--since"), desk.day(until, "--until")
        found = desk.run(
            contraindications.add, child=desk.child(child), reason=reason, vaccine=vaccine, since=first, until=last,
            by=person(by), now=desk.now,
        )  # fmt: skip
    click.echo(f"child {found.child}: {_line(found)}")


@against.command()
@click.argument("contraindication", metavar="ID", type=int)
@click.option("--day", metavar="DAY", default="yesterday", show_default=True, help="The last day on which it holds.")
@click.option("--never-was", metavar="WHY", help="It was noted wrongly: take it off the record. Says why.")
@with_by
@with_config
def end(contraindication: int, day: str, never_was: str | None, by: str, config: Path | None) -> None:
    """End a contraindication; `caredial children against list` tells its ID.

    \b
    Examples:
        caredial children against end 12
        caredial children against end 12 --day 2027-03-01
        caredial children against end 12 --never-was "the brother's"
    """
    from clinic.children import contraindications  # noqa: PLC0415

    given = {"contraindication": contraindication, "by": person(by)}
    with opened(config) as desk:
        if never_was:
            found = desk.run(contraindications.strike, why=never_was, now=desk.now, **given)
        else:
            found = desk.run(contraindications.end, day=desk.day(day, "--day"), now=desk.now, **given)
    click.echo(f"child {found.child}: {'struck' if never_was else 'ended'}: {_line(found)}")


@against.command("list")
@click.argument("child")
@with_config
def list_(child: str, config: Path | None) -> None:
    """List what is on record of CHILD, over or not.

    \b
    Example:
        caredial children against list B2026012
    """
    from clinic.children import contraindications  # noqa: PLC0415

    with opened(config) as desk:
        found = desk.run(contraindications.of_child, child=desk.child(child), today=desk.today)
    for each in found:
        click.echo(_line(each))
    if not found:
        click.echo("no contraindication is on record")


@against.command()
@with_config
def codes(config: Path | None) -> None:
    """List what can be noted, and what is refused because it is no contraindication.

    \b
    Example:
        caredial children against codes
    """
    from clinic.children import contraindications  # noqa: PLC0415
    from gateway.cli.tables import show  # noqa: PLC0415

    with opened(config) as desk:
        found = contraindications.codes(desk.today)
    noted = [(each.code, both(each.name), each.against, each.lasts) for each in found if each.against]
    show(("Code", "What", "Against", "Lasts"), noted, title="contraindications")
    refused = [(each.code, both(each.name), both(each.why)) for each in found if each.why]
    show(("Code", "What", "Why not"), refused, title="no contraindications")


def _line(found: Against) -> str:
    until = f"to {found.until}" if found.until else "for good"
    return f"{found.id}: {both(found.name)}, against {found.against}, from {found.since} {until}"
