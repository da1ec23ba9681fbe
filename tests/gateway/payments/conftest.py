"""A town for each test, on a copy of the empty database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from gateway.store import Store, connect
from tests.gateway.payments.town import Town


@pytest.fixture
def town(sqlite_schema: str) -> Iterator[Callable[..., Town]]:
    engine = connect(sqlite_schema, threads=2)
    store = Store(engine)

    def make(*arguments: Any, **conditions: Any) -> Town:
        return Town(store, *arguments, **conditions)

    yield make
    engine.dispose()
