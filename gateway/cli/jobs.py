"""`caredial jobs`: what runs by itself, when it ran, what it found; run one now, pause one."""

from __future__ import annotations

import datetime as dt
import os
import socket
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gateway.cli import jobs_shown as shown
from gateway.cli.days import now_of
from gateway.cli.desk import person, with_by
from gateway.cli.opening import opened_store, read_settings, with_config
from gateway.cli.problems import Mistake, Problem

if TYPE_CHECKING:
    from gateway.cli.jobs_shown import Known
    from gateway.config import Settings
    from gateway.store import Store
    from scheduler.table import Job

NAME = click.argument("name", metavar="NAME")
AS_JSON = click.option("--json", "as_json", is_flag=True, help="For programs: a JSON document a line.")
LOOK_SECONDS = 0.3


@click.group(short_help="What runs by itself: see, run and pause jobs.")
def jobs() -> None:
    """See what runs by itself and what it found; run a job now; pause one.

    Of several daemons one leads, and runs the jobs for all; when it dies another takes over. What nobody could run in
    time, because none lived, is made up for once at the next start.

    \b
    Examples:
        caredial jobs list
        caredial jobs show expire-vouchers
        caredial jobs run expire-vouchers
        caredial jobs pause broadcasts --by li
    """


@jobs.command(name="list", short_help="What runs when, and what it found.")
@AS_JSON
@with_config
def list_(as_json: bool, config: Path | None) -> None:
    """List the jobs: when each runs, when it ran last and what it found or why it failed, when it is due next.

    \b
    Examples:
        caredial jobs list
        caredial jobs list --json | jq -r 'select(.error != "") | .name'
    """
    settings = read_settings(config)
    with opened_store(settings) as store:
        known = shown.known(store, settings)
    if as_json:
        shown.print_documents(known)
    else:
        shown.print_list(known)


@jobs.command(short_help="One job in full.")
@NAME
@AS_JSON
@with_config
def show(name: str, as_json: bool, config: Path | None) -> None:
    """Show one job in full.

    \b
    Example:
        caredial jobs show forget-receipts
    """
    settings = read_settings(config)
    _refuse_unknown(name)
    with opened_store(settings) as store:
        known = shown.known(store, settings)
    if as_json:
        shown.print_documents(known, name)
    else:
        shown.print_job(known, name)


@jobs.command()
@NAME
@click.option(
    "--wait/--no-wait", default=True, show_default=True, help="Wait until it has ended, and tell what it found."
)
@with_by
@with_config
def run(name: str, wait: bool, by: str, config: Path | None) -> None:
    """Run a job now, whatever its time. Its next run by the clock stays where it is.

    The daemon that leads runs it. Where none lives this command runs it itself. Ctrl-C while it waits stops only the
    waiting; where it runs the job itself, the next leader goes on with it. Exits with 1 when the job fails.

    \b
    Examples:
        caredial jobs run expire-vouchers
        caredial jobs run broadcasts --no-wait
    """
    settings = read_settings(config)
    job = _of_leader(name, "run")
    who = person(by)
    with opened_store(settings) as store:
        if shown.known(store, settings).leader is None and _ran_here(store, settings, job, who):
            return
        _ask(store, settings, name, who, wait=wait)


@jobs.command(short_help="Let a job rest.")
@NAME
@with_by
@with_config
def pause(name: str, by: str, config: Path | None) -> None:
    """Let a job rest: no run of it begins by the clock until `resume`. One that is under way goes on to its end.

    What comes due meanwhile is not made up for. It is written down who paused it.

    \b
    Example:
        caredial jobs pause broadcasts --by li
    """
    from clinic.jobs import wishes  # noqa: PLC0415

    settings, who = read_settings(config), person(by)
    _of_leader(name, "pause")
    with opened_store(settings) as store:
        changed = store.run_now(wishes.pause, name=name, by=who, now=now_of(settings))
    click.echo(f"{name} is paused; go on with: caredial jobs resume {name}" if changed else f"{name} is paused already")


