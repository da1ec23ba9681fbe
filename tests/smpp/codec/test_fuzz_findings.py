"""What the fuzzer once found, and what it starts from, on each target of tests/fuzz/targets.py."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from smpp.pdu import EnquireLink

FUZZ = Path(__file__).parents[2] / "fuzz"
spec = importlib.util.spec_from_file_location("fuzz_targets", FUZZ / "targets.py")
assert spec is not None
assert spec.loader is not None
targets = importlib.util.module_from_spec(spec)
spec.loader.exec_module(targets)


SEEDS = {f"{target}-seed-{n}": octets for target in targets.TARGETS for n, octets in enumerate(targets.seeds(target))}
FINDINGS = {path.name: path.read_bytes() for path in (FUZZ / "findings").glob("*-*")}


@pytest.mark.parametrize("name", [*SEEDS, *sorted(FINDINGS)])
def test_a_target_ends_quietly(name: str) -> None:
    target = name.partition("-")[0]
    targets.TARGETS[target]((SEEDS | FINDINGS)[name])


def test_a_target_tells_what_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fuzzer that never finds anything may just be deaf."""
    monkeypatch.setattr(targets, "decode", lambda octets: EnquireLink(sequence=9))

    with pytest.raises(AssertionError, match="disagree"):
        targets.TARGETS["decode"](SEEDS["decode-seed-0"])
