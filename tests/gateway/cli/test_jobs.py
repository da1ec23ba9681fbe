"""`caredial jobs`: what is listed, and what becomes of a run that is asked for, with a daemon and without."""

from __future__ import annotations

import datetime as dt
import json
import re
import threading
import time
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from clinic.jobs import leases, runs
from clinic.tables import STORED_JOBS, Audit, Job, Visit
from scheduler import table

SHANGHAI = ZoneInfo("Asia/Shanghai")
NODE = "gw1:8080"


def now() -> dt.datetime:
    return dt.datetime.now(SHANGHAI)


@pytest.fixture
def led(place: Any) -> Any:
    """The sample centres, where a daemon leads that has run a job."""
    store = place.store
    moment = now()
    store.run_now(leases.take, name=runs.LEAD, holder=NODE, until=moment + dt.timedelta(minutes=5), now=moment)
    store.run_now(runs.know, names={"expire-vouchers": moment, "forget-receipts": moment})
    ran(place, "expire-vouchers", found="3 T-codes expired")
    return place


def ran(place: Any, name: str, *, found: str = "", error: str = "", asked: bool = False) -> None:
    moment = now()
    given = {"due": None if asked else moment, "next_at": moment + dt.timedelta(days=1)}
    assert place.store.run_now(runs.begin, name=name, holder=NODE, now=moment, **given) == "begun"
    after = moment + dt.timedelta(seconds=75)
    place.store.run_now(runs.end, name=name, holder=NODE, found=found, error=error, now=after)


def test_before_any_daemon_ran_the_list_says_so(caredial: Any, place: Any) -> None:
    shown = caredial("jobs", "list").stdout
    for job in (*table.LEADER, *table.NODE):
        assert job.name in shown
    assert f"{len(table.LEADER) + len(table.NODE)} jobs" in shown
    assert "no daemon leads: nothing runs by itself until one is started (caredial run)" in shown


def test_the_list_shows_when_jobs_run_what_they_found_and_who_leads(caredial: Any, led: Any) -> None:
    ran(led, "forget-receipts", error="RuntimeError: no route to +8615400000009")
    caredial("jobs", "pause", "broadcasts", "--by", "li")
    lines = caredial("jobs", "list").stdout.splitlines()
    expire = row_of(lines, "expire-vouchers")
    assert expire[2] == "daily at 00:05"
    assert re.fullmatch(r"\d\d:\d\d:\d\d, 1 min 15 s", expire[3])
    assert expire[4] == "3 T-codes expired"
    assert row_of(lines, "forget-receipts")[4].startswith("FAILED: RuntimeError: no route to +86154****0009")
    assert row_of(lines, "broadcasts")[6].startswith("paused by li since")
    assert row_of(lines, "sweep-shared-state")[3] == "on each node"
    assert lines[-1].startswith(f"{NODE} leads since ")


def row_of(lines: list[str], name: str) -> list[str]:
    """The cells of this job; those that take several lines put together."""
    found: list[str] = []
    for line in lines:
        cells = [cell.strip() for cell in line.split("│")[1:-1]]
        if cells and (cells[0] == name or (found and not cells[0])):
            found = [f"{before} {cell}".strip() for before, cell in zip(found or [""] * len(cells), cells, strict=True)]
        elif found:
            break
    return found


def test_for_programs_each_job_is_a_document(caredial: Any, led: Any) -> None:
    documents = {job["name"]: job for job in map(json.loads, caredial("jobs", "list", "--json").stdout.splitlines())}
    assert len(documents) == len(table.LEADER) + len(table.NODE)
    expire = documents["expire-vouchers"]
    assert (expire["on"], expire["cadence"], expire["found"]) == ("leader", "daily at 00:05", "3 T-codes expired")
    assert (expire["took_seconds"], expire["runs"], expire["error"], expire["leader"]) == (75.0, 1, "", NODE)
    assert dt.datetime.fromisoformat(expire["next_at"]).utcoffset() == dt.timedelta(hours=8)
    assert documents["broadcasts"]["started_at"] is None
    assert documents["recover-calls"]["on"] == "each node"


