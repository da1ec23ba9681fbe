"""The same dialogs by SMS: a keyword or a menu number begins, every further text is the next answer.

The next question is the reply to a text. Between two texts a conversation waits in memory for a while; where it does
not, the dialog is run again from its kept answers. A text that is handled twice (a crash came before its reply was
stored) is fed in once.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from twisted.internet.defer import Deferred

from clinic import consent, subscribers, wrong_numbers
from clinic.errors import ClinicError
from clinic.staff import answers
from conf import texts
from conf.texts.words import Language
from dialogs import standing
from dialogs.conversation import Conversation, plain
from dialogs.drafts import Draft, Drafts
from dialogs.entrance import Entrance, Open
from dialogs.incoming import SILENCE, Incoming, Reply
from dialogs.root import ENTRIES, number, root
from dialogs.takers import answered, taken
from dialogs.talk import Desk
from ussd_menus.keywords import Keyword, keyword_of, language_of
from ussd_menus.settings import MenuSettings
from ussd_menus.texting import Texting, Waiting

log = logging.getLogger("caredial.commands")

CHANNEL = "sms"


class Allow(Protocol):
    """Counts one more use of `key`; False when there were over `limit` in this window of `seconds`.

    Raises OSError when the shared state cannot be reached.
    """

    async def __call__(self, key: str, *, limit: int, seconds: int) -> bool: ...


class Commands:
    """Answers texts to the service number. Texts of one phone must be handed in one after the other."""

    def __init__(
        self,
        desk: Desk,
        drafts: Drafts,
        *,
        allow: Allow,
        settings: MenuSettings,
        entrance: Entrance | None = None,
    ) -> None:
        self._desk = desk
        self._drafts = drafts
        self._allow = allow
        self._settings = settings
        self._entrance = Open(desk.store) if entrance is None else entrance
        self.waiting = Waiting(desk.now)

    async def answer(self, phone: str, text: str, inbox_id: int) -> str | None:
        """The reply to `text`, which is number `inbox_id` of the inbox; None when this phone had enough replies."""
        language = self._desk.installation.language
        await self._entrance.turn(phone)
        desk = replace(self._desk, store=self._entrance.store(phone))
        try:
            acknowledged = await _acknowledged(desk, phone, text, inbox_id)
            await _consent(desk, phone, text)
            language = await _language(desk, phone, text)
            incoming = Incoming(phone, text, inbox_id, language)
            noted = acknowledged if acknowledged is not None else await taken(incoming, desk)
            if noted == SILENCE or not await self._allowed(phone):
                said = None  # what was acknowledged, refused or measured is noted all the same
            else:
                return await self._reply(desk, incoming, noted)
        except ClinicError as error:
            said = texts.say(language, error.tell, **error.words)
        except Exception:
            log.exception("an SMS could not be answered")
            said = texts.say(language, "system.failed")
        self._leave(phone, await self._drafts.read(phone))
        return said

    def _leave(self, phone: str, draft: Draft | None) -> None:
        """The line, unless a conversation goes on, on whatever channel."""
        if _is_over(draft):
            self._entrance.leave(phone)

    async def _allowed(self, phone: str) -> bool:
        """Robots that answer each other would never end. Where nobody can count, people come first."""
        most, seconds = self._settings.replies, self._settings.reply_seconds
        try:
            allowed = await self._allow(f"reply:{phone}", limit=most, seconds=seconds)
        except OSError as error:
            log.warning("replies cannot be counted, the shared state cannot be reached: %s", error)
            return True
        if not allowed:
            log.warning("a phone has had %d replies by SMS; it gets no more for a while", most)
        return allowed

    async def _reply(self, desk: Desk, incoming: Incoming, noted: Reply | None) -> str:
        """`noted` is what a taker replies, who goes before all keywords."""
        phone, language, text, inbox_id = incoming.phone, incoming.language, incoming.text, incoming.inbox
        keyword = keyword_of(text)
        reply = noted if noted is not None else await _to_keyword(desk, phone, language, text, keyword)
        found = await self._drafts.read(phone)
        if reply is None and keyword is None and not _is_open(found, inbox_id):
            reply = await answered(incoming, desk)
        if isinstance(reply, str):
            self._leave(phone, found)
            return reply
        if reply is not None:
            draft, typed, answer = Draft(CHANNEL, answers=reply, inbox=inbox_id), list[str](), None
        elif found is None or found.inbox != inbox_id:
            waits = self.waiting.take(phone, found) if found is not None and keyword is None else None
            if waits is not None:
                waits.draft.inbox, waits.draft.reply = inbox_id, None
                return await self._told(phone, waits, waits.answer(text))
            draft, typed, answer = _opened(found, keyword, text)
            draft.inbox, draft.reply = inbox_id, None
        elif found.reply is None:
            draft, typed, answer = found, [], None  # fed in before a crash: only the reply is missing
        else:
            return found.reply
        return await self._converse(desk, phone, language, draft, typed, answer)

    async def _converse(
        self, desk: Desk, phone: str, language: Language, draft: Draft, typed: Sequence[str], answer: str | None
    ) -> str:
        self.waiting.forget(phone)
        texting = Texting(draft, answer, self._settings.sms_segments)
        conversation = Conversation(
            phone,
            language,
            draft=draft,
            drafts=self._drafts,
            exchange=texting,
            typed=typed,
            wrong_answers=self._settings.wrong_answers,
            channel="sms",
        )
        return await self._told(phone, texting, texting.begin(conversation.run(root, desk)))

    async def _told(self, phone: str, texting: Texting, said: Deferred[str]) -> str:
        draft = texting.draft
        draft.reply = await said
        if texting.over:
            self._entrance.leave(phone)
            await self._drafts.close(phone, draft)
        elif await self._drafts.write(phone, draft):
            self.waiting.keep(phone, texting)
        else:  # nobody would know what the next text answers
            texting.forget()
            return texts.say(self._desk.installation.language, "system.busy")
        return draft.reply


async def _acknowledged(desk: Desk, phone: str, text: str, inbox_id: int) -> str | None:
    """Staff acknowledge a notice with a word of their own; the reply, None for every other text.

    A dialog that is open stays as it is, and goes on with the next text.
    """
    said = answers.read(text)
    if said is None:
        return None
    house, now = desk.installation, desk.now()
    return await desk.store.run(answers.take, phone=phone, said=said, inbox=inbox_id, language=house.language, now=now)


async def _consent(desk: Desk, phone: str, text: str) -> None:
    """Whoever wants no more education and advertising, or wants them again; the text itself is the proof."""
    keyword = keyword_of(text)
    if keyword in ("stop", "start"):
        change = consent.refuse if keyword == "stop" else consent.agree
        await desk.store.run(change, phone=phone, source="sms", proof=text, now=desk.now())


async def _to_keyword(desk: Desk, phone: str, language: Language, text: str, keyword: Keyword | None) -> str | None:
    """What is answered at once, whatever is open; the refusal itself is noted by now."""
    if keyword in ("stop", "start"):
        return texts.say(language, "command.stopped_text" if keyword == "stop" else "command.started_text")
    if keyword == "queue":
        return await standing.by_sms(phone, language, desk)
    if keyword == "help":
        house = desk.installation
        return texts.say(language, "command.help_text", code=house.ussd_code, hotline=house.hotline)
    if keyword == "wrong" and await desk.store.run(wrong_numbers.reported, phone=phone, proof=text, now=desk.now()):
        return texts.say(language, "command.wrong_text")
    return None


async def _language(desk: Desk, phone: str, text: str) -> Language:
    """The subscriber's; who never chose and sends a keyword of one language has chosen that."""
    chosen = await desk.store.run(subscribers.language, phone=phone)
    if chosen is not None:
        return chosen
    spoken = language_of(text)
    if spoken is None:
        return desk.installation.language
    await desk.store.run(subscribers.set_language, phone=phone, language=spoken, now=desk.now())
    return spoken


def _opened(found: Draft | None, keyword: Keyword | None, text: str) -> tuple[Draft, list[str], str | None]:
    """The conversation that a text belongs to, what it answers beforehand, and what it answers."""
    if keyword is not None:
        return Draft(CHANNEL), [] if keyword in ("menu", "wrong") else [_place(keyword)], None
    if found is not None and found.channel == CHANNEL:
        return found, [], text
    if found is not None and found.answers:
        found.channel, found.resuming, found.wrong, found.page = CHANNEL, True, 0, 0
        return found, [], None
    typed = plain(text)
    return Draft(CHANNEL), [typed] if typed in map(number, ENTRIES) else [], None


def _is_open(found: Draft | None, inbox_id: int) -> bool:
    """Whether the text is the next answer of a conversation, or began one before a crash."""
    return found is not None and (found.channel == CHANNEL or found.inbox == inbox_id)


def _is_over(found: Draft | None) -> bool:
    """Whether nothing is under way on any channel, nor was broken off."""
    return found is None or not (found.channel or found.answers)


def _place(keyword: Keyword) -> str:
    return next(number(entry) for entry in ENTRIES if entry == keyword)
