"""`python -m benchmarks [NAME ...]`: run these (all by default) and print one table; `make bench ARGS=NAME`."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable, Iterator
from importlib import import_module

from rich.console import Console
from rich.table import Table

from benchmarks.peers.install import Missing

Row = tuple[str, str, str]
# Loaded when it is asked for: one that is broken or lacks something keeps no other from running.
ALL = {
    "codec": "benchmarks.codec",
    "ussd": "benchmarks.ussd",
    "bookings": "benchmarks.bookings",
    "rush": "benchmarks.rush.__main__",
    "checks": "benchmarks.checks",
    "vaccines": "benchmarks.vaccine_oracle",
    "due": "benchmarks.due_scan",
    "queue": "benchmarks.queue_calibration",
    "year": "benchmarks.year.__main__",
    "calls": "benchmarks.calls",
    "links": "benchmarks.links",
    "peers": "benchmarks.peers.alone",
    "broadcast": "benchmarks.broadcast",
    "million": "benchmarks.million",
    "hammer": "benchmarks.hammer",
}


def main(names: list[str]) -> int:
    unknown = set(names) - set(ALL)
    if unknown:
        print(f"no benchmark {', '.join(sorted(unknown))}; there are {', '.join(ALL)}", file=sys.stderr)
        return 2
    table = Table(title=f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    for column in ("what", "figure", "beside"):
        table.add_column(column, overflow="fold")
    for name in names or ALL:
        print(f"running {name} ...", file=sys.stderr)
        run: Callable[[], Iterator[Row]] = import_module(ALL[name]).run
        try:
            for row in run():
                # At once, as some take an hour and may be stopped.
                print("  " + " | ".join(row), file=sys.stderr, flush=True)
                table.add_row(*row)
        except Missing as missing:
            print(f"  skipped: {missing}", file=sys.stderr)
    Console(width=150).print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
