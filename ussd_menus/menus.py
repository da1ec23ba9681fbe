"""USSD sessions, begun by subscribers or by us: from the network's indications to the dialogs and back.

A phone has one session at a time (3GPP 22.090): a new one ends the old one, whose conversation is kept and can be
resumed.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from twisted.internet.defer import Deferred

from clinic import phones, subscribers
from clinic.errors import ClinicError
from conf import texts
from conf.texts.words import Language
from dialogs.conversation import Conversation
from dialogs.drafts import Draft, Drafts
from dialogs.entrance import Entrance, Open
from dialogs.root import root
from dialogs.talk import Desk, Dialog, Gone, Screen
from smpp.ussd import Dialect, Indication, reply
from ussd_menus.codes import arguments
from ussd_menus.open import OpenSessions
from ussd_menus.pushes import Pushes
from ussd_menus.screen import paginate, turn
from ussd_menus.sessions import Clock, Counts, Key, Submit, Turn, UssdSession
from ussd_menus.settings import MenuSettings

log = logging.getLogger("caredial.ussd")

CHANNEL = "ussd"


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
        entrance: Entrance | None = None,
    ) -> None:
        self._desk = desk
        self._entrance = Open(desk.store) if entrance is None else entrance
        self._drafts = drafts
        self._settings = settings
        self._counts = counts
        self._talks = 0
        self._open = OpenSessions(
            submit=submit,
            dialects=dialects,
            clock=clock,
            settings=settings,
            counts=counts,
            language=desk.installation.language,
        )
        self.pushes = Pushes(desk, self._open, submit=submit, counts=counts, patience=self._wait)

    def __len__(self) -> int:
        """How many sessions are open."""
        return len(self._open)

    def received(self, link: str, indication: Indication, bind: str) -> bool:
        """Take one indication of a link, come over the bind with this id; returns at once.

        False: there is no room for it, and the network may bring it again later.
        """
        if indication.op == "begin":
            return self._begin(link, indication, bind)
        session = self._open.find(link, indication)
        if session is None and indication.ended:
            self._open.ended(_key(link, indication))
        elif session is None:
            return indication.op != "answer" or self._stray(link, indication, bind)
        elif indication.ended:
            session.leave("released")
        elif indication.op == "answer":
            session.answered(indication, bind)
        return True

    def stop(self) -> None:
        """End every session without a word; the conversations are kept."""
        self._open.leave("stopped")

    def converse(self, link: str, phone: str, dialog: Dialog) -> None:
        """Begin this dialog on a phone, with its first question. Raises pushes.NotShown, phones.BadPhone."""
        session = self.pushes.begin(link, phone)
        subscriber = phones.canonical(phone, self._desk.installation.region)
        self._start(session, self._run(session, subscriber, dialog, Draft(CHANNEL)))

    def _begin(self, link: str, indication: Indication, bind: str) -> bool:
        """A dialled code; whatever went on with this phone is over by it, also where nothing may be answered."""
        phone = self._phone(indication)
        self._open.replace(phone or indication.msisdn)
        if indication.ended:
            self._open.ended(_key(link, indication))
        elif self._overloaded:
            self._counts.event("full")
            return False
        elif phone is None:
            self._once(link, indication, bind, "system.failed")
        elif not self._entrance.enter(phone) or self._open.full:
            # In a rush those whom we take are served in time, and the others know at once: else all wait in vain.
            self._counts.event("full")
            self._once(link, indication, bind, "ussd.full")
        else:
            self._counts.event("begun")
            key = _key(link, indication)
            session = self._open.add(key, phone, bind, self._answering(link, indication), self._wait)
            session.heard(indication, bind)
            self._start(session, self._talk(session, phone, indication.text))
        return True

    def _stray(self, link: str, indication: Indication, bind: str) -> bool:
        """An answer to a session that we have lost: it is told so, and ended, not reopened.

        One that was ended gets no word, which would reach the phone's next session: the network has repeated itself.
        """
        key, phone = _key(link, indication), self._phone(indication)
        if self._open.dead(key):
            self._counts.event("late")
            return True
        if self._overloaded:
            self._counts.event("full")
            return False
        self._counts.event("stray")
        if phone is not None:
            session = self._open.loose(key, phone, bind, self._answering(link, indication), self._ended)
            session.heard(indication, bind)
            self._start(session, self._expired(session, phone))
        return True

    def _once(self, link: str, indication: Indication, bind: str, text: str) -> None:
        turn, phone = self._answering(link, indication), self._phone(indication) or indication.msisdn
        session = self._open.loose(_key(link, indication), phone, bind, turn, self._wait)
        session.last(self._own(session.language, text))

    @property
    def _overloaded(self) -> bool:
        """Too many last texts wait for a link, or too many conversations (of sessions long over) for the database."""
        return self._open.crowded or self._talks >= 2 * self._settings.sessions

    def _answering(self, link: str, indication: Indication) -> Turn:
        return partial(reply, indication, dialect=self._open.dialects(link))

    def _wait(self, language: Language) -> str:
        return self._own(language, "ussd.please_wait")

    def _ended(self, language: Language) -> str:
        return self._own(language, "ussd.expired")

    def _start(self, session: UssdSession, talk: Coroutine[Deferred[Any], Any, None]) -> None:
        Deferred.fromCoroutine(self._guarded(session, talk))

    async def _guarded(self, session: UssdSession, talk: Coroutine[Deferred[Any], Any, None]) -> None:
        """Whatever goes wrong, the subscriber hears of it, and the session ends."""
        self._talks += 1
        try:
            await talk
        except Gone:
            pass
        except ClinicError as error:
            session.last(texts.say(session.language, error.tell, **error.words))
        except Exception:
            log.exception("a conversation broke")
            self._counts.event("failed")
            session.last(texts.say(session.language, "system.failed"))
        finally:
            self._talks -= 1

    async def _expired(self, session: UssdSession, phone: str) -> None:
        session.language = await self._language(phone)
        session.last(self._own(session.language, "ussd.expired"))

    async def _talk(self, session: UssdSession, phone: str, dialled: str) -> None:
        typed = arguments(self._desk.installation.ussd_code, dialled)
        if typed is None:
            session.last(self._own(await self._language(phone), "ussd.unknown_code"))
            return
        await self._run(session, phone, root, await self._draft(phone, fresh=bool(typed)), typed)

    async def _run(
        self, session: UssdSession, phone: str, dialog: Dialog, draft: Draft, typed: Sequence[str] = ()
    ) -> None:
        session.language = await self._language(phone)
        conversation = Conversation(
            phone,
            session.language,
            draft=draft,
            drafts=self._drafts,
            exchange=lambda screen: _exchange(session, screen),
            typed=typed,
            wrong_answers=self._settings.wrong_answers,
        )
        last = await conversation.run(dialog, replace(self._desk, store=self._entrance.store(phone)))
        self._entrance.leave(phone)
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
        chosen = await self._entrance.store(phone).run(subscribers.language, phone=phone)
        return chosen or self._desk.installation.language

    def _own(self, language: Language, key: str) -> str:
        return texts.say(language, key, code=self._desk.installation.ussd_code)

    def _phone(self, indication: Indication) -> str | None:
        try:
            return phones.canonical(indication.msisdn, self._desk.installation.region)
        except phones.BadPhone:
            return None


def _key(link: str, indication: Indication) -> Key:
    return link, indication.msisdn, indication.key


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
