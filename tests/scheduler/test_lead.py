"""The leader's jobs on real databases: begun once, made up for once, by one node at a time."""

from __future__ import annotations

import datetime as dt
import logging
from collections import Counter
from typing import Any

import pytest
from sqlalchemy import delete, select
from sqlalchemy.exc import OperationalError
from twisted.internet.defer import Deferred

from clinic.jobs import leases, runs, wishes
from clinic.tables import STORED_JOBS, Audit
from scheduler.cadence import daily, every, hourly, weekly
from scheduler.given import Broken
from scheduler.table import Job

HOUR, MINUTE, SECOND = dt.timedelta(hours=1), dt.timedelta(minutes=1), dt.timedelta(seconds=1)
NIGHTLY = daily("00:05")


def at(town: Any, days: int, hour: int, minute: int = 0) -> dt.datetime:
    return (town.now() + dt.timedelta(days=days)).replace(hour=hour, minute=minute, second=0, microsecond=0)


def test_a_job_runs_at_its_time_and_what_it_found_is_kept(town: Any) -> None:
    town.node("a", nightly=NIGHTLY)
    town.answers["nightly"] = "3 T-codes expired"
    town.reach(at(town, 2, 12))
    assert town.times("nightly") == ["09 00:05", "10 00:05"]
    row = town.row("nightly")
    assert (row.runs, row.failures, row.found, row.error, row.node) == (2, 0, "3 T-codes expired", "", "a")
    assert (row.next_at, row.under_way) == (at(town, 1, 0, 5), False)


def test_the_first_run_of_a_job_waits_for_its_time_unless_it_should_not(town: Any) -> None:
    began: list[dt.datetime] = []

    async def work(_given: Any) -> str:
        began.append(town.now())
        return ""

    town.node("a", more=(Job("soon", work, NIGHTLY, "Does it.", at_once=True),), nightly=NIGHTLY)
    started = town.now()
    town.settle()
    assert (began, town.times("nightly")) == ([started], [])
    town.stop("a")
    town.node("b", more=(Job("soon", work, NIGHTLY, "Does it.", at_once=True),), nightly=NIGHTLY)
    town.settle()
    assert began == [started]  # at once means the first time ever, not each start


def test_what_was_missed_for_days_is_made_up_for_once_and_soon(town: Any) -> None:
    jobs = {"nightly": NIGHTLY, "hourly": every(hours=1), "weekly": weekly("mon", "08:00")}
    town.node("a", **jobs)
    town.reach(at(town, 1, 12))
    town.stop("a")
    town.ran.clear()
    town.sleep(days=5, minutes=10)
    town.node("a", **jobs)
    town.settle()
    assert [(job, moment) for _, job, moment in town.ran] == [("hourly", town.now()), ("nightly", town.now())]
    town.reach(at(town, 1, 0, 30))
    assert town.times("nightly")[1:] == ["15 00:05"]
    assert town.times("hourly")[1:3] == ["14 13:00", "14 14:00"]


def test_two_nodes_race_for_a_month_and_each_run_is_begun_once(town: Any) -> None:
    town.lease = 2 * HOUR
    for name in ("a", "b"):
        town.node(name, nightly=NIGHTLY, office=hourly("08:00", "10:00"))
    start = town.now()
    # The nodes come and go: the one that leads is killed, or stopped, again and again.
    for day in range(1, 31):
        town.reach(start + dt.timedelta(days=day))
        leader = next(name for name, node in town.nodes.items() if node.leads(town.now()))
        (town.kill if day % 2 else town.stop)(leader)
        town.node(leader, nightly=NIGHTLY, office=hourly("08:00", "10:00"))
    assert len({node for node, _, _ in town.ran}) == 2
    for job, each_day in (("nightly", 1), ("office", 3)):
        times = town.runs_of(job)
        assert set(times.values()) == {1}
        assert len(times) == 30 * each_day
        assert town.row(job).runs == 30 * each_day


def test_two_nodes_that_both_believe_to_lead_begin_each_run_once(town: Any) -> None:
    """As after a pause of the whole machine: the one has its list of what is due, the other leads meanwhile."""
    town.lease = 30 * SECOND
    first, second = town.node("a", often=every(minutes=10)), town.node("b", often=every(minutes=10))
    town.step()
    assert (first.leads(town.now()), second.leads(town.now())) == (True, False)
    town.moment = at(town, 0, 23, 10).astimezone(dt.UTC)
    due, first._until = first._kept.get_due_jobs(town.now()), town.moment + HOUR
    first._kept.get_due_jobs = lambda now: due
    second.step(town.now())
    assert [(node, job) for node, job, _ in town.ran] == [("b", "often")]
    first.step(town.now())
    assert [(node, job) for node, job, _ in town.ran] == [("b", "often")]
    assert (first.leads(town.now()), second.leads(town.now())) == (False, True)


