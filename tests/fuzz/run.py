"""`python tests/fuzz/run.py TARGET [libFuzzer's options and folders]`: fuzz one target; bin/fuzz calls it."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["smpp"]):
    from targets import TARGETS, seeds


def main(name: str, *options: str) -> None:
    if name not in TARGETS:
        sys.exit(f"no target {name}; there are {', '.join(TARGETS)}")
    for folder in (Path(option) for option in options if not option.startswith("-")):
        for octets in seeds(name):
            (folder / f"seed-{hashlib.sha256(octets).hexdigest()[:16]}").write_bytes(octets)
    atheris.Setup([sys.argv[0], *options], TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])
