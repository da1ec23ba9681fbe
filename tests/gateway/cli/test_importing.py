from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from clinic.tables import Centre, Resident
from gateway.cli.importing import KINDS

HEAD = "name,identity,phone,centre,language\n"
GOOD = "李梅,110101195808142424,15400000777,DY,zh\n"


def residents(session: Any) -> int:
    return int(session.scalar(select(func.count()).select_from(Resident)))


def test_there_is_a_command_for_each_kind_of_file(kinds: list[str]) -> None:
    assert list(KINDS) == kinds


def test_rows_are_imported_and_counted(caredial: Any, place: Any) -> None:
    Path("new.csv").write_text(HEAD + GOOD)
    result = caredial("import", "residents", "new.csv")
    assert result.exit_code == 0
    assert result.stdout == "1 residents imported\n"
    assert place.store.run_now(residents) == 367


def test_bad_rows_are_told_with_line_and_reason_and_nothing_is_imported(caredial: Any, place: Any) -> None:
    Path("new.csv").write_text(HEAD + GOOD + "李梅,110101195808142420,15400000777,DY,zh\n李梅,x,1,ZZ,zh\n")
    result = caredial("import", "residents", "new.csv")
    assert result.exit_code == 1
    assert "new.csv: nothing was imported" in result.stderr
    assert "line 3: identity: not a valid identity number" in result.stderr
    assert "line 4: centre: there is no centre 'ZZ'" in result.stderr
    assert "110101195808142420" not in result.output
    assert place.store.run_now(residents) == 366


def test_of_many_bad_rows_the_first_are_shown_and_the_rest_counted(caredial: Any, place: Any) -> None:
    Path("new.csv").write_text("code,name_zh,name_en\n" + "a b,甲,A\n" * 60)
    result = caredial("import", "centres", "new.csv")
    assert result.stderr.count("  line ") == 50
    assert "and 10 more" in result.stderr


def test_a_missing_file_and_a_missing_column_say_so(caredial: Any, place: Any) -> None:
    assert caredial("import", "centres", "none.csv").exit_code == 2
    Path("new.csv").write_text("code,name_en\nAA,A\n")
    result = caredial("import", "centres", "new.csv")
    assert result.exit_code == 1
    assert "column name_zh: missing" in result.stderr


def test_importing_before_init_says_what_to_do(caredial: Any, tmp_path: Path) -> None:
    Path("caredial.toml").write_text("")
    Path("new.csv").write_text(HEAD + GOOD)
    result = caredial("import", "residents", "new.csv")
    assert result.exit_code == 1
    assert "there is no such database; run `caredial init`" in result.stderr
    assert not (tmp_path / "caredial.db").exists()


def test_the_sample_files_are_imported_again_without_harm(caredial: Any, place: Any) -> None:
    sample = Path(__file__).parents[3] / "conf" / "sample" / "centres.csv"
    assert caredial("import", "centres", str(sample)).stdout == "3 centres imported\n"
    assert place.store.run_now(lambda session: session.scalar(select(func.count()).select_from(Centre))) == 3