def test_a_leader_that_is_killed_is_followed_within_its_lease(town: Any) -> None:
    town.lease, town.look = 30 * SECOND, SECOND
    town.node("a", often=every(minutes=1))
    town.node("b", often=every(minutes=1))
    town.reach(town.now() + 3 * MINUTE)
    assert {node for node, _, _ in town.ran} == {"a"}
    town.kill("a")
    killed = town.now()
    town.reach(killed + 5 * MINUTE)
    theirs = [moment for node, _, moment in town.ran if node == "b"]
    assert killed < theirs[0] <= killed + town.lease + MINUTE
    held = town.store.run_now(leases.current, name=runs.LEAD)
    assert (held.holder, held.since <= killed + town.lease + town.look) == ("b", True)


def test_a_leader_that_stops_hands_over_at_once(town: Any) -> None:
    town.node("a", often=every(minutes=1))
    waits = town.node("b", often=every(minutes=1))
    town.settle()
    town.stop("a")
    town.step()
    assert waits.leads(town.now())


def test_a_node_that_comes_back_under_its_name_leads_at_once(town: Any) -> None:
    town.node("a", often=every(minutes=1))
    town.settle()
    town.kill("a")
    again = town.node("a", often=every(minutes=1))
    town.step()
    assert again.leads(town.now())


def test_what_was_under_way_on_a_node_that_died_runs_once_more(town: Any, caplog: pytest.LogCaptureFixture) -> None:
    town.lease = 3 * MINUTE
    town.node("a", nightly=NIGHTLY)
    town.answers["nightly"] = Deferred()
    town.reach(at(town, 1, 0, 6))
    assert town.row("nightly").under_way
    town.kill("a")
    town.answers["nightly"] = "all of it"
    town.node("b", nightly=NIGHTLY)
    town.reach(at(town, 0, 0, 10))
    assert [node for node, _, _ in town.ran] == ["a", "b"]
    assert "nightly was under way on a node that died: it runs once more" in caplog.text
    row = town.row("nightly")
    assert (row.found, row.node, row.runs, row.failures) == ("all of it", "b", 2, 1)


def test_a_job_that_kills_its_nodes_is_not_made_up_for_twice(town: Any) -> None:
    town.node("a", nightly=NIGHTLY)
    town.answers["nightly"] = Deferred()
    town.reach(at(town, 1, 0, 6))
    for _ in range(3):
        town.kill("a")
        town.node("a", nightly=NIGHTLY)
        town.reach(town.now() + MINUTE)
    assert len(town.ran) == 2
    assert town.row("nightly").error == "a died meanwhile"
    town.answers["nightly"] = "done"
    town.reach(at(town, 1, 0, 6))
    assert len(town.ran) == 3


def test_a_job_that_fails_is_told_counted_and_runs_again(town: Any, caplog: pytest.LogCaptureFixture) -> None:
    town.node("a", bad=every(hours=1), good=every(hours=1))
    town.answers["bad"] = RuntimeError("the disk is full")
    town.reach(at(town, 1, 1, 30))
    assert town.times("bad") == town.times("good") == ["09 00:00", "09 01:00"]
    row = town.row("bad")
    assert (row.error, row.runs, row.failures) == ("RuntimeError: the disk is full", 2, 2)
    failures = [line for line in caplog.records if line.levelno == logging.ERROR]
    assert [line.getMessage() for line in failures] == ["bad failed, it runs again when it is due next"] * 2
    assert "Traceback" in caplog.text
    assert [(ended.name, ended.outcome) for ended in town.ended[:2]] == [("bad", "failed"), ("good", "done")]


def test_a_job_that_takes_long_is_not_begun_again_meanwhile(town: Any) -> None:
    town.answers["long"] = under_way = Deferred()
    town.node("a", long=every(minutes=10), other=every(minutes=10))
    town.reach(at(town, 1, 0, 1))
    assert (len(town.times("long")), len(town.times("other"))) == (1, 6)
    assert town.row("long").next_at == at(town, 0, 0, 10)
    under_way.callback("at last")
    town.answers["long"] = "soon"
    town.reach(at(town, 0, 0, 11))
    assert (len(town.times("long")), town.row("long").found) == (2, "soon")


