"""What is wrong with a request, as OperationOutcome tells it (hl7.org/fhir/R4/operationoutcome.html)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class Issue:
    """`code` is one of FHIR's IssueType, `where` the element as a FHIRPath (`Appointment.participant[0].actor`)."""

    code: str
    text: str
    where: str = ""


class Rejected(Exception):
    """A request that is refused; nothing of it was done. `status`: of HTTP."""

    def __init__(self, status: int, *issues: Issue) -> None:
        super().__init__("; ".join(f"{issue.where}: {issue.text}" if issue.where else issue.text for issue in issues))
        self.status, self.issues = status, issues

    def under(self, where: str) -> Rejected:
        """The same, of a resource that stands in another: `Bundle.entry[3].resource` instead of `Slot`."""
        return Rejected(self.status, *(replace(issue, where=_under(issue.where, where)) for issue in self.issues))


def wrong(where: str, text: str, code: str = "value") -> Rejected:
    """An element that cannot be taken as it is."""
    return Rejected(422, Issue(code, text, where))


def missing(where: str, text: str = "missing") -> Rejected:
    return wrong(where, text, "required")


def not_found(what: str) -> Rejected:
    return Rejected(404, Issue("not-found", f"there is no {what}"))


def outcome(issues: Iterable[Issue], *, severity: str = "error") -> dict[str, Any]:
    return {"resourceType": "OperationOutcome", "issue": [_issue(issue, severity) for issue in issues]}


def _issue(issue: Issue, severity: str) -> dict[str, Any]:
    told: dict[str, Any] = {"severity": severity, "code": issue.code, "diagnostics": issue.text}
    return told | ({"expression": [issue.where]} if issue.where else {})


def _under(path: str, where: str) -> str:
    """The first part of a path is the resource's type."""
    _, dot, rest = path.partition(".")
    return f"{where}{dot}{rest}"
