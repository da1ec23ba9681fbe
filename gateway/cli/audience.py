"""`caredial audience`: who a broadcast is for."""

from __future__ import annotations

import datetime as dt
import getpass
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from gateway.cli.opening import opened_store, read_settings, with_config
from gateway.cli.problems import Mistake, Problem, listed

if TYPE_CHECKING:
    from clinic.audience import ClauseCount
    from clinic.audience.numbers import ListView, Reading

MOST_SHOWN = 50
Command = TypeVar("Command", bound=Callable[..., Any])


@click.group(short_help="Who broadcasts are for: expressions, lists of phones.")
def audience() -> None:
    """Say who a broadcast is for, count them, keep it under a name; import lists of phones.

    \b
    An expression joins clauses by and, or, not and brackets:
        centre:NH            home centre           age>=65 age<5 age:65-80 age:6-12m
        grid:NH-03           work grid             sex:female
        tag:hypertension     looked after for it   language:en
        due:MMR              next dose due today   list:NAME   phones of a list
        audience:NAME        a stored one          all         every resident
    Several values between commas: any of them (centre:NH,DY). Chinese punctuation and 且, 或, 非 do as well.

    list:NAME alone also means the list's numbers that are nobody's; together with what only residents have
    (list:NAME and age>=65), residents whose phone stands on it.

    \b
    Examples:
        caredial audience explain "centre:NH and age>=65 and not tag:diabetes"
        caredial audience new seniors "age>=65"
        caredial audience import-list flu2027 flu.csv
    """


def _by(command: Command) -> Command:
    return click.option("--by", default=getpass.getuser, metavar="NAME", help="Who does it. Default: your login.")(
        command
    )


@audience.command()
@click.argument("name")
@click.argument("expression")
@click.option("--replace", is_flag=True, help="Change the audience that has this name.")
@_by
@with_config
def new(name: str, expression: str, replace: bool, by: str, config: Path | None) -> None:
    """Keep EXPRESSION under NAME; other expressions then mean it by audience:NAME.

    It is asked anew each time that it is used: who turns 65 tomorrow, belongs to age>=65 tomorrow.

    \b
    Examples:
        caredial audience new seniors "age>=65"
        caredial audience new nh-seniors "centre:NH and audience:seniors"
    """
    from clinic.audience import stored  # noqa: PLC0415

    settings = read_settings(config)
    now = dt.datetime.now(settings.installation.timezone)
    with opened_store(settings) as store, _told("--replace changes it"):
        store.run_now(stored.save, name=name, expression=expression, by=by, now=now, replace=replace)
    click.echo(f"audience {name} is stored; `caredial audience explain audience:{name}` counts it")


@audience.command("list")
@click.option("--json", "as_json", is_flag=True, help="For programs: a JSON document a line.")
@with_config
def list_(as_json: bool, config: Path | None) -> None:
    """List the stored audiences.

    \b
    Example:
        caredial audience list
    """
    from clinic.audience import stored  # noqa: PLC0415
    from gateway.cli.tables import show as show_table  # noqa: PLC0415

    settings = read_settings(config)
    zone = settings.installation.timezone
    with opened_store(settings) as store:
        found = store.run_now(stored.stored)
    if as_json:
        for view in found:
            click.echo(_document(asdict(view), zone))
        return
    rows = [(view.name, view.expression, view.created_by, _moment(view.created_at, zone)) for view in found]
    show_table(("Name", "Expression", "By", "Stored"), rows, title=f"{len(rows)} audiences")


@audience.command()
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="For programs: one JSON document.")
@with_config
def show(name: str, as_json: bool, config: Path | None) -> None:
    """Show a stored audience, and the words that a text for it may have.

    A word can be used where every member has it; a list's columns are words too.

    \b
    Example:
        caredial audience show seniors
    """
    from clinic.audience import columns, stored  # noqa: PLC0415

    settings = read_settings(config)
    zone = settings.installation.timezone
    with opened_store(settings) as store, _told():
        view = store.run_now(stored.called, name=name)
        words = store.run_now(columns, view.expression)
    if as_json:
        click.echo(_document({**asdict(view), "words": words}, zone))
        return
    click.echo(f"{view.name}: {view.expression}")
    click.echo(f"stored by {view.created_by} on {_moment(view.created_at, zone)}")
    click.echo(f"words: {', '.join(f'{word} ({kind})' for word, kind in words.items()) or 'none'}")


@audience.command()
@click.argument("expression")
@click.option("--json", "as_json", is_flag=True, help="For programs: a JSON document a line.")
@with_config
def explain(expression: str, as_json: bool, config: Path | None) -> None:
    """Count EXPRESSION clause by clause.

    Alone: how many a clause means by itself. Left: how many are left after this step of an `and`, or how many there
    are so far in an `or`. They are members, and families share phones: the preview of a broadcast counts phones.

    \b
    Examples:
        caredial audience explain "centre:NH and (age>=65 or tag:hypertension)"
        caredial audience explain "due:MMR" --json
    """
    from clinic.audience import explain as explained  # noqa: PLC0415

    settings = read_settings(config)
    place = settings.installation
    today = dt.datetime.now(place.timezone).date()
    with opened_store(settings) as store, _told():
        lines = store.run_now(explained, expression, today=today, region=place.region)
    if as_json:
        for line in lines:
            click.echo(json.dumps(asdict(line), ensure_ascii=False))
    else:
        _show_counts(lines)