def test_a_job_that_is_paused_rests_and_says_so(town: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    town.node("a", nightly=NIGHTLY)
    town.settle()
    assert town.want(wishes.pause, "nightly")
    assert not town.want(wishes.pause, "nightly")
    town.reach(at(town, 2, 12))
    assert town.ran == []
    assert caplog.text.count("nightly is paused: not run this time") == 2
    row = town.row("nightly")
    assert (row.paused_by, row.next_at) == ("li", at(town, 1, 0, 5))
    assert town.want(wishes.resume, "nightly")
    town.reach(at(town, 0, 23))
    assert town.ran == []  # what came due meanwhile was not missed, but not wanted
    town.reach(at(town, 1, 12))
    assert town.times("nightly") == ["11 00:05"]
    noted = town.store.run_now(lambda s: [tuple(row) for row in s.execute(select(Audit.actor, Audit.action)).all()])
    assert noted == [("staff:li", "job.paused"), ("staff:li", "job.resumed")]


def test_who_asks_for_a_run_gets_it_from_the_leader_also_while_it_is_paused(town: Any) -> None:
    town.node("a", nightly=NIGHTLY)
    town.node("b", nightly=NIGHTLY)
    town.settle()
    town.want(wishes.pause, "nightly")
    assert town.want(wishes.run, "nightly") == 0
    asked = town.now()
    town.settle()
    assert town.ran == [("a", "nightly", asked)]
    row = town.row("nightly")
    assert (row.runs, row.asked_at, row.asked_by) == (1, None, "li")


def test_a_run_that_is_asked_for_while_it_runs_follows(town: Any) -> None:
    town.node("a", nightly=NIGHTLY)
    town.settle()
    town.answers["nightly"] = under_way = Deferred()
    town.want(wishes.run, "nightly")
    town.settle()
    town.want(wishes.run, "nightly")
    town.settle()
    assert len(town.ran) == 1
    town.answers["nightly"] = "the second"
    under_way.callback("the first")
    town.settle()
    assert (len(town.ran), town.row("nightly").found) == (2, "the second")


def test_what_a_run_found_so_far_is_seen(town: Any) -> None:
    town.node("a", nightly=NIGHTLY)
    town.settle()
    under_way: Deferred[str] = Deferred()
    town.answers["nightly"] = lambda given: given.tell("1,200 notices so far") or under_way
    town.want(wishes.run, "nightly")
    town.settle()
    row = town.row("nightly")
    assert (row.found, row.under_way) == ("1,200 notices so far", True)
    under_way.callback("1,300 notices")
    town.settle()
    assert town.row("nightly").found == "1,300 notices"


def test_a_run_that_is_broken_off_is_gone_on_with_by_the_next_leader(town: Any) -> None:
    node = town.node("a", nightly=NIGHTLY)
    under_way: Deferred[str] = Deferred()
    seen: list[bool] = []

    async def works(given: Any) -> str:
        seen.append(given.going())
        await under_way
        seen.append(given.going())
        raise Broken("70 notices")

    town.answers["nightly"] = lambda given: Deferred.fromCoroutine(works(given))
    town.reach(at(town, 1, 0, 6))
    node.closing = True
    under_way.callback("")
    town.stop("a")
    assert seen == [True, False]
    row = town.row("nightly")
    assert (row.found, row.error, row.asked_by, row.failures) == ("70 notices", "", runs.NEXT, 0)
    town.want(wishes.pause, "nightly")
    town.answers["nightly"] = "30 notices"
    town.node("b", nightly=NIGHTLY)
    town.settle()
    assert len(town.ran) == 1  # it rests
    town.want(wishes.resume, "nightly")
    town.settle()
    assert [node for node, _, _ in town.ran] == ["a", "b"]


def test_a_run_may_not_go_on_when_its_node_could_not_renew_in_time(town: Any) -> None:
    town.lease = 30 * SECOND
    town.node("a", often=every(minutes=1))
    given: list[Any] = []
    town.answers["often"] = lambda its: given.append(its) or Deferred()
    town.reach(town.now() + MINUTE + SECOND)
    assert given[0].going()
    town.sleep(seconds=31)
    assert not given[0].going()
    town.node("b", often=every(minutes=1))
    town.answers["often"] = ""
    town.nodes["b"].step(town.now())
    assert [node for node, _, _ in town.ran] == ["a", "b"]


def test_another_cadence_takes_the_place_of_the_old_one_at_the_next_start(town: Any) -> None:
    town.node("a", report=daily("06:00"))
    town.reach(at(town, 1, 5))
    town.stop("a")
    town.node("a", report=daily("09:30"))
    town.reach(at(town, 1, 10))
    assert town.times("report") == ["09 09:30", "10 09:30"]


def test_another_cadence_does_not_lose_a_run_that_was_missed(town: Any) -> None:
    town.node("a", report=daily("06:00"))
    town.reach(at(town, 1, 5))
    town.stop("a")
    town.sleep(hours=2)
    town.node("a", report=daily("09:30"))
    town.reach(at(town, 0, 12))
    assert town.times("report") == ["09 07:00", "09 09:30"]


def test_a_job_that_is_no_more_is_removed_and_one_that_comes_back_has_missed_its_runs(town: Any) -> None:
    town.node("a", old=NIGHTLY, new=NIGHTLY)
    town.settle()
    town.stop("a")
    town.node("a", new=NIGHTLY)  # another version, for a while
    town.reach(at(town, 1, 12))
    ids = town.store.run_now(lambda s: s.scalars(select(STORED_JOBS.c.id)).all())
    assert (ids, town.times("old")) == (["new"], [])
    town.stop("a")
    town.node("a", old=NIGHTLY, new=NIGHTLY)
    town.settle()
    assert town.times("old") == ["09 12:00"]


def test_rows_that_somebody_removed_are_there_again(town: Any) -> None:
    town.lease = 30 * SECOND
    town.node("a", often=every(minutes=10))
    town.reach(at(town, 0, 23, 5))
    town.store.run_now(lambda s: s.execute(delete(STORED_JOBS)) and None)
    town.reach(at(town, 0, 23, 25))
    assert town.times("often") == ["08 23:10", "08 23:20"]


def test_a_database_that_is_away_loses_no_run(town: Any) -> None:
    town.lease = 30 * SECOND

    class Away:
        """A store that can be cut off."""

        cut = False

        def run_now(self, fn: Any, /, *args: Any, **given: Any) -> Any:
            if self.cut:
                raise OperationalError("select 1", None, OSError("server closed the connection"))
            return town.store.run_now(fn, *args, **given)

    store = Away()
    node = town.node("a", store=store, often=every(minutes=10))
    town.answers["often"] = under_way = Deferred()
    town.reach(at(town, 0, 23, 11))
    store.cut = True
    under_way.callback("before it went")
    for _ in range(30):
        town.sleep(minutes=1)
        with pytest.raises(OperationalError):
            node.step(town.now())
    assert not node.leads(town.now())
    store.cut = False
    town.answers["often"] = "after"
    town.settle()
    assert town.times("often") == ["08 23:10", "08 23:41"]
    assert (town.row("often").runs, town.row("often").found) == (2, "after")


@pytest.mark.parametrize("node", ["a", "b", ""])
def test_a_clock_that_was_ahead_once_stops_no_job(town: Any, node: str, caplog: pytest.LogCaptureFixture) -> None:
    """It is put right under a node that goes on, or that is started anew, or another takes over."""
    right = town.moment
    town.lease, town.look = 30 * SECOND, 20 * SECOND
    jobs = {"often": every(minutes=1), "nightly": daily("00:05")}
    town.moment = right + dt.timedelta(days=30)
    town.node("a", **jobs)
    town.reach(town.now() + 2 * MINUTE)
    town.moment, before = right + 3 * MINUTE, len(town.ran)
    if node:
        town.kill("a")
        town.node(node, **jobs)
    town.reach(town.now() + 3 * 60 * MINUTE)
    ran = [job for _, job, _ in town.ran[before:]]
    assert 175 <= ran.count("often") <= 180
    assert ran.count("nightly") == 1
    assert "was a clock ahead?" in caplog.text


def test_a_clock_far_ahead_is_told_of(town: Any, caplog: pytest.LogCaptureFixture) -> None:
    town.lease = 30 * SECOND
    town.store.run_now(
        leases.take, name=runs.LEAD, holder="b", until=town.now() + dt.timedelta(hours=9), now=town.now()
    )
    node = town.node("a", often=every(minutes=10))
    node.step(town.now())
    node.step(town.now())
    assert caplog.text.count("is its clock ahead of ours") == 1
    assert not node.leads(town.now())


@pytest.mark.parametrize(
    ("zone", "early"),
    [
        ("Europe/Berlin", {"28 03:30"}),  # the clocks leave 02:30 out; in autumn they show it twice
        ("Asia/Shanghai", set()),
    ],
)
def test_each_day_has_one_run_whatever_the_clocks_do(sqlite_town: Any, zone: str, early: set[str]) -> None:
    town = sqlite_town(zone, dt.datetime(2027, 3, 25, 12, tzinfo=dt.UTC))
    town.lease = 24 * HOUR
    jobs = {"early": daily("02:30"), "morning": daily("09:00")}
    town.node("a", **jobs)
    town.reach(town.moment + dt.timedelta(days=7))
    town.stop("a")
    town.moment = dt.datetime(2027, 10, 28, 12, tzinfo=dt.UTC)
    town.node("a", **jobs)
    town.reach(town.moment + dt.timedelta(days=7))
    for job, time in (("early", "02:30"), ("morning", "09:00")):
        days = Counter(moment.date() for _, name, moment in town.ran if name == job)
        assert set(days.values()) == {1}
        assert len(days) == 7 + 1 + 7
        at_other_times = {text for text in town.times(job) if not text.endswith(time)}
        late = {f"28 {dt.datetime(2027, 10, 28, 12, tzinfo=dt.UTC).astimezone(town.zone):%H:%M}"}
        assert at_other_times == late | (early if job == "early" else set())
