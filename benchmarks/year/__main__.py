"""A centre lives for a year: what came of it, and whether every notice came once.

    python -m benchmarks.year                        # 20 000 people, 366 days, SQLite
    python -m benchmarks.year --people 500 --days 60 # a first look
    python -m benchmarks.year --seed 7 --url postgresql+psycopg://... # other people; an empty database

It ends with 1 where something is wrong with the year, and tells what.
"""

from __future__ import annotations

import argparse
import logging
import resource
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.year.life import DAYS, Year, url_in

MOST_SHOWN = 20
PEOPLE = 20_000


def run() -> Iterator[tuple[str, str, str]]:
    with tempfile.TemporaryDirectory() as folder:
        year = Year(url_in(Path(folder)), PEOPLE)
        year.live(progress=_progress)
    faults = year.faults()
    yield f"a year of {PEOPLE} people", f"{year.seconds:.0f} s", "no fault" if not faults else f"{len(faults)} FAULTS"
    for what, many in year.figures():
        yield what, str(many), ""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.year", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--people", type=int, default=PEOPLE, help="how many live there (20 000)")
    parser.add_argument("--days", type=int, default=DAYS, help="days of 2028 (366)")
    parser.add_argument("--seed", type=int, default=1, help="other people, other luck (1)")
    parser.add_argument("--url", help="an empty database with the schema; SQLite in a new folder where not given")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        year = Year(given.url or url_in(Path(folder)), given.people, seed=given.seed)
        year.live(given.days, progress=_progress)
    for what, many in year.figures():
        print(f"{many:>9,}  {what}")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{year.seconds:.0f} s ({year.busy:.0f} s of CPU) for {given.days} days, at most {memory} MB of memory")
    faults = year.faults()
    print(f"{len(faults)} faults" if faults else "no fault", *faults[:MOST_SHOWN], sep="\n  ")
    return 1 if faults else 0


def _progress(done: int, days: int) -> None:
    if done % 10 == 0 or done == days:
        print(f"\r  day {done} of {days}", end="" if done < days else "\n", file=sys.stderr, flush=True)


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)  # nodes are killed all the time, and say so
    sys.exit(main())