def test_one_job_is_shown_in_full(caredial: Any, led: Any) -> None:
    shown = caredial("jobs", "show", "expire-vouchers").stdout
    assert shown.startswith("expire-vouchers: Expires T-codes that were not used on their day")
    for line in ("daily at 00:05 (Asia/Shanghai)", "3 T-codes expired", "1 runs, 0 of them failed", NODE):
        assert line in shown
    assert json.loads(caredial("jobs", "show", "expire-vouchers", "--json").stdout)["node"] == NODE
    assert "every 5 minutes, on each node" in caredial("jobs", "show", "recover-calls").stdout


def test_a_wrong_name_says_what_was_perhaps_meant(caredial: Any, place: Any) -> None:
    result = caredial("jobs", "run", "expire-voucher")
    assert (result.exit_code, result.stderr) == (
        2,
        "Error: there is no job expire-voucher, did you mean expire-vouchers?\n",
    )
    assert "there are: expire-vouchers, vaccine-reminders" in caredial("jobs", "show", "x").stderr


def test_a_job_of_each_node_is_nobodys_to_run_or_pause(caredial: Any, place: Any) -> None:
    for command in ("run", "pause", "resume"):
        result = caredial("jobs", command, "recover-calls")
        assert (result.exit_code, "each daemon does it for itself" in result.stderr) == (2, True)


def test_where_no_daemon_leads_the_command_runs_the_job_itself(caredial: Any, place: Any) -> None:
    place.book(day=0)
    yesterday = dt.date.today() - dt.timedelta(days=1)  # noqa: DTZ011
    place.store.run_now(lambda s: s.execute(update(Visit).values(day=yesterday - dt.timedelta(days=1))) and None)
    result = caredial("jobs", "run", "expire-vouchers", "--by", "li")
    assert (result.exit_code, result.stderr) == (0, "no daemon leads: it runs here\n")
    assert re.fullmatch(r"expire-vouchers is done after \d\.\d s: 1 T-codes expired\n", result.stdout)
    assert "there was nothing to do" in caredial("jobs", "run", "expire-vouchers").stdout
    document = json.loads(caredial("jobs", "show", "expire-vouchers", "--json").stdout)
    assert (document["runs"], document["asked_by"] != "", document["leader"]) == (2, True, None)
    assert place.store.run_now(lambda s: s.scalars(select(Audit.actor).where(Audit.action == "job.asked")).first()) == (
        "staff:li"
    )


def with_work(monkeypatch: pytest.MonkeyPatch, work: Any) -> None:
    job = table.Job("expire-vouchers", work, table.LEADER[0].cadence, "Fails.")
    monkeypatch.setattr(table, "LEADER", (job, *table.LEADER[1:]))


