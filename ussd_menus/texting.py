"""A conversation by SMS between two texts: it waits in memory for the next one, as a USSD session does.

It need not be there. The draft says all: where it says otherwise (another node has answered meanwhile, another channel
went on) or nothing waits any more, the dialog is run again from its kept answers, which asks the database everything
that it has asked before.
"""

from __future__ import annotations

import datetime as dt
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any, Final

from twisted.internet.defer import CancelledError, Deferred
from twisted.python.failure import Failure

from dialogs.drafts import Draft
from dialogs.talk import Line, Screen
from smpp import segments
from ussd_menus.screen import paginate, turn, whole

KEPT: Final = dt.timedelta(seconds=60)
MOST_KEPT: Final = 2_000


class Texting:
    """Answers the first question with the text that came in; with the next one the conversation waits.

    The text answers what was asked then. Where the dialog, run again, asks something else (a session filled up, the
    choices have moved), the text is left aside and that is asked.
    """

    def __init__(self, draft: Draft, answer: str | None, most_segments: int) -> None:
        self.draft = draft
        self.over = False
        self._answer = answer
        self._most = most_segments
        self._said: Deferred[str] | None = None
        self._next: Deferred[str] | None = None

    def begin(self, conversation: Coroutine[Any, Any, Screen]) -> Deferred[str]:
        """The first reply: a question, or the last words where it is `over` then."""
        said = self._said = Deferred[str]()
        Deferred.fromCoroutine(conversation).addCallback(self._ended).addErrback(self._failed)
        return said

    def answer(self, text: str) -> Deferred[str]:
        """The reply to the next text."""
        said = self._said = Deferred[str]()
        waiting, self._next = self._next, None
        if waiting is not None:
            waiting.callback(text)
        return said

    def forget(self) -> None:
        """Nobody will answer it here."""
        if self._next is not None:
            self._next.cancel()

    async def __call__(self, screen: Screen) -> str:
        draft = self.draft
        answer, self._answer = self._answer, None
        if draft.asked != screen.asked:
            if answer is not None and not screen.notices:
                screen = replace(screen, notices=(Line("talk.changed"),))
            draft.asked, draft.page, answer = screen.asked, 0, None
        pages = paginate(screen, lambda text: segments.count(text) <= self._most)
        while True:
            if answer is not None:
                turned = turn(screen, draft.page, len(pages), answer)
                draft.page = turned or 0
                if turned is None:
                    return answer
            answer = await self._ask(pages[min(draft.page, len(pages) - 1)])

    def _ask(self, page: str) -> Deferred[str]:
        waiting = self._next = Deferred[str]()
        self._tell(page)
        return waiting

    def _tell(self, outcome: str | Failure) -> None:
        said, self._said = self._said, None
        if said is not None:
            said.callback(outcome)

    def _ended(self, screen: Screen) -> None:
        self.over = True
        self._tell(whole(screen))

    def _failed(self, failure: Failure) -> None:
        self.over = True
        if self._said is None:
            failure.trap(CancelledError)
        self._tell(failure)


class Waiting:
    """Those that wait for their next text, by phone. `now` tells when one was asked."""

    def __init__(self, now: Callable[[], dt.datetime]) -> None:
        self._now = now
        self._open: OrderedDict[str, tuple[dt.datetime, Texting]] = OrderedDict()

    def __contains__(self, phone: str) -> bool:
        self._sweep()
        return phone in self._open

    def keep(self, phone: str, texting: Texting) -> None:
        """For a while. Its draft is as it was written, and stays so until it goes on; no other one of this phone
        waits."""
        self._open[phone] = self._now(), texting
        self._sweep()

    def take(self, phone: str, draft: Draft) -> Texting | None:
        """The one that waits where this draft stands."""
        self._sweep()
        waiting = self._open.get(phone)
        if waiting is not None and waiting[1].draft == draft:
            return self._open.pop(phone)[1]
        self.forget(phone)
        return None

    def forget(self, phone: str) -> None:
        """Whatever this phone was asked, its next text is no answer to that here."""
        waiting = self._open.pop(phone, None)
        if waiting is not None:
            waiting[1].forget()

    def _sweep(self) -> None:
        """Those asked longest ago are the first of all."""
        before = self._now() - KEPT
        while self._open:
            phone, (asked_at, _) = next(iter(self._open.items()))
            if asked_at >= before and len(self._open) <= MOST_KEPT:
                return
            self.forget(phone)
