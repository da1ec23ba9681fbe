"""Vaccine rules judged twice: the engine and the brute-force oracle of the tests, on as many children as wanted.

    python -m benchmarks.vaccine_oracle                       # 100 000 children, some five to ten minutes
    python -m benchmarks.vaccine_oracle --children 2000       # a first look
    python -m benchmarks.vaccine_oracle --from 250 --keep 5   # others; tell of the first five that differ

Each seed makes 1000 children, always the same ones. It ends with 1 where a child differs, and tells of it as small as
it still differs: which of the two is right, docs/vaccines.md decides.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator

from tests.clinic.vaccines.children import children
from tests.clinic.vaccines.readings import ENGINE, ORACLE, Reading, differences, transcript

EACH = 1000
FIRST = 1000  # seeds that the test suite has not


def run() -> Iterator[tuple[str, str, str]]:
    differ = len(list(differing(FIRST, 100_000)))
    yield "vaccines: children judged twice", "100 000", "all alike" if differ == 0 else f"{differ} DIFFER"
    engine, brute = seconds(ENGINE), seconds(ORACLE)
    yield "vaccines: children/s, engine", f"{EACH / engine:.0f}", f"{brute / engine:.1f} of the brute-force oracle"


def differing(first: int, count: int) -> Iterator[str]:
    """Transcripts of the children that differ, with the progress on stderr."""
    began, done, differ = time.monotonic(), 0, 0
    for seed in range(first, first + -(-count // EACH)):
        for child, today in children(seed, min(EACH, count - done)):
            if differences(child, today, ENGINE):
                differ += 1
                yield f"seed {seed}\n{transcript(child, today, ENGINE)}"
        done = min(count, done + EACH)
        print(
            f"\r{done} of {count} children, {differ} differ, {time.monotonic() - began:.0f} s", end="", file=sys.stderr
        )
    print(file=sys.stderr)


def seconds(reading: Reading) -> float:
    """For the children of one seed."""
    them = list(children(FIRST, EACH))
    began = time.perf_counter()
    for child, today in them:
        reading.judge(child, today)
        reading.due(child, today)
    return time.perf_counter() - began


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--children", type=int, default=100_000, metavar="N", help="how many (100 000)")
    parser.add_argument("--from", type=int, default=FIRST, metavar="SEED", dest="first", help=f"first seed ({FIRST})")
    parser.add_argument("--keep", type=int, default=1, metavar="N", help="stop after so many that differ (1)")
    wanted = parser.parse_args()
    differ = 0
    for differ, told in enumerate(differing(wanted.first, wanted.children), 1):
        print(f"\n{told}", flush=True)
        if differ >= wanted.keep:
            break
    print("all alike" if differ == 0 else f"{differ} differ (or more, where it stopped at --keep)")
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