@jobs.command(short_help="Let a paused job go on.")
@NAME
@with_by
@with_config
def resume(name: str, by: str, config: Path | None) -> None:
    """Let a paused job run again, from its next time on.

    \b
    Example:
        caredial jobs resume broadcasts
    """
    from clinic.jobs import wishes  # noqa: PLC0415

    settings, who = read_settings(config), person(by)
    _of_leader(name, "resume")
    with opened_store(settings) as store:
        changed = store.run_now(wishes.resume, name=name, by=who, now=now_of(settings))
        known = shown.known(store, settings)
    click.echo(f"{name} goes on, next {known.due(name)}" if changed else f"{name} is not paused")


def _refuse_unknown(name: str) -> None:
    from gateway.mistakes import closest  # noqa: PLC0415
    from scheduler import table  # noqa: PLC0415

    names = [*(job.name for job in table.LEADER), *(job.name for job in table.NODE)]
    if name not in names:
        meant = closest(name, names) or f"; there are: {', '.join(names)}"
        raise Mistake(f"there is no job {name}{meant}")


def _of_leader(name: str, what: str) -> Job:
    """The job of this name. Mistake where there is none, or each node has its own."""
    from scheduler import table  # noqa: PLC0415

    _refuse_unknown(name)
    job = table.by_name(table.LEADER).get(name)
    if job is None:
        raise Mistake(f"nobody can {what} {name}: each daemon does it for itself, at its start or as often as listed")
    return job


# Here


def _ran_here(store: Store, settings: Settings, job: Job, by: str) -> bool:
    """Run it in this process; False where a daemon leads after all."""
    from gateway.job_given import given_of  # noqa: PLC0415
    from scheduler.here import AnotherLeads, Here, Inline  # noqa: PLC0415

    given = replace(given_of(settings, Inline(store)), tell=_progress)
    holder = f"{socket.gethostname()} command {os.getpid()}"
    here = Here(store, given, holder, dt.timedelta(seconds=settings.jobs.lease_seconds))
    click.echo("no daemon leads: it runs here", err=True)
    began = time.monotonic()
    try:
        found = here.run(job, by=by)
    except AnotherLeads:
        click.echo("a daemon leads by now", err=True)
        return False
    except KeyboardInterrupt:
        raise Problem(f"{job.name} was broken off; the next leader goes on with it") from None
    except Exception as error:
        raise Problem(f"{job.name} failed: {type(error).__name__}: {shown.masked(str(error))}") from error
    click.echo(shown.ended(job.name, found, time.monotonic() - began))
    return True


def _progress(found: str) -> None:
    click.echo(found, err=True)


# Over there


def _ask(store: Store, settings: Settings, name: str, by: str, *, wait: bool) -> None:
    from clinic.jobs import wishes  # noqa: PLC0415

    before = store.run_now(wishes.run, name=name, by=by, now=now_of(settings))
    known = shown.known(store, settings)
    rests = " though it is paused" if known.rows[name].paused_at is not None else ""
    click.echo(f"asked for: {known.leads} runs it{rests}", err=True)
    if not wait:
        return
    try:
        for line in _watched(store, settings, name, before):
            click.echo(line, err=True)
    except KeyboardInterrupt:
        click.echo(f"not waited for any more; see: caredial jobs show {name}", err=True)
        sys.exit(1)
    row = shown.known(store, settings).rows[name]
    if row.error:
        raise Problem(f"{name} failed: {shown.masked(row.error)}; the daemon's log has more")
    took = row.took.total_seconds() if row.took is not None else 0.0
    click.echo(shown.ended(name, row.found, took))


def _watched(store: Store, settings: Settings, name: str, before: int) -> Iterator[str]:
    """A line whenever there is news of this run, until it has ended."""
    last = ""
    while True:
        known = shown.known(store, settings)
        row = known.rows[name]
        if row.asked_at is None and row.runs > before and not row.under_way:
            return
        news = _news(known, name)
        if news != last:
            yield news
        last = news
        time.sleep(LOOK_SECONDS)


def _news(known: Known, name: str) -> str:
    row = known.rows[name]
    if known.leader is None:
        return "no daemon leads any more: it is run as soon as one does (caredial run)"
    if row.asked_at is not None:
        return "waits for its turn"
    return f"runs on {row.node} since {known.clock(row.started_at)}{': ' * bool(row.found)}{row.found}"
