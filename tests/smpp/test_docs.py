"""docs/smpp.md names everything that there is."""

from __future__ import annotations

import re
from pathlib import Path

from simulators.conditions import Conditions
from simulators.networks import NETWORKS
from smpp import status, tlv
from smpp.pdu import OPERATIONS
from smpp.ussd import DIALECTS, Dialect

TEXT = (Path(__file__).parents[2] / "docs" / "smpp.md").read_text(encoding="utf-8")
NAMES = set(re.findall(r"`([^`]+)`", TEXT))


def test_every_operation() -> None:
    assert {operation.name for operation in OPERATIONS} <= NAMES


def test_every_tlv_with_its_tag() -> None:
    rows = set(re.findall(r"^\| `(\w+)` \| (0x[0-9A-F]{4}) \|", TEXT, re.MULTILINE))
    assert rows == {(parameter.name, f"0x{parameter.tag:04X}") for parameter in tlv.PARAMETERS}


def test_every_status_in_the_row_of_its_class() -> None:
    rows = dict(re.findall(r"^\| (\w+) \| [^|]+ \| (ESME_[^|]+) \|", TEXT, re.MULTILINE))
    told = {
        (kind, name, int(code, 16))
        for kind, row in rows.items()
        for name, code in re.findall(r"(ESME_\w+) (0x\w+)", row)
    }
    codes = {name: code for name, code in vars(status).items() if name.startswith("ESME_")}
    assert told == {(status.classify(code).value, name, code) for name, code in codes.items()}


def test_every_dialect_and_its_fields() -> None:
    assert set(DIALECTS) | set(Dialect.model_fields) - {"name"} <= NAMES


def test_every_misbehaviour_of_the_simulator_and_every_network() -> None:
    assert {f"--{name.replace('_', '-')}" for name in Conditions.model_fields} <= NAMES
    assert set(NETWORKS) <= NAMES