@audience.command("import-list")
@click.argument("name")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="Take the place of the list that has this name.")
@click.option("--skip-bad", is_flag=True, help="Take the good rows, and only tell of the bad ones.")
@_by
@with_config
def import_list(name: str, file: Path, replace: bool, skip_bad: bool, by: str, config: Path | None) -> None:
    """Import a list of phones from FILE (CSV, UTF-8) under NAME; expressions mean it by list:NAME.

    The first line names the columns: phone; language (zh, en, or empty) where you like; any other is a word for
    texts: name, due:date (2027-03-15), amount:number (whole). Bad rows are told with their line and reason, and
    then nothing is imported.

    \b
    Examples:
        caredial audience import-list flu2027 flu.csv
        caredial audience import-list flu2027 flu.csv --replace --skip-bad
    """
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import Progress  # noqa: PLC0415

    from clinic.audience import numbers  # noqa: PLC0415

    settings = read_settings(config)
    place = settings.installation
    now = dt.datetime.now(place.timezone)
    with opened_store(settings) as store, Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("checking", total=None)

        def tell(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)

        try:
            reading = numbers.read(file, region=place.region, progress=tell)
            progress.update(task, description="storing")
            with _told("--replace takes its place"):
                store.run_now(
                    numbers.store, name=name, reading=reading, by=by, now=now,
                    replace=replace, skip_bad=skip_bad, progress=tell,
                )  # fmt: skip
        except numbers.BadList as error:
            good = ", or take the good rows with --skip-bad" if not skip_bad else ""
            heading = f"{file}: nothing was imported; correct these and try again{good}:"
            raise Problem(_shortened(heading, error.mistakes)) from error
    _tell_import(name, file, reading)


@audience.command()
@click.option("--json", "as_json", is_flag=True, help="For programs: a JSON document a line.")
@with_config
def lists(as_json: bool, config: Path | None) -> None:
    """List the lists of phones, with their columns.

    \b
    Example:
        caredial audience lists
    """
    from clinic.audience import numbers  # noqa: PLC0415
    from gateway.cli.tables import show as show_table  # noqa: PLC0415

    settings = read_settings(config)
    zone = settings.installation.timezone
    with opened_store(settings) as store:
        found: list[ListView] = store.run_now(numbers.lists)
    if as_json:
        for view in found:
            click.echo(_document(asdict(view), zone))
        return
    rows = [(view.name, view.rows, _columns(view), view.created_by, _moment(view.created_at, zone)) for view in found]
    show_table(("Name", "Rows", "Words", "By", "Imported"), rows, title=f"{len(rows)} lists of phones")


@contextmanager
def _told(taken: str = "") -> Iterator[None]:
    """What is wrong with an expression or a name is a mistake of the command; `taken` helps where a name is taken."""
    from clinic.audience import BadExpression, stored  # noqa: PLC0415

    try:
        yield
    except (BadExpression, stored.BadTitle) as error:
        raise Mistake(str(error)) from error
    except stored.NameTaken as error:
        raise Problem(f"{error}; {taken}") from error
    except stored.NoSuchAudience as error:
        raise Problem(f"{error}; `caredial audience list` shows them") from error


def _show_counts(lines: Sequence[ClauseCount]) -> None:
    from gateway.cli.tables import show as show_table  # noqa: PLC0415

    rows = [("  " * line.depth + line.joint, "  " * line.depth + line.text, line.alone, line.left) for line in lines]
    whole = [line.left for line in lines if line.depth == 0][-1]
    show_table(("", "Clause", "Alone", "Left"), rows, title=f"{whole} members")


def _tell_import(name: str, file: Path, reading: Reading) -> None:
    if reading.mistakes:
        click.echo(_shortened(f"{file}: {len(reading.mistakes)} bad rows were left out:", reading.mistakes), err=True)
    if reading.twice:
        click.echo(f"{reading.twice} rows have a phone that stands in the list before; it gets one message", err=True)
    click.echo(f"{len(reading.rows)} numbers imported as list:{name}")


def _shortened(heading: str, mistakes: Sequence[str]) -> str:
    more = len(mistakes) - MOST_SHOWN
    return listed(heading, [*mistakes[:MOST_SHOWN], *([f"and {more} more"] if more > 0 else [])])


def _columns(view: ListView) -> str:
    return ", ".join(f"{name} ({kind})" for name, kind in view.columns.items())


def _moment(moment: dt.datetime, zone: dt.tzinfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"


def _document(view: dict[str, Any], zone: dt.tzinfo) -> str:
    moment = view["created_at"].astimezone(zone).isoformat(timespec="seconds")
    return json.dumps({**view, "created_at": moment}, ensure_ascii=False)
