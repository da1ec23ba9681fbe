"""An entrance in the test's hands: whether there is a crowd before it, and who has left its line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred, succeed

from dialogs.entrance import Open
from dialogs.talk import Runs


class Crowd(Open):
    """`waits`: who comes now does not come in until `serve`. `stands`: nobody is served until then."""

    def __init__(self, store: Runs) -> None:
        super().__init__(store)
        self.waits = self.stands = False
        self.left: list[str] = []
        self._line: list[Deferred[None]] = []

    def enter(self, phone: str) -> bool:
        return not self.waits

    def turn(self, phone: str) -> Deferred[None]:
        return succeed(None) if self.enter(phone) else self._in_line()

    def store(self, phone: str) -> Runs:
        return self

    def leave(self, phone: str) -> None:
        self.left.append(phone)

    def run(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        if not self.stands:
            return self._store.run(fn, *args, **kwargs)
        return self._in_line().addCallback(lambda _: self._store.run(fn, *args, **kwargs))

    def serve(self) -> None:
        """It is everybody's turn, but of those who have left."""
        self.waits = self.stands = False
        line, self._line = self._line, []
        for turn in line:
            if not turn.called:
                turn.callback(None)

    def _in_line(self) -> Deferred[None]:
        turn: Deferred[None] = Deferred()
        self._line.append(turn)
        return turn
