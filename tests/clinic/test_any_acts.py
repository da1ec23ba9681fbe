"""Whatever is done in whatever order, by one after the other: what must be true is true after each act.

What several do at once is `test_hammer`; here the story that breaks something is told, act by act.
"""

from __future__ import annotations

import random
import shutil
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from clinic import invariants
from gateway.store import Store, connect
from tests.clinic import told
from tests.clinic.conftest import seed
from tests.clinic.hammer import ACTS, STEP, Hammer
from tests.clinic.test_hammer import furnish, unfinished

STORIES, LENGTH = 6, 20
NUMBERS = count(1)
CHANCE = st.randoms(use_true_random=False)
OF_RESIDENTS = ("book", "join", "cancel", "pay again", "ask provider", "late answer", "accept")


class Acts(RuleBasedStateMachine):
    """A clinic on a morning; residents have come before the machine begins."""

    template, folder = Path(), Path()

    def __init__(self) -> None:
        super().__init__()
        database = shutil.copy(self.template, self.folder / f"story-{next(NUMBERS)}.db")
        self.engine = connect(f"sqlite:///{database}", threads=1)
        self.store = Store(self.engine)
        self.hammer = Hammer(self.store, 0)

    @rule(act=st.sampled_from(OF_RESIDENTS), chance=CHANCE)
    def residents(self, act: str, chance: random.Random) -> None:
        self.hammer.act(act, chance)

    @rule(act=st.sampled_from([name for name in ACTS if name not in OF_RESIDENTS]), chance=CHANCE)
    def house(self, act: str, chance: random.Random) -> None:
        self.hammer.act(act, chance)

    @rule(minutes=st.sampled_from([3, 16, 60, 300]))
    def wait(self, minutes: int) -> None:
        self.hammer.now += minutes * 60 / STEP.total_seconds() * STEP

    @invariant()
    def sound(self) -> None:
        assert self.store.run_now(invariants.broken) == []
        assert self.store.run_now(told.differences) == []

    def teardown(self) -> None:
        self.hammer.rest()
        self.sound()
        assert self.store.run_now(unfinished) == []
        self.engine.dispose()


@pytest.fixture
def machine(sqlite_schema: str, tmp_path: Path) -> type[Acts]:
    engine = connect(sqlite_schema)
    store = Store(engine)
    store.run_now(seed)
    store.run_now(furnish)
    for n in range(25):
        Hammer(store, n).act("book")
    engine.dispose()  # and with it all is in the one file
    database = Path(str(engine.url.database))
    return type("Morning", (Acts,), {"template": database, "folder": tmp_path})


def test_any_story_stays_sound(machine: Any) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=STORIES,
            stateful_step_count=LENGTH,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],  # to shorten a story takes minutes
        ),
    )
