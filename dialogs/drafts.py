"""What is kept of an unfinished conversation, so that a dropped session, a dead node or another channel can go on.

Kept answers hold names and identity numbers: the blob is locked before it leaves the process, and it expires.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field
from typing import Protocol

from dialogs.talk import Answer, Seals

VERSION = 1
UNREACHABLE = "the shared state cannot be reached; conversations go on, but cannot be resumed"

log = logging.getLogger("caredial.drafts")


class Kept(Protocol):
    """The shared state, as conversations need it: one blob for each phone, forgotten after `seconds`.

    When it cannot be reached it raises OSError (ConnectionError, TimeoutError).
    """

    def load(self, phone: str) -> Awaitable[bytes | None]: ...
    def save(self, phone: str, blob: bytes, seconds: int) -> Awaitable[None]: ...
    def drop(self, phone: str) -> Awaitable[None]: ...


@dataclass(slots=True)
class Draft:
    """An unfinished conversation: its answers, and where it stands.

    `id` lives as long as the conversation. `channel` is where it is open now, "" when it was broken off. `wrong`
    counts wrong answers in a row, `resuming`: whether to go on is being asked. Where the next answer comes in another
    message, `asked` is what was asked (`Screen.asked`) and `page` the page of it that was shown.
    `inbox` is the last SMS that was fed into it, `reply` what was answered to that.
    """

    channel: str
    id: str = field(default_factory=lambda: secrets.token_hex(16))
    answers: list[Answer] = field(default_factory=list)
    wrong: int = 0
    asked: list[int | str] = field(default_factory=list)
    page: int = 0
    resuming: bool = False
    inbox: int | None = None
    reply: str | None = None

    def start_again(self) -> None:
        """Forget the answers: what follows is another conversation."""
        self.id = secrets.token_hex(16)
        self.answers.clear()


class Drafts:
    """Keeps drafts by phone, locked, for so many `seconds` after the last answer.

    A conversation does not fail when the shared state does: it goes on, and cannot be resumed.
    """

    def __init__(self, kept: Kept, vault: Seals, *, seconds: int, now: Callable[[], dt.datetime]) -> None:
        self._kept = kept
        self._vault = vault
        self._seconds = seconds
        self._now = now

    async def read(self, phone: str) -> Draft | None:
        """The draft of this phone; None when there is none that is whole, of this version, and not expired."""
        try:
            blob = await self._kept.load(phone)
        except OSError as error:
            log.warning("%s: %s", UNREACHABLE, error)
            return None
        return None if blob is None else self._opened(blob)

    async def write(self, phone: str, draft: Draft) -> bool:
        """Keep the draft; False when the shared state cannot be reached."""
        written = {"version": VERSION, "at": self._now().timestamp(), **asdict(draft)}
        blob = self._vault.lock(json.dumps(written, ensure_ascii=False).encode())
        try:
            await self._kept.save(phone, blob, self._seconds)
        except OSError as error:
            log.warning("%s: %s", UNREACHABLE, error)
            return False
        return True

    async def close(self, phone: str, draft: Draft) -> None:
        """The conversation is over on its channel: keep what can be resumed, drop what is done.

        Another conversation of this phone may have begun meanwhile; its draft stays.
        """
        found = await self.read(phone)
        if found is not None and found.id != draft.id:
            return
        draft.channel, draft.wrong, draft.page, draft.resuming = "", 0, 0, False
        if draft.answers or draft.inbox is not None:
            await self.write(phone, draft)
        elif found is not None:
            await self._drop(phone)

    async def _drop(self, phone: str) -> None:
        try:
            await self._kept.drop(phone)
        except OSError as error:
            log.warning("%s: %s", UNREACHABLE, error)

    def _opened(self, blob: bytes) -> Draft | None:
        try:
            written = json.loads(self._vault.unlock(blob))
        except ValueError:
            log.warning("a kept conversation cannot be unlocked; it is forgotten")
            return None
        fresh = written.pop("version") == VERSION and self._now().timestamp() < written.pop("at") + self._seconds
        if not fresh:
            return None
        answers = [(key, value) for key, value in written.pop("answers")]
        return Draft(answers=answers, **written)


class Unkept(Drafts):
    """Keeps nothing: for a second conversation of a phone that is in one already (a switchboard, a family)."""

    def __init__(self) -> None:
        """There is nothing to keep it in."""

    async def read(self, phone: str) -> Draft | None:  # noqa: ARG002
        return None

    async def write(self, phone: str, draft: Draft) -> bool:  # noqa: ARG002
        return False

    async def close(self, phone: str, draft: Draft) -> None:
        """There is nothing to close."""
