"""`python -m benchmarks [codec|ussd|bookings|checks|calls ...]`: run them (all by default) and print one table."""

from __future__ import annotations

import os
import platform
import sys

from rich.console import Console
from rich.table import Table

from benchmarks import bookings, calls, checks, codec, ussd

ALL = {"codec": codec.run, "ussd": ussd.run, "bookings": bookings.run, "checks": checks.run, "calls": calls.run}


def main(names: list[str]) -> int:
    unknown = set(names) - set(ALL)
    if unknown:
        print(f"no benchmark {', '.join(sorted(unknown))}; there are {', '.join(ALL)}", file=sys.stderr)
        return 2
    table = Table(title=f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    for column in ("what", "figure", "beside"):
        table.add_column(column)
    for name in names or ALL:
        print(f"running {name} ...", file=sys.stderr)
        for row in ALL[name]():
            table.add_row(*row)
    Console(width=110).print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
