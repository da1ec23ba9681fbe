"""`caredial children show`: the record of a child, with judgements, what is due, and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gateway.cli.children.desk import both, opened, shown_option, with_config
from gateway.cli.children.out import document

if TYPE_CHECKING:
    from clinic.children.shown import ChildShown, DoseShown
    from clinic.vaccines.records import Due, Judged
    from gateway.cli.children.desk import Desk


@click.command()
@click.argument("child")
@click.option("--why", is_flag=True, help="The rules behind each judgement and each day.")
@shown_option
@click.option("--json", "as_json", is_flag=True, help="For programs: one JSON document, with all reasons.")
@with_config
def show(child: str, why: bool, shown: bool, by: str, as_json: bool, config: Path | None) -> None:
    """Show a child's record: CHILD is its card, its identity number or its ID.

    Each dose stands with its ID (for `correct` and `strike`) and its judgement: valid, or why it does not count. Then
    what is due, series by series. Name and phone numbers are masked.

    \b
    Examples:
        caredial children show B2026012
        caredial children show B2026012 --why --shown
        caredial children show 31 --json
    """
    from clinic.children import shown as record  # noqa: PLC0415

    with opened(config) as desk:
        view: ChildShown = desk.run(record.show, child=desk.child(child), today=desk.today, shown=shown)
        if shown:
            desk.note_shown([view.id], by)
        click.echo(document(_plain(desk, view)) if as_json else "\n".join(_told(desk, view, why)))


def _told(desk: Desk, view: ChildShown, why: bool) -> Iterator[str]:
    yield f"child {view.id}: {view.name}, {view.sex}, born {view.birth}"
    yield from _file(desk, view)
    told = [f"{each.relation or 'phone'} {each.phone}" for each in view.guardians]
    yield f"told: {', '.join(told) or 'nobody'}"
    for each in view.against:
        until = f"to {each.until}" if each.until else "for good"
        yield f"contraindication {each.id}: {both(each.name)}, against {each.against}, {each.since} {until}"
    yield ""
    yield "doses:" if view.doses else "doses: none"
    for dose in view.doses:
        yield from _dose(desk, dose, why)
    yield ""
    yield "what is due:"
    for due in view.due:
        yield f"  {due_line(due)}"
        yield from (f"      {line}" for line in desk.why(due.why) if why)


def _file(desk: Desk, view: ChildShown) -> Iterator[str]:
    centre = view.centre.text(desk.language) if view.centre else "no centre"
    number = "identity number on record" if view.has_identity else "no identity number yet"
    if view.file is None:
        yield f"{centre}; {number}; no file yet: `caredial children change {view.id} --card NUMBER` opens it"
        return
    file = view.file
    weight = f"{file.birth_weight} g" if file.birth_weight else "unknown"
    yield f"card {file.card or 'none'}; {number}; {centre}, {file.unit}; {file.residence}, {file.standing}"
    yield f"weight at birth {weight}; mother's HBsAg {file.mother_hbsag}"


def _dose(desk: Desk, dose: DoseShown, why: bool) -> Iterator[str]:
    lot = f"lot {dose.lot}" if dose.lot else "lot unknown"
    yield f"  {dose.id:>6}  {dose.day}  {dose.vaccine} {dose.number}  {lot}  {judgement(dose.vaccine, dose.counted)}"
    for one in dose.counted:
        lines = desk.why(one.why)
        told = lines if why else lines[:1] if one.judgement != "valid" else []
        yield from (f"          {line}" for line in told)


def judgement(vaccine: str, counted: Sequence[Judged]) -> str:
    """`valid: HepB dose 2`, `too early: HepB dose 2`; of a product `valid: DTP dose 1 as DTaP; ...`."""
    return "; ".join(_judgement(vaccine, one) for one in counted) or "not judged"


def _judgement(vaccine: str, judged: Judged) -> str:
    which = f": {judged.series} dose {judged.number}" if judged.number else ""
    counts_as = "" if judged.given.vaccine == vaccine else f" as {judged.given.vaccine}"
    return f"{judged.judgement.replace('_', ' ')}{which}{counts_as}"


def due_line(due: Due) -> str:
    """A series and what it is at, on one line."""
    status = due.status.replace("_", " ")
    if not due.vaccine:
        return f"{due.series}: {status}"
    on = f", can be given on {due.on}" if due.on else ""
    since = f", overdue from {due.overdue_from}" if due.overdue_from and due.status != "too_old" else ""
    test = ", only after a negative skin test" if due.skin_test else ""
    return f"{due.series}: {status}: {due.vaccine} dose {due.number}{on}{since}{test}"


def _plain(desk: Desk, view: ChildShown) -> dict[str, Any]:
    """The record as a document: reasons as lines in the installation's language."""
    doses = [_plain_dose(desk, dose) for dose in view.doses]
    return {**asdict(view), "doses": doses, "due": [_reasoned(desk, each) for each in view.due]}


def _plain_dose(desk: Desk, dose: DoseShown) -> dict[str, Any]:
    """`counted`: each judgement with the vaccine that the dose counts as; `judged` is the first of them."""
    counted = [{"as": one.given.vaccine, **_reasoned(desk, one)} for one in dose.counted]
    return {**asdict(dose), "judged": _reasoned(desk, dose.judged) if dose.judged else None, "counted": counted}


def _reasoned(desk: Desk, found: Judged | Due) -> dict[str, Any]:
    plain = asdict(found)
    plain.pop("given", None)
    return {**plain, "why": desk.why(found.why)}
