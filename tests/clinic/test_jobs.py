"""What the database knows of the scheduled jobs: who leads, what each did, what people want of it."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select

from clinic.jobs import leases, runs, wishes
from clinic.jobs.runs import LEAD, NEXT
from clinic.tables import Audit

SECOND, MINUTE = dt.timedelta(seconds=1), dt.timedelta(minutes=1)
NIGHTLY = "expire-vouchers"


@pytest.fixture
def jobs(clinic: Any) -> Any:
    """The clinic, with one job that "a" leads."""
    clinic.run(runs.know, names={NIGHTLY: clinic.moment})
    assert take(clinic, "a")
    return clinic


def take(clinic: Any, holder: str, seconds: int = 30) -> bool:
    until = clinic.moment + seconds * SECOND
    return bool(clinic.run(leases.take, name=LEAD, holder=holder, until=until, now=clinic.moment))


def held(clinic: Any) -> Any:
    return clinic.run(leases.current, name=LEAD)


def begin(clinic: Any, holder: str = "a", due: dt.datetime | None = None, asked: bool = False) -> str:
    due = None if asked else due or clinic.moment
    after = clinic.moment + dt.timedelta(days=1)
    return str(clinic.run(runs.begin, name=NIGHTLY, holder=holder, due=due, next_at=after, now=clinic.moment))


def end(clinic: Any, holder: str = "a", found: str = "", error: str = "") -> None:
    clinic.run(runs.end, name=NIGHTLY, holder=holder, found=found, error=error, now=clinic.moment)


def row(clinic: Any) -> runs.JobView:
    (only,) = clinic.run(runs.listed)
    return only


class TestLease:
    def test_nobody_leads_at_first(self, clinic: Any) -> None:
        assert held(clinic) is None

    def test_one_leads_and_the_others_do_not(self, clinic: Any) -> None:
        assert (take(clinic, "a"), take(clinic, "b")) == (True, False)
        assert held(clinic) == leases.LeaseView("a", clinic.moment, clinic.moment + 30 * SECOND)

    def test_the_leader_renews_and_stays_the_leader_since_then(self, clinic: Any) -> None:
        take(clinic, "a")
        since = clinic.moment
        clinic.wait(seconds=20)
        assert take(clinic, "a")
        assert held(clinic) == leases.LeaseView("a", since, clinic.moment + 30 * SECOND)
        clinic.wait(seconds=29)
        assert not take(clinic, "b")

    def test_a_lease_that_has_run_out_goes_to_whoever_comes(self, clinic: Any) -> None:
        take(clinic, "a")
        clinic.wait(seconds=30)
        assert not held(clinic).lives(clinic.moment)
        assert take(clinic, "b")
        assert not take(clinic, "a")
        assert held(clinic).since == clinic.moment

    def test_what_is_given_back_is_free_at_once(self, clinic: Any) -> None:
        take(clinic, "a")
        clinic.run(leases.give_back, name=LEAD, holder="b", now=clinic.moment)
        assert not take(clinic, "b")
        clinic.run(leases.give_back, name=LEAD, holder="a", now=clinic.moment)
        assert take(clinic, "b")

    def test_of_many_that_come_at_one_moment_one_leads(self, clinic: Any) -> None:
        for _ in range(5):
            with ThreadPoolExecutor(8) as pool:
                won = list(pool.map(lambda n: take(clinic, f"node {n}"), range(8)))
            assert sum(won) == 1
            clinic.wait(minutes=1)


class TestRuns:
    def test_a_run_begins_and_ends(self, jobs: Any) -> None:
        began = jobs.moment
        assert begin(jobs) == "begun"
        assert (row(jobs).under_way, row(jobs).took) == (True, None)
        jobs.wait(seconds=90)
        end(jobs, found="3 T-codes expired")
        shown = row(jobs)
        assert (shown.started_at, shown.took, shown.found) == (began, 90 * SECOND, "3 T-codes expired")
        assert (shown.runs, shown.failures, shown.next_at) == (1, 0, began + dt.timedelta(days=1))

    def test_a_moment_has_one_run(self, jobs: Any) -> None:
        due = jobs.moment
        assert begin(jobs, due=due) == "begun"
        end(jobs)
        assert begin(jobs, due=due) == "done already"
        assert begin(jobs, due=due - MINUTE) == "done already"
        assert begin(jobs, due=due + MINUTE) == "begun"

    @pytest.mark.parametrize("why", ["another leads", "its lease has run out"])
    def test_only_the_leader_begins(self, jobs: Any, why: str) -> None:
        if why == "another leads":
            assert begin(jobs, "b") == "not leading"
        else:
            jobs.wait(seconds=30)
            assert begin(jobs) == "not leading"
        assert row(jobs).runs == 0

    def test_what_failed_is_counted_and_kept_in_a_form_that_any_database_takes(self, jobs: Any) -> None:
        begin(jobs)
        end(jobs, error="ValueError: \x00 " + "x" * 900)
        shown = row(jobs)
        assert (shown.failures, len(shown.error), shown.error[:14]) == (1, 400, "ValueError:   ")

    def test_an_end_that_comes_late_does_not_touch_the_run_of_the_next_leader(self, jobs: Any) -> None:
        begin(jobs)
        jobs.wait(seconds=60)
        take(jobs, "b")
        assert jobs.run(runs.make_up, alive=(), now=jobs.moment) == [NIGHTLY]
        assert begin(jobs, "b", asked=True) == "begun"
        end(jobs, "a", found="late")
        assert (row(jobs).node, row(jobs).found, row(jobs).under_way) == ("b", "", True)

    def test_what_runs_here_is_not_made_up_for(self, jobs: Any) -> None:
        begin(jobs)
        assert jobs.run(runs.make_up, alive=[NIGHTLY], now=jobs.moment) == []
        assert row(jobs).under_way

    def test_a_run_that_made_up_for_another_is_not_made_up_for(self, jobs: Any) -> None:
        begin(jobs)
        jobs.run(runs.make_up, alive=(), now=jobs.moment)
        assert (row(jobs).asked_by, jobs.run(runs.asked)) == (NEXT, [NIGHTLY])
        begin(jobs, asked=True)
        assert jobs.run(runs.make_up, alive=(), now=jobs.moment) == []
        assert (row(jobs).failures, jobs.run(runs.asked)) == (2, [])

    def test_a_row_that_is_gone_ends_nothing_and_begins_nothing(self, jobs: Any) -> None:
        gone: dict[str, Any] = {"name": "gone", "holder": "a", "now": jobs.moment}
        assert jobs.run(runs.begin, due=jobs.moment, next_at=None, **gone) == "done already"
        jobs.run(runs.end, found="", error="", **gone)
        jobs.run(runs.break_off, found="", **gone)

    def test_jobs_are_known_once(self, jobs: Any) -> None:
        jobs.run(runs.know, names={NIGHTLY: jobs.moment + MINUTE, "other": None})
        assert [(job.name, job.next_at) for job in jobs.run(runs.listed)] == [(NIGHTLY, jobs.moment), ("other", None)]


class TestWishes:
    def test_a_run_is_asked_for_once_and_noted(self, jobs: Any) -> None:
        assert begin(jobs, asked=True) == "done already"
        assert jobs.run(wishes.run, name=NIGHTLY, by="li", now=jobs.moment) == 0
        assert begin(jobs, asked=True) == "begun"
        assert jobs.run(runs.asked) == []
        assert trail(jobs) == [("staff:li", "job.asked", f"job:{NIGHTLY}")]

    def test_a_paused_job_is_passed_over_and_its_moment_is_gone(self, jobs: Any) -> None:
        assert jobs.run(wishes.pause, name=NIGHTLY, by="li", now=jobs.moment)
        assert not jobs.run(wishes.pause, name=NIGHTLY, by="wang", now=jobs.moment)
        assert begin(jobs) == "paused"
        assert (row(jobs).paused_by, row(jobs).runs) == ("li", 0)
        assert row(jobs).next_at == jobs.moment + dt.timedelta(days=1)
        assert jobs.run(wishes.resume, name=NIGHTLY, by="wang", now=jobs.moment)
        assert not jobs.run(wishes.resume, name=NIGHTLY, by="wang", now=jobs.moment)
        assert begin(jobs) == "done already"
        assert [(actor, action) for actor, action, _ in trail(jobs)] == [
            ("staff:li", "job.paused"),
            ("staff:wang", "job.resumed"),
        ]

    def test_a_job_can_be_paused_before_any_daemon_ran(self, clinic: Any) -> None:
        assert clinic.run(wishes.pause, name=NIGHTLY, by="li", now=clinic.moment)
        assert (row(clinic).name, row(clinic).paused_by, row(clinic).runs) == (NIGHTLY, "li", 0)


def trail(clinic: Any) -> list[tuple[str, str, str]]:
    query = select(Audit.actor, Audit.action, Audit.subject).where(Audit.action.startswith("job.")).order_by(Audit.id)
    return [tuple(found) for found in clinic.run(lambda s: s.execute(query).all())]
