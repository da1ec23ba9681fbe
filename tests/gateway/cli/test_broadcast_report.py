"""`caredial broadcast report`: on the terminal, for programs, as CSV and as a picture."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from click.testing import Result
from PIL import Image
from sqlalchemy import update

from clinic.broadcasts.views import Moment
from clinic.tables import Broadcast, Message
from gateway.cli.broadcast import exporting
from gateway.cli.broadcast.chart import Slice, draw
from gateway.cli.broadcast.reporting import sliced

AT = dt.datetime(2027, 3, 8, 1, tzinfo=dt.UTC)
ZONE = ZoneInfo("Asia/Shanghai")


class Office:
    """A broadcast to five phones, as far as a test wants it to be."""

    def __init__(self, caredial: Callable[..., Result], place: Any) -> None:
        self.caredial, self.run = caredial, place.store.run_now
        settings = place.folder / "caredial.toml"
        settings.write_text(settings.read_text() + '\n[broadcasts]\nquiet_from = "00:00"\nquiet_until = "00:00"\n')
        Path("phones.csv").write_text("\n".join(["phone", *(f"1548800{n:04}" for n in range(1, 6))]))
        for words in (
            ("audience", "import-list", "five", "phones.csv"),
            ("broadcast", "new", "--title", "Water", "--to", "list:five", "--text", "停水", "--class", "public"),
            ("broadcast", "send", "1", "--yes"),
        ):
            assert caredial(*words).exit_code == 0

    def report(self, *words: str, code: int = 0) -> Result:
        result = self.caredial("broadcast", "report", "1", *words)
        assert result.exit_code == code, result.output
        return result

    def put(self, state: str, *numbers: int, **values: Any) -> None:
        which = [f"broadcast:1:{number:08}" for number in numbers]
        values = {"claimed_at": AT, "settled_at": AT + dt.timedelta(seconds=2), **values}
        self._do(update(Message).where(Message.occasion.in_(which)).values(state=state, **values))

    def end(self) -> None:
        self._do(update(Broadcast).values(state="done", ended_at=AT))

    def _do(self, statement: Any) -> None:
        self.run(lambda session: session.execute(statement) and None)


@pytest.fixture
def office(caredial: Callable[..., Result], place: Any) -> Office:
    return Office(caredial, place)


def lines(result: Result) -> list[str]:
    return [" ".join(line.split()) for line in result.stdout.splitlines()]


class TestReport:
    def test_when_all_went_well_every_line_is_as_planned(self, office: Office) -> None:
        office.put("delivered", 1, 2, 3, 4, 5)
        office.end()
        shown = lines(office.report())
        assert "recipients 5 5" in shown
        assert "taken by an SMS centre 5 5" in shown
        assert "segments on-net 5 5" in shown
        assert shown[-1] == "All is as planned"

    def test_what_came_otherwise_is_marked_and_why(self, office: Office) -> None:
        office.put("delivered", 1, 2)
        office.put("failed", 3, 4, error="[27]")
        office.put("cancelled", 5, error="refused")
        office.end()
        shown = lines(office.report())
        assert "taken by an SMS centre 5 2 -3" in shown
        assert "segments on-net 5 2 -3" in shown
        assert shown[shown.index("Why some failed") + 1] == "2 [27]"
        assert shown[shown.index("Why some were cancelled") + 1] == "1 refused"
        assert shown[-1] == "2 lines are not as planned"

    def test_in_the_middle_it_is_so_far(self, office: Office) -> None:
        office.put("delivered", 1)
        assert lines(office.report())[-1] == "2 lines are not as planned so far"

    def test_for_programs(self, office: Office) -> None:
        office.put("delivered", 1)
        found = json.loads(office.report("--json").stdout)
        line = next(line for line in found["lines"] if line["key"] == "taken")
        assert (line["planned"], line["actual"], line["differs"]) == (5, 1, True)
        assert found["invoice"]["recipients"] == 5
        assert "example" not in found["invoice"]["languages"][0]

    def test_of_a_draft_there_is_none(self, office: Office, caredial: Callable[..., Result]) -> None:
        caredial("broadcast", "new", "--title", "x", "--to", "all", "--text", "x")
        assert caredial("broadcast", "report", "2").exit_code == 1

    @pytest.mark.parametrize("words", [["--full-phones"], ["--csv", "-", "--json"]])
    def test_options_that_do_not_go_together(self, office: Office, words: list[str]) -> None:
        office.report(*words, code=2)


class TestCsv:
    def test_a_row_for_each_recipient_however_many_pages_they_are(
        self, office: Office, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(exporting, "PAGE", 2)
        office.put("delivered", 1)
        office.put("failed", 2, error="=cmd()")
        assert office.report("--csv", "out.csv").stderr == "5 recipients in out.csv\n"
        rows = list(csv.DictReader(io.StringIO(Path("out.csv").read_text("utf-8-sig"))))
        assert [row["phone"] for row in rows] == [f"+86154****000{n}" for n in range(1, 6)]
        assert [row["state"] for row in rows] == ["delivered", "failed", "queued", "queued", "queued"]
        assert (rows[0]["sent_at"], rows[0]["settled_at"]) == ("2027-03-08T09:00:00+08:00", "2027-03-08T09:00:02+08:00")
        assert (rows[2]["sent_at"], rows[0]["segments"], rows[0]["on_net"]) == ("", "1", "yes")
        assert rows[1]["error"] == "'=cmd()"  # no formula for whoever opens it in a spreadsheet
        assert Path("out.csv").stat().st_mode & 0o777 == 0o600

    def test_into_a_pipe_it_is_the_only_thing(self, office: Office) -> None:
        rows = list(csv.reader(io.StringIO(office.report("--csv", "-").stdout)))
        assert (rows[0][:2], len(rows)) == (["number", "phone"], 6)

    def test_full_phones_on_demand(self, office: Office) -> None:
        assert "+8615488000001" in office.report("--csv", "-", "--full-phones").stdout

    def test_a_file_that_cannot_be_written_leaves_nothing_behind(self, office: Office) -> None:
        Path("out.csv").mkdir()
        assert "out.csv" in office.report("--csv", "out.csv", code=2).stderr
        assert "Error: no/out.csv: No such file" in office.report("--csv", "no/out.csv", code=1).stderr
        assert sorted(Path().glob(".*")) == []


class TestChart:
    def test_it_is_a_picture(self, office: Office) -> None:
        office.put("delivered", 1, 2, 3)
        office.put("failed", 4, settled_at=AT + dt.timedelta(seconds=9))
        office.report("--chart", "out.png")
        with Image.open("out.png") as picture:
            assert (picture.format, picture.size) == ("PNG", (1500, 840))

    def test_of_nothing_there_is_none(self, office: Office) -> None:
        assert "there is nothing to draw" in office.report("--chart", "out.png", code=1).stderr
        assert not Path("out.png").exists()

    def test_moments_become_slices_that_lie_side_by_side(self) -> None:
        moments = [Moment(AT + dt.timedelta(seconds=5 * n), n, 0, 0) for n in range(3)]
        assert [(each.seconds, each.sent) for each in sliced(moments)] == [(5, 0), (5, 1), (5, 2)]
        assert [each.seconds for each in sliced(moments[:1])] == [1]
        assert list(sliced([])) == []

    @pytest.mark.parametrize("seconds", [1, 30, 3600, 40_000])
    def test_whatever_its_length_and_title(self, tmp_path: Path, seconds: int) -> None:
        slices = [Slice(AT + dt.timedelta(seconds=n * seconds), seconds, n, n, 0) for n in range(5)]
        for title in ("流感疫苗", "$5 off", ""):
            draw(tmp_path / "x.png", slices, title=title, about="broadcast 1", recipients=0, zone=ZONE)
        assert (tmp_path / "x.png").stat().st_size > 10_000
