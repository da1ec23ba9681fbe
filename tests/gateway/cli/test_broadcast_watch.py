"""`caredial broadcast watch`: what it tells while the daemon, played here, does its work between two looks."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import Result
from rich.console import Console
from sqlalchemy import update

from clinic.errors import StoreBusy
from clinic.tables import Broadcast, Message
from gateway.cli.broadcast import looking, watching
from gateway.cli.broadcast.pace import Pace
from gateway.cli.broadcast.screen import screen
from gateway.cli.control import NotRunning

BIND = {"window_used": 3, "window": 10}
LINK: dict[str, Any] = {
    "name": "main", "bound": True, "throttled": False, "pace": 0.0, "queued": 7, "binds": [BIND, BIND],
}  # fmt: skip
START = dt.datetime(2027, 3, 8, 9, tzinfo=dt.UTC)


class Watched:
    """A broadcast of four that was sent, and the daemon's work on it: a step at each look."""

    def __init__(self, caredial: Callable[..., Result], place: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        self._caredial, self._place = caredial, place
        settings = place.folder / "caredial.toml"
        settings.write_text(settings.read_text() + '\n[broadcasts]\nquiet_from = "00:00"\nquiet_until = "00:00"\n')
        Path("phones.csv").write_text("\n".join(["phone", *(f"1548800{n:04}" for n in range(1, 5))]))
        for words in (
            ("audience", "import-list", "four", "phones.csv"),
            ("broadcast", "new", "--title", "Water", "--to", "list:four", "--text", "x", "--class", "public"),
            ("broadcast", "send", "1", "--yes"),
        ):
            assert caredial(*words).exit_code == 0
        self.steps: list[Callable[[], None]] = []
        self.links: Any = [LINK]
        monkeypatch.setattr(looking, "time", SimpleNamespace(sleep=self._sleep, monotonic=self._monotonic))
        monkeypatch.setattr(looking, "connected", self._connected)
        self.seconds = 0.0

    def __call__(self, *words: str, code: int = 0) -> Result:
        result = self._caredial("broadcast", "watch", "1", *words)
        assert result.exit_code == code, result.output
        return result

    def then(self, *steps: Callable[[], None]) -> None:
        self.steps += steps

    def put(self, state: str, *numbers: int, **values: Any) -> Callable[[], None]:
        which = [f"broadcast:1:{number:08}" for number in numbers]
        return self._changing(update(Message).where(Message.occasion.in_(which)).values(state=state, **values))

    def become(self, state: str) -> Callable[[], None]:
        return self._changing(update(Broadcast).values(state=state))

    def _changing(self, statement: Any) -> Callable[[], None]:
        return lambda: self._place.store.run_now(lambda session: session.execute(statement) and None)

    def goes_away(self) -> None:
        self.links = None

    def comes_back(self) -> None:
        self.links = [{**LINK, "throttled": True}]

    def nothing(self) -> None:
        pass

    def interrupt(self) -> None:
        raise KeyboardInterrupt

    def _sleep(self, seconds: float) -> None:
        self.seconds += seconds
        self.steps.pop(0)()

    def _monotonic(self) -> float:
        return self.seconds

    @contextmanager
    def _connected(self, _settings: Any) -> Iterator[Any]:
        if self.links is None:
            raise NotRunning("no daemon runs here")
        yield SimpleNamespace(sending=lambda: {"rate": 1.0, "links": self.links, "under_way": 0})


@pytest.fixture
def watched(caredial: Callable[..., Result], place: Any, monkeypatch: pytest.MonkeyPatch) -> Watched:
    return Watched(caredial, place, monkeypatch)


def told(result: Result) -> list[str]:
    """The lines without their clocks and paces."""
    lines = (line[9:] if line[2:3] == ":" else line for line in result.stdout.splitlines())
    return [re.sub(r"; [\d.,]+/s.*", "", line) for line in lines]


class TestLines:
    def test_a_line_when_something_has_changed_until_all_have_gone(self, watched: Watched) -> None:
        watched.then(
            watched.nothing,
            watched.put("sending", 1, 2),
            watched.put("delivered", 1),
            watched.put("failed", 2),
            watched.put("sent", 3, 4),
            watched.become("done"),
        )
        lines = told(watched())
        assert [line for line in lines if line.startswith("sending")] == [
            "sending: 0 of 4 (0 %), queued 4",
            "sending: 0 of 4 (0 %), queued 2, on the wire 2",
            "sending: 1 of 4 (25 %), queued 2, on the wire 1, delivered 1",
            "sending: 2 of 4 (50 %), queued 2, delivered 1, failed 1",
            "sending: 4 of 4 (100 %), sent, no receipt yet 2, delivered 1, failed 1",
        ]
        assert lines[-1] == "broadcast 1 is done; next: caredial broadcast report 1"
        assert watched.steps == []

    def test_it_goes_on_while_the_daemon_is_away_and_says_so(self, watched: Watched) -> None:
        watched.then(watched.goes_away, watched.put("delivered", 1), watched.comes_back, watched.put("delivered", 2))
        watched.then(watched.interrupt)
        lines = told(watched())
        assert "the daemon does not answer" in lines[1]
        assert "sending: 1 of 4 (25 %), queued 3, delivered 1; the daemon does not answer" in lines[2]
        assert "; link main throttled" in lines[3]

    def test_ctrl_c_leaves_it_going_and_says_so(self, watched: Watched) -> None:
        watched.then(watched.interrupt)
        assert watched().stderr == "not watched any more; it goes on without you\n"

    def test_what_was_cancelled_ends_with_exit_code_1(self, watched: Watched) -> None:
        watched.then(watched.put("sending", 1), watched.become("cancelled"), watched.put("delivered", 1))
        watched.then(watched.nothing)  # whether more is being cancelled
        assert told(watched(code=1))[-1] == "broadcast 1 is cancelled; next: caredial broadcast report 1"
        assert watched.steps == []

    def test_while_the_queued_ones_are_being_cancelled(self, watched: Watched) -> None:
        watched.then(watched.become("cancelled"), watched.put("cancelled", 1), watched.put("cancelled", 2, 3, 4))
        assert told(watched(code=1))[-2] == "cancelled: 4 of 4 (100 %), cancelled 4"

    def test_until_when_nothing_is_due(self, watched: Watched) -> None:
        later = dt.datetime(2030, 3, 8, tzinfo=dt.UTC)
        watched.put("queued", 1, 2, 3, 4, due_at=later)()
        watched.then(watched.interrupt)
        assert watched().stdout.splitlines()[0].endswith("queued 4; goes on at 2030-03-08 08:00")

    def test_a_database_that_is_away_is_waited_for(self, watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
        real = looking.counted
        looks = iter([None, StoreBusy("the database stayed locked or unreachable"), None])

        def counted(*given: Any) -> Any:
            failing = next(looks)
            if failing is not None:
                raise failing
            return real(*given)

        monkeypatch.setattr(looking, "counted", counted)
        watched.then(watched.nothing, watched.put("delivered", 1), watched.interrupt)
        lines = watched().stdout.splitlines()
        assert "the figures are of " in lines[1]
        assert "delivered 1" in lines[2]


class TestReceipts:
    def test_they_are_waited_for(self, watched: Watched) -> None:
        watched.put("sent", 1, 2, 3, 4)()
        watched.become("done")()
        watched.then(watched.nothing, watched.put("delivered", 1, 2), watched.put("delivered", 3, 4))
        assert told(watched("--receipts"))[-2:] == [
            "done: 4 of 4 (100 %), delivered 4",
            "broadcast 1 is done; next: caredial broadcast report 1",
        ]
        assert watched.steps == []

    def test_but_not_for_ever(self, watched: Watched) -> None:
        watched.put("sent", 1, 2, 3, 4)()
        watched.become("done")()
        watched.then(watched.nothing, watched.put("delivered", 1), *[watched.nothing] * 3)
        result = watched("--receipts", "--patience", "0.05", "--every", "1")
        assert result.stderr == "3 receipts have not come; they count whenever they do\n"
        assert (watched.steps, watched.seconds) == ([], 5.0)  # two to the last receipt, and patience after it

    def test_and_not_where_nobody_asks(self, watched: Watched) -> None:
        watched.put("sent", 1, 2, 3, 4)()
        watched.become("done")()
        watched()


def test_for_programs_a_document_a_line(watched: Watched) -> None:
    watched.then(watched.put("delivered", 1), watched.goes_away, watched.put("delivered", 2, 3, 4))
    watched.then(watched.become("done"))
    found = [json.loads(line) for line in watched("--json").stdout.splitlines()]
    assert [(each["state"], each["gone"], each["left"], each["daemon"]) for each in found] == [
        ("sending", 0, 4, True),
        ("sending", 1, 3, True),
        ("sending", 1, 3, False),
        ("sending", 4, 0, False),
        ("done", 4, 0, False),
    ]
    assert found[0]["links"] == [LINK]
    assert sum(found[1]["counts"].values()) == found[1]["total"] == 4


def test_a_draft_is_not_watched(watched: Watched) -> None:
    watched.become("draft")()
    assert watched(code=1).stderr == "Error: broadcast 1 is a draft; send it with: caredial broadcast send 1\n"


def shown(desk: Any, look: Any) -> list[str]:
    console = Console(width=120, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
    console.print(screen(desk, look))
    return [" ".join(line.split()) for line in console.export_text().splitlines()]


def test_the_screen_tells_of_the_links_too(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[tuple[Any, Any]] = []

    @contextmanager
    def keeping(desk: Any, *, as_json: bool) -> Iterator[Callable[[Any], None]]:
        yield lambda look: looks.append((desk, look))

    monkeypatch.setattr(watching, "shown", keeping)
    watched.put("delivered", 1, 2)()
    watched.then(watched.goes_away, watched.interrupt)
    watched()
    head, bar, names, counts, *rest = shown(*looks[0])
    assert head == "Broadcast 1: Water sending"
    assert bar.endswith("50 % 2 of 4")
    assert names == "queued on the wire sent, no receipt yet delivered failed expired unknown cancelled"
    assert counts == "2 0 0 2 0 0 0 0"
    assert rest[0] == "Link State Window Queued Pace/s"
    assert rest[-1] == "main bound 6/20 7 no limit"
    assert shown(*looks[1])[-1] == (
        "Links are not known: the daemon does not answer. The figures come from the database."
    )


class TestPace:
    def after(self, *looks: tuple[float, int]) -> Pace:
        pace = Pace(10)
        for seconds, gone in looks:
            pace.look(START + dt.timedelta(seconds=seconds), gone)
        return pace

    def test_one_look_tells_nothing(self) -> None:
        pace = self.after((0, 70))
        assert (pace.rate, pace.end(30)) == (None, None)

    def test_the_rate_is_that_of_the_last_seconds(self) -> None:
        pace = self.after((0, 0), (1, 1000), (11, 1100), (21, 1200))
        assert pace.rate == 10
        assert pace.end(50) == START + dt.timedelta(seconds=26)

    def test_where_nothing_goes_there_is_no_end(self) -> None:
        assert self.after((0, 5), (5, 5)).end(10) is None

    def test_where_nothing_is_left_there_is_none_either(self) -> None:
        assert self.after((0, 0), (5, 5)).end(0) is None

    def test_what_was_given_back_begins_anew(self) -> None:
        pace = self.after((0, 50), (1, 20), (2, 30))
        assert pace.rate == 10

    def test_an_end_beyond_all_reason_is_none(self) -> None:
        assert self.after((0, 0), (9, 1)).end(10**9) is None