def test_a_job_that_fails_here_is_told_and_kept(caredial: Any, place: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fails(_given: Any) -> str:
        raise RuntimeError("the disk is full")

    with_work(monkeypatch, fails)
    result = caredial("jobs", "run", "expire-vouchers")
    assert (result.exit_code, "expire-vouchers failed: RuntimeError: the disk is full" in result.stderr) == (1, True)
    assert "FAILED: RuntimeError: the disk is full" in caredial("jobs", "show", "expire-vouchers").stdout


def test_ctrl_c_leaves_the_rest_to_the_next_leader(caredial: Any, place: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(given: Any) -> str:
        given.tell("70 notices so far")
        assert given.going()
        raise KeyboardInterrupt

    with_work(monkeypatch, broken)
    result = caredial("jobs", "run", "expire-vouchers")
    assert "expire-vouchers was broken off; the next leader goes on with it" in result.stderr
    assert "70 notices so far" in result.stderr
    assert place.store.run_now(runs.asked) == ["expire-vouchers"]


def test_the_leader_is_asked_and_its_run_is_watched(caredial: Any, led: Any) -> None:
    def leads() -> None:
        end = time.monotonic() + 20
        while not led.store.run_now(runs.asked):
            assert time.monotonic() < end
            time.sleep(0.05)
        moment = now()
        given: dict[str, Any] = {"name": "expire-vouchers", "holder": NODE}
        led.store.run_now(runs.begin, due=None, next_at=None, now=moment, **given)
        led.store.run_now(runs.tell, found="1,200 so far", **given)
        time.sleep(1)
        led.store.run_now(runs.end, found="1,300 T-codes expired", error="", now=moment, **given)

    leader = threading.Thread(target=leads)
    leader.start()
    result = caredial("jobs", "run", "expire-vouchers")
    leader.join()
    assert (result.exit_code, result.stdout) == (0, "expire-vouchers is done after 0.0 s: 1,300 T-codes expired\n")
    told = result.stderr.splitlines()
    assert told[0] == f"asked for: {NODE} runs it"
    assert re.fullmatch(rf"runs on {NODE} since \d\d:\d\d:\d\d: 1,200 so far", told[-1])


def test_who_does_not_wait_sees_it_in_the_list(caredial: Any, led: Any) -> None:
    caredial("jobs", "pause", "expire-vouchers")
    result = caredial("jobs", "run", "expire-vouchers", "--no-wait", "--by", "li")
    assert (result.exit_code, result.stderr) == (0, f"asked for: {NODE} runs it though it is paused\n")
    assert "asked for by li" in caredial("jobs", "show", "expire-vouchers").stdout
    ran(led, "expire-vouchers", error="RuntimeError: no", asked=True)
    assert "FAILED: RuntimeError: no" in caredial("jobs", "show", "expire-vouchers").stdout


def test_pausing_and_resuming(caredial: Any, led: Any) -> None:
    pause, resume = ("jobs", "pause", "broadcasts", "--by", "li"), ("jobs", "resume", "broadcasts", "--by", "wang")
    assert "go on with: caredial jobs resume broadcasts" in caredial(*pause).stdout
    assert caredial(*pause).stdout == "broadcasts is paused already\n"
    assert caredial(*resume).stdout == "broadcasts goes on, next when a daemon leads\n"
    assert caredial(*resume).stdout == "broadcasts is not paused\n"


def test_a_daemon_that_was_away_makes_up_once_and_is_asked_for_a_run(
    caredial: Any, place: Any, running: Any, ports: dict[str, str]
) -> None:
    """A real one: killed, away for days, started again; then asked for a run, and stopped."""
    ports = {**ports, "LOG__LEVEL": "info"}
    with running(**ports) as daemon:
        daemon.wait_for("ready: ")
        daemon.wait_for("leads: it runs the scheduled jobs")
        wait_until(place, "expire-vouchers", 1)
        daemon.process.kill()
        daemon.process.wait(20)
    long_ago = now() - dt.timedelta(days=5)
    place.store.run_now(lambda s: s.execute(update(Job).values(due_at=long_ago, next_at=long_ago)) and None)
    place.store.run_now(lambda s: s.execute(update(STORED_JOBS).values(next_run_time=long_ago.timestamp())) and None)
    away(place)
    with running(**ports) as daemon:
        daemon.wait_for("ready: ")
        wait_until(place, "expire-vouchers", 2)
        result = caredial("jobs", "run", "expire-vouchers")
        assert result.stdout.startswith("expire-vouchers is done after")
        daemon.process.terminate()
        assert daemon.end() == 0
    shown = {row.name: row for row in place.store.run_now(runs.listed)}
    assert shown["expire-vouchers"].runs == 3
    assert shown["forget-segments"].runs in (1, 2)  # an hour may have begun meanwhile
    assert shown["expire-vouchers"].next_at > now()
    assert not place.store.run_now(leases.current, name=runs.LEAD).lives(now())


def away(place: Any) -> None:
    """As if its lease had run out long ago."""
    held = place.store.run_now(leases.current, name=runs.LEAD)
    place.store.run_now(leases.give_back, name=runs.LEAD, holder=held.holder, now=now())


def wait_until(place: Any, job: str, many: int) -> None:
    end = time.monotonic() + 20
    while not any(
        row.name == job and row.runs >= many and not row.under_way for row in place.store.run_now(runs.listed)
    ):
        assert time.monotonic() < end
        time.sleep(0.05)
