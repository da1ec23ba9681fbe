"""`caredial audience` on the sample centres."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def test_an_audience_is_stored_listed_and_shown(caredial: Any, place: Any) -> None:
    result = caredial("audience", "new", "seniors", "age>=65 and not tag:diabetes", "--by", "wang")
    assert result.exit_code == 0
    assert result.stdout == "audience seniors is stored; `caredial audience explain audience:seniors` counts it\n"
    assert "age>=65 and not tag:diabetes" in caredial("audience", "list").stdout
    shown = caredial("audience", "show", "seniors").stdout.splitlines()
    assert shown[0] == "seniors: age>=65 and not tag:diabetes"
    assert shown[1].startswith("stored by wang on 20")
    assert shown[2] == "words: name (text), centre (text), birth (date), age (number)"
    document = json.loads(caredial("audience", "list", "--json").stdout)
    assert (document["name"], document["created_by"]) == ("seniors", "wang")
    assert json.loads(caredial("audience", "show", "seniors", "--json").stdout)["words"]["age"] == "number"


def test_a_taken_name_a_bad_name_an_unknown_name(caredial: Any, place: Any) -> None:
    caredial("audience", "new", "seniors", "age>=65")
    taken = caredial("audience", "new", "seniors", "age>=70")
    assert (taken.exit_code, "there is an audience seniors already; --replace changes it" in taken.stderr) == (1, True)
    assert caredial("audience", "new", "seniors", "age>=70", "--replace").exit_code == 0
    bad = caredial("audience", "new", "old people", "age>=65")
    assert (bad.exit_code, "'old people' is no name" in bad.stderr) == (2, True)
    unknown = caredial("audience", "show", "senior")
    assert unknown.exit_code == 1
    assert "there is no audience senior, did you mean seniors?; `caredial audience list` shows them" in unknown.stderr


def test_each_clause_is_counted(caredial: Any, place: Any) -> None:
    lines = [
        json.loads(line)
        for line in caredial(
            "audience", "explain", "centre:NH and (sex:male or tag:pregnant)", "--json"
        ).stdout.splitlines()
    ]
    assert [(line["depth"], line["joint"], line["text"]) for line in lines] == [
        (0, "", "centre:NH"),
        (0, "and", "sex:male or tag:pregnant"),
        (1, "", "sex:male"),
        (1, "or", "tag:pregnant"),
    ]
    assert lines[2]["alone"] + lines[3]["alone"] == lines[1]["alone"] == lines[3]["left"]
    assert 0 < lines[1]["left"] < lines[0]["alone"] == lines[0]["left"]
    table = caredial("audience", "explain", "centre:NH and sex:male").stdout
    assert "members" in table.splitlines()[0]
    assert "Alone" in table


def test_a_mistake_is_shown_at_its_place(caredial: Any, place: Any) -> None:
    result = caredial("audience", "explain", "age>=65 and centre:HN")
    assert result.exit_code == 2
    assert result.stderr.endswith(
        "column 20: there is no centre 'HN', did you mean NH?\n  age>=65 and centre:HN\n                     ^\n"
    )


def test_a_list_is_imported_counted_and_replaced(caredial: Any, place: Any) -> None:
    Path("flu.csv").write_text("phone,name,due:date\n15400000001,王芳,2027-04-02\n15488880001,李强,2027-04-03\n")
    result = caredial("audience", "import-list", "flu", "flu.csv", "--by", "wang")
    assert (result.exit_code, result.stdout) == (0, "2 numbers imported as list:flu\n")
    lists = json.loads(caredial("audience", "lists", "--json").stdout)
    assert (lists["name"], lists["rows"], lists["columns"]) == ("flu", 2, {"name": "text", "due": "date"})
    assert "name (text), due (date)" in caredial("audience", "lists").stdout
    only_numbers = caredial("audience", "explain", "list:flu and not all", "--json").stdout
    assert json.loads(only_numbers.splitlines()[-1])["left"] == 1
    again = caredial("audience", "import-list", "flu", "flu.csv")
    assert (again.exit_code, "there is a list flu already; --replace takes its place" in again.stderr) == (1, True)
    assert caredial("audience", "import-list", "flu", "flu.csv", "--replace").exit_code == 0


def test_bad_rows_are_told_and_kept_out_or_skipped(caredial: Any, place: Any) -> None:
    Path("flu.csv").write_text("phone\n15400000001\nnone\n15400000001\n")
    refused = caredial("audience", "import-list", "flu", "flu.csv")
    assert refused.exit_code == 1
    assert "flu.csv: nothing was imported; correct these and try again, or take the good rows" in refused.stderr
    assert "line 3: phone: not a phone number" in refused.stderr
    taken = caredial("audience", "import-list", "flu", "flu.csv", "--skip-bad")
    assert (taken.exit_code, taken.stdout) == (0, "2 numbers imported as list:flu\n")
    assert "flu.csv: 1 bad rows were left out:\n  line 3: phone: not a phone number" in taken.stderr
    assert "1 rows have a phone that stands in the list before; it gets one message" in taken.stderr


def test_help_tells_the_language(caredial: Any) -> None:
    told = caredial("audience", "--help").stdout
    for clause in ("centre:NH", "age:6-12m", "tag:hypertension", "due:MMR", "list:NAME", "audience:NAME"):
        assert clause in told
