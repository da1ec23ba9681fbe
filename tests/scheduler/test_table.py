"""The table: each job asks for its use case, and is told in a sentence."""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.defer import Deferred, succeed

from clinic import long_texts, receipts, vouchers
from clinic.broadcasts import sending
from clinic.broadcasts.views import Progress
from clinic.rules import Rules
from scheduler import table
from scheduler.given import Broken, Given
from tests.scheduler.conftest import HOUSE, MONDAY_EVENING


class Asked:
    """A store that writes down what it is asked; `answers` gives what it answers, in turn."""

    def __init__(self, **answers: list[Any]) -> None:
        self.calls: list[tuple[Any, dict[str, Any]]] = []
        self.answers = answers

    def run(self, fn: Any, /, **given: Any) -> Deferred[Any]:
        self.calls.append((fn, given))
        return succeed(self.answers.get(fn.__name__, [0]).pop(0))


def work(name: str, store: Asked, **more: Any) -> Any:
    came: list[Any] = []
    given = Given(store, HOUSE, Rules(), lambda: MONDAY_EVENING, **more)
    done = Deferred.fromCoroutine(table.by_name(table.LEADER)[name].work(given))
    done.addCallbacks(came.append, lambda failure: came.append(failure.value))
    return came[0]


@pytest.mark.parametrize(
    ("name", "use_case", "found"),
    [
        ("expire-vouchers", vouchers.expire, "1,200 T-codes expired"),
        ("forget-receipts", receipts.forget, "1,200 receipts dropped"),
        ("forget-segments", long_texts.forget, "1,200 segments of texts from phones dropped"),
    ],
)
def test_a_job_asks_for_its_use_case_with_the_local_time(name: str, use_case: Any, found: str) -> None:
    store = Asked(expire=[1200], forget=[1200])
    assert work(name, store) == found
    assert store.calls == [(use_case, {"now": MONDAY_EVENING})]
    assert work(name, Asked(expire=[0], forget=[0])) == ""


def test_broadcasts_are_written_chunk_by_chunk_and_concluded() -> None:
    half, whole = Progress("preparing", 0, 0), Progress("sending", 0, 0)
    store = Asked(preparing=[[1, 2]], write_some=[half, whole, whole], conclude=[[7]])
    assert work("broadcasts", store) == "2 broadcasts written, 1 broadcasts ended"
    written = [given for fn, given in store.calls if fn is sending.write_some]
    assert [given["broadcast"] for given in written] == [1, 1, 2]
    assert written[0] | {"broadcast": 0} == {
        "broadcast": 0, "rules": Rules(), "links": (), "installation": HOUSE, "now": MONDAY_EVENING,
    }  # fmt: skip
    assert work("broadcasts", Asked(preparing=[[]], conclude=[[]])) == ""


def test_writing_a_broadcast_stops_between_chunks() -> None:
    left = iter([True, False])
    store = Asked(preparing=[[1]], write_some=[Progress("preparing", 0, 0)])
    assert isinstance(work("broadcasts", store, going=lambda: next(left)), Broken)


def test_each_job_has_a_name_of_its_own_a_sentence_and_a_cadence_in_words() -> None:
    jobs = [*table.LEADER, *table.NODE]
    assert len({job.name for job in jobs}) == len(jobs)
    for job in jobs:
        assert job.name.replace("-", "").isalpha()
        assert len(job.name) <= 60
        assert job.sentence[0].isupper()
        assert job.sentence.endswith(".")
        assert job.cadence.words


def test_two_jobs_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="two jobs have one name"):
        table.by_name([table.LEADER[0], table.LEADER[0]])
