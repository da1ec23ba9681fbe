"""The hospital's interface over HTTP: FHIR R4 under /fhir (docs/hospital.md)."""

from __future__ import annotations
