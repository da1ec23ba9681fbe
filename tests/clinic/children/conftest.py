"""A child's file as a row or a command writes it."""

from __future__ import annotations

from typing import Any

import pytest

from clinic.children import entries, files, finding


@pytest.fixture
def put(clinic: Any) -> Any:
    """`put(card="B1", name="林浩然", ...)` writes a file as a row or a command gives it."""

    def put(child: int | None = None, **given: str) -> files.Written:
        def write(session: Any) -> files.Written:
            entry = entries.read(
                given,
                vault=clinic.vault,
                region="CN",
                today=clinic.moment.date(),
                centre=lambda code: finding.centre(session, code=code),
            )
            return files.write(session, entry, vault=clinic.vault, by="王芳", now=clinic.moment, child=child)

        written: files.Written = clinic.run(write)
        return written

    return put
