"""USSD sessions that subscribers begin: from the network's indications to the dialogs and back.

A session's key holds link, MSISDN and the network's own key, whose numbers are few and used again. A phone has one
session at a time (3GPP 22.090): a new one ends the old one, whose conversation is kept and can be resumed.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine
from typing import Any

from twisted.internet.defer import Deferred

from clinic import phones, subscribers
from clinic.errors import ClinicError
from conf import texts
from conf.texts.words import Language
from dialogs.conversation import Conversation
from dialogs.drafts import Draft, Drafts
from dialogs.root import root
from dialogs.talk import Desk, Gone, Screen
from smpp.ussd import Dialect, Indication
from ussd_menus.codes import arguments
from ussd_menus.screen import paginate, turn
from ussd_menus.sessions import Clock, Counts, Submit, UssdSession
from ussd_menus.settings import MenuSettings

log = logging.getLogger("caredial.ussd")

CHANNEL = "ussd"
Key = tuple[str, str, str]


class Menus:
    """Answers the USSD indications of all links. `dialects` gives the dialect of a link by its name."""

    def __init__(
        self,
        desk: Desk,
        drafts: Drafts,
        *,
        submit: Submit,
        dialects: Callable[[str], Dialect],
        clock: Clock,
        settings: MenuSettings,
        counts: Counts,
    ) -> None:
        self._desk = desk
        self._drafts = drafts
        self._submit = submit
        self._dialects = dialects
        self._clock = clock
        self._settings = settings
        self._counts = counts
        self._sessions: dict[Key, UssdSession] = {}
        self._keys: dict[str, Key] = {}

    def __len__(self) -> int:
        """How many sessions are open."""
        return len(self._sessions)

    def received(self, link: str, indication: Indication) -> None:
        """Take one indication of a link; returns at once."""
        key = (link, indication.msisdn, indication.key)
        session = self._sessions.get(key)
        if indication.ended:
            if session is not None:
                session.leave("released")
        elif indication.op == "begin":
            self._begin(key, indication)
        elif indication.op == "answer" and session is not None:
            session.answered(indication)
        elif indication.op == "answer":
            self._stray(link, indication)

    def stop(self) -> None:
        """End every session without a word; the conversations are kept."""
        for session in list(self._sessions.values()):
            session.leave("stopped")

    def _begin(self, key: Key, indication: Indication) -> None:
        """Open a session; an old one with the same key, or of the same phone, is dead."""
        phone = self._phone(indication)
        for old in (key, self._keys.get(phone or "")):
            if old in self._sessions:
                self._sessions[old].leave("replaced")
        link = key[0]
        if phone is None:
            self._once(link, indication, "system.failed")
        elif len(self._sessions) >= self._settings.sessions:
            self._counts.event("full")
            self._once(link, indication, "ussd.full")
        else:
            self._counts.event("begun")
            session = self._session(link, indication, lambda: self._forget(key, phone))
            self._sessions[key], self._keys[phone] = session, key
            self._start(session, self._talk(session, phone, indication.text))

    def _forget(self, key: Key, phone: str) -> None:
        del self._sessions[key], self._keys[phone]

    def _session(
        self,
        link: str,
        indication: Indication,
        on_over: Callable[[], None] = lambda: None,
        closing: str = "please_wait",
    ) -> UssdSession:
        return UssdSession(
            link,
            indication,
            dialect=self._dialects(link),
            submit=self._submit,
            clock=self._clock,
            settings=self._settings,
            counts=self._counts,
            language=self._desk.installation.language,
            patience=lambda language: self._own(language, f"ussd.{closing}"),
            on_over=on_over,
        )

    def _stray(self, link: str, indication: Indication) -> None:
        """An answer to a session that we have ended, or lost in a restart: it is told so, and ended, not reopened."""
        self._counts.event("stray")
        phone = self._phone(indication)
        if phone is not None:
            session = self._session(link, indication, closing="expired")
            self._start(session, self._expired(session, phone))

    def _once(self, link: str, indication: Indication, key: str) -> None:
        session = self._session(link, indication)
        session.last(self._own(session.language, key))

    def _start(self, session: UssdSession, talk: Coroutine[Deferred[Any], Any, None]) -> None:
        Deferred.fromCoroutine(self._guarded(session, talk))

    async def _guarded(self, session: UssdSession, talk: Coroutine[Deferred[Any], Any, None]) -> None:
        """Whatever goes wrong, the subscriber hears of it, and the session ends."""
        try:
            await talk
        except Gone:
            pass
        except ClinicError as error:
            session.last(texts.say(session.language, error.tell))
        except Exception:
            log.exception("a conversation broke")
            self._counts.event("failed")
            session.last(texts.say(session.language, "system.failed"))

    async def _expired(self, session: UssdSession, phone: str) -> None:
        session.language = await self._language(phone)
        session.last(self._own(session.language, "ussd.expired"))

    async def _talk(self, session: UssdSession, phone: str, dialled: str) -> None:
        session.language = await self._language(phone)
        typed = arguments(self._desk.installation.ussd_code, dialled)
        if typed is None:
            session.last(self._own(session.language, "ussd.unknown_code"))
            return
        draft = await self._draft(phone, fresh=bool(typed))
        conversation = Conversation(
            phone,
            session.language,
            draft=draft,
            drafts=self._drafts,
            exchange=lambda screen: _exchange(session, screen),
            typed=typed,
            wrong_answers=self._settings.wrong_answers,
        )
        last = await conversation.run(root, self._desk)
        await self._drafts.close(phone, draft)
        await _end(session, last)

    async def _draft(self, phone: str, *, fresh: bool) -> Draft:
        """What was broken off, here or on another channel; a code with arguments is a fresh start."""
        found = None if fresh else await self._drafts.read(phone)
        if found is None or not found.answers:
            return Draft(CHANNEL)
        found.channel, found.resuming, found.wrong, found.page = CHANNEL, True, 0, 0
        return found

    async def _language(self, phone: str) -> Language:
        chosen = await self._desk.store.run(subscribers.language, phone=phone)
        return chosen or self._desk.installation.language

    def _own(self, language: Language, key: str) -> str:
        return texts.say(language, key, code=self._desk.installation.ussd_code)

    def _phone(self, indication: Indication) -> str | None:
        try:
            return phones.canonical(indication.msisdn, self._desk.installation.region)
        except phones.BadPhone:
            return None


async def _exchange(session: UssdSession, screen: Screen) -> str:
    """Show the screen, leafing as asked, until an answer comes."""
    pages, page = paginate(screen, session.dialect.fits), 0
    while True:
        text = await session.ask(pages[page])
        turned = turn(screen, page, len(pages), text)
        if turned is None:
            return text
        page = turned


async def _end(session: UssdSession, screen: Screen) -> None:
    """Show the last screen; only its last page ends the session, and any key leads there."""
    pages, page = paginate(screen, session.dialect.fits), 0
    while page + 1 < len(pages):
        turned = turn(screen, page, len(pages), await session.ask(pages[page]))
        page = page + 1 if turned is None else turned
    session.last(pages[page])
