"""The published schemas (gsma.yaml), as judges."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from openapi_schema_validator import OAS30Validator
from openapi_schema_validator import oas30_format_checker as formats
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

DOCUMENT = yaml.safe_load((Path(__file__).parent / "gsma.yaml").read_text(encoding="utf-8"))
ROOT = "urn:gsma"


@cache
def _registry() -> Any:
    return Registry().with_resource(ROOT, Resource(DOCUMENT, DRAFT4))


def mistakes(schema: str, document: Any) -> list[str]:
    """What the schema of this name has to say against a document (or the octets of one)."""
    value = json.loads(document) if isinstance(document, bytes) else document
    judge = OAS30Validator(
        {"$ref": f"{ROOT}#/components/schemas/{schema}"}, registry=_registry(), format_checker=formats
    )
    return [f"{list(each.path)}: {each.message}" for each in judge.iter_errors(value)]


def header_mistakes(headers: dict[str, str]) -> list[str]:
    """The same of the headers that the document knows."""
    known = DOCUMENT["components"]["parameters"]
    return [wrong for name, value in headers.items() if name in known for wrong in _wrong(known[name]["schema"], value)]


def _wrong(schema: dict[str, Any], value: str) -> list[str]:
    if "$ref" in schema:
        return mistakes(schema["$ref"].rpartition("/")[2], value)
    return [each.message for each in OAS30Validator(schema, format_checker=formats).iter_errors(value)]
