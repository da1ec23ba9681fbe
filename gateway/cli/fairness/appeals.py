"""`caredial fairness appeals`: who says that a block is not right, and what staff answer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from gateway.cli import answers
from gateway.cli.answers import AS_JSON, YES, document, print_documents
from gateway.cli.desk import many, opened, person, with_by
from gateway.cli.fairness.shown import act, described, many_visits, named, plain
from gateway.cli.numbers import NUMBER
from gateway.cli.opening import with_config
from gateway.cli.problems import Mistake, Problem

Command = TypeVar("Command", bound=Callable[..., Any])
COLUMNS = ("Block", "Who", "Where", "Why", "Visits", "Last day", "Appealed", "Says")


@click.group(short_help="Appeals against blocks.")
def appeals() -> None:
    """Whoever is blocked can appeal once, by USSD, SMS or voice (who calls gives no reason). The answer is told.

    \b
    Examples:
        caredial fairness appeals list
        caredial fairness appeals grant 12 --answer 已核实住院记录
    """


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
            print_documents(desk, map(document, found))
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
        YES,
        AS_JSON,
        with_by,
        with_config,
    ):
        command = option(command)
    return command


@appeals.command(short_help="The appeal is right: the block ends.")
@_answered
def grant(config: Path | None, **given: Any) -> None:
    """Grant an appeal: the block ends at once, and who has appealed is told with the answer. It cannot be taken back.

    \b
    Example:
        caredial fairness appeals grant 12 --answer 已核实住院记录
    """
    _decide(config, granted=True, **given)


@appeals.command(short_help="The appeal is not right: the block stays.")
@_answered
def refuse(config: Path | None, **given: Any) -> None:
    """Refuse an appeal: the block stays, and who has appealed is told with the answer. There is no second appeal; a
    block can still be lifted with `caredial fairness blocks lift`.

    \b
    Example:
        caredial fairness appeals refuse 12 --answer 无法核实，如有证明请到窗口
    """
    _decide(config, granted=False, **given)


def _decide(config: Path | None, *, block: int, answer: str, yes: bool, as_json: bool, by: str, granted: bool) -> None:
    from clinic.fairness import appeals as use  # noqa: PLC0415
    from clinic.fairness import blocks  # noqa: PLC0415

    if not 1 <= len(" ".join(answer.split())) <= use.MOST_ANSWER:
        raise Mistake(f"--answer: has 1 to {use.MOST_ANSWER} characters, for it is told in an SMS")
    with opened(config) as desk:
        view = plain(desk, blocks.one, block=block)
        if view is None or view.appeal != "open":
            raise Problem(f"block {block} has no appeal that waits; `caredial fairness appeals list` shows those")
        becomes = "ends now" if granted else f"stays until {view.last}"
        question = f"{described(view)} {becomes}, and whoever appealed is told: {answer}"
        answers.confirm(question, yes=yes, as_json=as_json)
        act(desk, use.decide, block=block, granted=granted, answer=answer, by=person(by))
        said = f"block {block} {'is lifted' if granted else 'stays'}, and the answer is on its way"
        answers.answer(desk, said, as_json=as_json, block=block, appeal="granted" if granted else "refused")
