"""`caredial children school`: what certificates lack for school and kindergarten."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gateway.cli.children.desk import opened, shown_option, wanted, wanted_options, with_config
from gateway.cli.children.out import CHILD_COLUMNS, Out, batches, child_row, out_options
from gateway.cli.days import day as day_of
from gateway.cli.problems import Mistake, Problem
from gateway.cli.progress import progress

if TYPE_CHECKING:
    from clinic.children.school import Checked
    from conf.texts.words import Language
    from gateway.cli.children.desk import Desk

COLUMNS = (*CHILD_COLUMNS, "result", "missing", "not_given_for_good")
UNKNOWN = "not on record"
AT_ONCE = 200
BARRED = "why.barred"


@click.command()
@click.argument("children", nargs=-1)
@click.option("--list", "file", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="CSV of children, with a column `identity` or `card`.")  # fmt: skip
@wanted_options
@click.option("--day", metavar="DAY", default="today", show_default=True, help="The day of entry: 2027-09-01, or +30.")
@click.option("--certificate", is_flag=True, help="A line for each child to print, with the day and the result.")
@click.option("--why", is_flag=True, help="The rules behind each dose that is missing.")
@shown_option
@out_options
@with_config
def school(
    children: tuple[str, ...],
    file: Path | None,
    centre: str | None,
    unit: str | None,
    residence: str | None,
    day: str,
    certificate: bool,
    why: bool,
    shown: bool,
    by: str,
    csv_file: str | None,
    as_json: bool,
    config: Path | None,
) -> None:
    """Check what children lack for school or kindergarten on a day (入托入学查验): CHILDREN by card, number or ID.

    Or a list from the school (--list), or a unit or centre. Complete: nothing is due on that day. A dose that is
    contraindicated for good is not missing; it is told beside. A child of the list whom nobody knows stands in the
    result as not on record.

    \b
    Examples:
        caredial children school B2026012 --day 2027-09-01 --why
        caredial children school --list class1.csv --day 2027-09-01 --csv checked.csv --shown
        caredial children school --unit 南河村 --certificate --shown
    """
    out = Out.chosen(csv_file, as_json)
    with opened(config) as desk:
        on = day_of(day, desk.today, "--day")
        given: dict[str, Any] = {"day": on, "shown": shown, "by": by}
        if sum((bool(children), file is not None, any((centre, unit)))) != 1:
            raise Mistake("say whom to check: CHILDREN, or --list FILE, or --unit or --centre")
        if children or file:
            found = _named(desk, _written(file) if file else list(children), **given)
        else:
            those = wanted(desk, centre, unit, residence)
            found = _of_unit(desk, those, **given)
        if certificate:
            for name, each in found:
                click.echo(_certificate(name, each, on))
            return
        if why and out.is_table:
            for name, each in found:
                click.echo("\n".join(_explained(desk, name, each)))
            return
        out.write(COLUMNS if not why else (*COLUMNS, "why"), (_row(desk, *each) for each in found), noun="result")


def _named(desk: Desk, written: list[str], by: str, **given: Any) -> Iterator[tuple[str, Checked | None]]:
    """Each with what was written; None for who is not on record."""
    from clinic.children import finding  # noqa: PLC0415
    from clinic.children import school as entry  # noqa: PLC0415

    with progress("children", len(written)) as look:
        for first in range(0, len(written), AT_ONCE):
            some = written[first : first + AT_ONCE]
            ids = desk.run(finding.each_meant, written=some, vault=desk.vault)
            checked = desk.run(entry.check, residents=[each for each in ids if each is not None], **given)
            if given["shown"]:
                desk.note_shown(checked.keys(), by)
            for name, number in zip(some, ids, strict=True):
                yield name, None if number is None else checked[number]
            look(first + len(some))


def _of_unit(desk: Desk, those: Any, **given: Any) -> Iterator[tuple[str, Checked | None]]:
    from clinic.children import lists  # noqa: PLC0415
    from clinic.children import school as entry  # noqa: PLC0415

    total = desk.run(lists.count, wanted=those)
    for each in batches(desk, entry.check_all, total=total, wanted=those, **given):
        yield "", each


def _written(file: Path) -> list[str]:
    """The identity number, or else the card, of each row."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            rows = csv.DictReader(lines, strict=True)
            if not {"identity", "card"} & set(rows.fieldnames or ()):
                raise Problem(f"{file}: no column identity, and no column card; its first line names the columns")
            found = [(row.get("identity") or "").strip() or (row.get("card") or "").strip() for row in rows]
    except (UnicodeDecodeError, csv.Error) as error:
        raise Problem(f"{file}: not a CSV in UTF-8; save it as CSV UTF-8") from error
    empty = next((number for number, each in enumerate(found, start=2) if not each), None)
    if empty is not None:
        raise Problem(f"{file}: line {empty}: neither an identity number nor a card")
    return found


