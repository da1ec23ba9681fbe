"""`caredial fairness appeals`: who says that a block is not right, and what staff answer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from gateway.cli.broadcast.desk import many, opened, person, with_by
from gateway.cli.fairness.shown import AS_JSON, act, document, many_visits, named, plain, print_documents
from gateway.cli.numbers import NUMBER
from gateway.cli.opening import with_config

Command = TypeVar("Command", bound=Callable[..., Any])
COLUMNS = ("Block", "Who", "Where", "Why", "Visits", "Last day", "Appealed", "Says")


@click.group(short_help="Appeals against blocks.")
def appeals() -> None:
    """Whoever is blocked can appeal once, by USSD, SMS or voice (who calls gives no reason). The answer is told."""


@appeals.command(name="list")
@AS_JSON
@with_config
def list_(as_json: bool, config: Path | None) -> None:
    """List the appeals that wait for an answer. `caredial visits list --day DAY` shows the visits.

    \b
    Example:
        caredial fairness appeals list
    """
    from clinic.fairness import blocks  # noqa: PLC0415
    from gateway.cli.tables import show  # noqa: PLC0415

    with opened(config) as desk:
        found = plain(desk, blocks.listed, appealed=True)
        if as_json:
            print_documents(document(desk, view) for view in found)
            return
        rows = [
            (
                view.id,
                view.phone or f"{view.name} ({view.resident})",
                named(desk, view.centre),
                view.reason,
                many_visits(view.visits),
                view.last,
                desk.moment(view.appealed_at),
                view.appeal_text or "(by voice)",
            )
            for view in found
        ]
        show(COLUMNS, rows, title=many(len(found), "appeal"))


def _answered(command: Command) -> Command:
    for option in (
        click.argument("block", metavar="BLOCK", type=NUMBER),
        click.option("--answer", required=True, help="What is told with it, in at most 60 characters."),
        with_by,
        with_config,
    ):
        command = option(command)
    return command


@appeals.command(short_help="The appeal is right: the block ends.")
@_answered
def grant(block: int, answer: str, by: str, config: Path | None) -> None:
    """Grant an appeal: the block ends at once, and who has appealed is told with the answer.

    \b
    Example:
        caredial fairness appeals grant 12 --answer 已核实住院记录
    """
    _decide(block, answer, by, config, granted=True)
    click.echo(f"block {block} is lifted, and the answer on its way")


@appeals.command(short_help="The appeal is not right: the block stays.")
@_answered
def refuse(block: int, answer: str, by: str, config: Path | None) -> None:
    """Refuse an appeal: the block stays, and who has appealed is told with the answer.

    \b
    Example:
        caredial fairness appeals refuse 12 --answer 无法核实，如有证明请到窗口
    """
    _decide(block, answer, by, config, granted=False)
    click.echo(f"block {block} stays, and the answer is on its way")


def _decide(block: int, answer: str, by: str, config: Path | None, *, granted: bool) -> None:
    from clinic.fairness import appeals as use  # noqa: PLC0415

    with opened(config) as desk:
        act(desk, use.decide, block=block, granted=granted, answer=answer, by=person(by))
