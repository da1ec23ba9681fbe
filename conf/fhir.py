"""What FHIR's identifiers and codes mean here: `fhir.toml` beside this module, typed."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

FILE = Path(__file__).with_name("fhir.toml")
OURS = "urn:caredial:vaccine"
"""The code system whose codes mean themselves."""


class Identifiers(BaseModel):
    """Systems of identifiers: of each kind the first is written, each is read."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    identity: tuple[str, ...]
    card: tuple[str, ...]
    hospital: tuple[str, ...]


class Vocabulary(BaseModel):
    """By code system what each code means."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    identifiers: Identifiers
    vaccines: dict[str, dict[str, str]]
    relations: dict[str, dict[str, str]]

    def vaccine(self, system: str, code: str) -> str | None:
        """Our code; None where it is of another system, or none of its codes here."""
        return code if system == OURS else self.vaccines.get(system, {}).get(code)

    def relation(self, system: str, code: str) -> str | None:
        return self.relations.get(system, {}).get(code)


@cache
def vocabulary() -> Vocabulary:
    return Vocabulary.model_validate(tomllib.loads(FILE.read_text(encoding="utf-8")))