def _row(desk: Desk, written: str, found: Checked | None) -> dict[str, object]:
    if found is None:
        return {**dict.fromkeys(COLUMNS, ""), "card": _hidden(written), "result": UNKNOWN, "phones": (), "why": ()}
    reasons = [line for each in found.missing for line in desk.why(each.why)]
    return {
        **child_row(found.child),
        "result": "complete" if found.is_complete else "incomplete",
        "missing": tuple(f"{each.vaccine}:{each.number}" for each in found.missing),
        "not_given_for_good": tuple(each.series for each in found.waived),
        "why": tuple(reasons),
    }


def _explained(desk: Desk, written: str, found: Checked | None) -> Iterator[str]:
    """A child on a line, and beneath it why something is missing: a table has no room for reasons."""
    if found is None:
        yield f"{_hidden(written)}: {UNKNOWN}"
        return
    child = found.child
    yield f"{child.id} {child.card or 'no card'} {child.name}: {'complete' if found.is_complete else 'incomplete'}"
    for each in found.missing:
        yield f"  {each.vaccine} dose {each.number}"
        yield from (f"    {line}" for line in desk.why(each.why))


def _certificate(written: str, found: Checked | None, day: dt.date) -> str:
    """One line to print, in each language, as the centre signs it."""
    return " / ".join(_certified(written, found, day, language) for language in ("zh", "en"))


def _certified(written: str, found: Checked | None, day: dt.date, language: Language) -> str:
    from conf.texts import say  # noqa: PLC0415

    if found is None:
        return say(language, "certificate.unknown", card=_hidden(written))
    child, comma = found.child, say(language, "certificate.comma")
    doses = [
        say(language, "certificate.dose", vaccine=_vaccine(language, each.vaccine), dose=each.number)
        for each in found.missing
    ]
    line = say(
        language,
        "certificate.complete" if found.is_complete else "certificate.incomplete",
        day=str(day),
        name=child.name,
        birth=str(child.birth),
        card=child.card or f"ID {child.id}",
        doses=comma.join(doses),
    )
    if not found.waived:
        return line
    return f"{line}; {say(language, 'certificate.waived', vaccines=comma.join(_barred(found, language)))}"


def _barred(found: Checked, language: Language) -> Iterator[str]:
    """The vaccines that the child is not given for good, as the rules' reasons name them."""
    from conf.texts.words import Name  # noqa: PLC0415

    names = (reason.words["vaccine"] for each in found.waived for reason in each.why if reason.key == BARRED)
    yield from (name.text(language) if isinstance(name, Name) else str(name) for name in names)


def _vaccine(language: Language, code: str) -> str:
    from conf.texts import say  # noqa: PLC0415

    return say(language, "vaccine-name", vaccine=code)


def _hidden(written: str) -> str:
    """A card as it is; of a number only its end, so that nobody's identity number stands in a list."""
    return written if len(written) < 15 else f"***{written[-4:]}"
