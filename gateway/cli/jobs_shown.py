"""How `caredial jobs` shows what it knows."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import click

from gateway.cli.days import now_of

if TYPE_CHECKING:
    from clinic.jobs.leases import LeaseView
    from clinic.jobs.runs import JobView
    from gateway.config import Settings
    from gateway.store import Store

COLUMNS = ("Job", "What it does", "When", "Last run", "Found", "Next run", "State")
ON_EACH = "on each node"


@dataclass(frozen=True, slots=True)
class Known:
    """All that the database says of the jobs at this moment; `leader` only where one lives."""

    rows: Mapping[str, JobView]
    leader: LeaseView | None
    last_leader: LeaseView | None
    now: dt.datetime

    @property
    def leads(self) -> str:
        return self.leader.holder if self.leader is not None else "the next daemon that leads"

    def clock(self, moment: dt.datetime | None) -> str:
        """`23:05:00`, with the day where that is another."""
        if moment is None:
            return ""
        local = moment.astimezone(self.now.tzinfo)
        return f"{local:%H:%M:%S}" if local.date() == self.now.date() else f"{local:%Y-%m-%d %H:%M:%S}"

    def iso(self, moment: dt.datetime) -> str:
        return moment.astimezone(self.now.tzinfo).isoformat(timespec="seconds")

    def due(self, name: str) -> str:
        row = self.rows[name]
        if row.next_at is None:
            return "when a daemon leads"
        late = self.leader is None and row.next_at <= self.now
        return "as soon as a daemon leads" if late else self.clock(row.next_at)


def masked(text: str) -> str:
    from gateway.log import masked as hidden  # noqa: PLC0415

    return hidden(text)


def known(store: Store, settings: Settings) -> Known:
    from clinic.jobs import leases, runs  # noqa: PLC0415
    from scheduler import table  # noqa: PLC0415

    at = now_of(settings)
    held = store.run_now(leases.current, name=runs.LEAD)
    rows = {job.name: runs.JobView(job.name) for job in table.LEADER}
    rows |= {row.name: row for row in store.run_now(runs.listed)}
    return Known(rows, held if held is not None and held.lives(at) else None, held, at)


def ended(name: str, found: str, seconds: float) -> str:
    return f"{name} is done after {length(seconds)}: {found or 'there was nothing to do'}"


def length(seconds: float) -> str:
    """`0.3 s`, `12 s`, `3 min 20 s`, `2 h 5 min`."""
    whole = round(seconds)
    if seconds < 10:
        return f"{seconds:.1f} s"
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def print_list(known: Known) -> None:
    from gateway.cli.tables import show  # noqa: PLC0415
    from scheduler import table  # noqa: PLC0415

    rows = [
        (
            job.name, job.sentence, job.cadence.words, _last(known, job.name), _found(known, job.name),
            known.due(job.name), _state(known, job.name),
        )
        for job in table.LEADER
    ]  # fmt: skip
    rows += [(job.name, job.sentence, job.cadence.words, ON_EACH, "", "", "") for job in table.NODE]
    show(COLUMNS, rows, title=f"{len(rows)} jobs")
    click.echo(_leader(known))


def print_job(known: Known, name: str) -> None:
    from scheduler import table  # noqa: PLC0415

    job = table.by_name(table.LEADER).get(name)
    if job is None:
        each = next(one for one in table.NODE if one.name == name)
        click.echo(f"{each.name}: {each.sentence}\nRuns {each.cadence.words}, {ON_EACH}; see its log and /metrics.")
        return
    row = known.rows[name]
    lines = [
        ("runs", f"{job.cadence.words} ({known.now.tzinfo})"),
        ("next", known.due(name)),
        ("state", _state(known, name)),
        ("last run", _last(known, name)),
        ("asked for by", row.asked_by),
        ("on", row.node),
        ("found", _found(known, name)),
        ("in all", f"{row.runs} runs, {row.failures} of them failed"),
    ]
    told = [f"  {what:<12}  {value}" for what, value in lines if value]
    click.echo("\n".join([f"{job.name}: {job.sentence}", *told, _leader(known)]))


def print_documents(known: Known, only: str | None = None) -> None:
    """A JSON document a line, the leader in each."""
    from scheduler import table  # noqa: PLC0415

    jobs = [(job, True) for job in table.LEADER] + [(job, False) for job in table.NODE]
    for job, of_leader in jobs:
        if only in (None, job.name):
            first = {"name": job.name, "sentence": job.sentence, "cadence": job.cadence.words}
            more = _document(known, job.name) if of_leader else {}
            click.echo(json.dumps({**first, "on": "leader" if of_leader else "each node", **more}, ensure_ascii=False))


def _document(known: Known, name: str) -> dict[str, object]:
    row, leader = known.rows[name], known.leader
    fields = {
        what: known.iso(value) if isinstance(value, dt.datetime) else value for what, value in asdict(row).items()
    }
    return fields | {
        "error": masked(row.error),
        "took_seconds": row.took.total_seconds() if row.took is not None else None,
        "leader": leader.holder if leader is not None else None,
        "leader_since": known.iso(leader.since) if leader is not None else None,
    }


def _last(known: Known, name: str) -> str:
    row = known.rows[name]
    if row.started_at is None:
        return "never"
    took = f", {length(row.took.total_seconds())}" if row.took is not None else ""
    return f"{known.clock(row.started_at)}{took}"


def _found(known: Known, name: str) -> str:
    row = known.rows[name]
    return f"FAILED: {masked(row.error)}" if row.error else row.found


def _state(known: Known, name: str) -> str:
    row = known.rows[name]
    states = []
    if row.under_way:
        states.append("running" if known.leader is not None else "broken off")
    if row.paused_at is not None:
        states.append(f"paused by {row.paused_by} since {known.clock(row.paused_at)}")
    if row.asked_at is not None:
        states.append(f"asked for by {row.asked_by}")
    return ", ".join(states)


def _leader(known: Known) -> str:
    if known.leader is not None:
        return f"{known.leader.holder} leads since {known.clock(known.leader.since)}"
    last = known.last_leader
    before = f" since {known.clock(last.until)} ({last.holder} did)" if last is not None else ""
    return f"no daemon leads{before}: nothing runs by itself until one is started (caredial run)"
