"""The same dialogs by SMS: a keyword or a menu number begins, every further text is the next answer.

Nothing waits between two texts: each one runs the dialog again from its kept answers, is fed in, and the next
question is the reply. A text that is handled twice (a crash came before its reply was stored) is fed in once.
"""

from __future__ import annotations

import logging
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Literal, Protocol, get_args

from clinic import consent, subscribers, wrong_numbers
from clinic.errors import ClinicError
from clinic.staff import answers
from conf import texts
from conf.texts.words import LANGUAGES, Language
from dialogs import standing
from dialogs.conversation import Conversation, plain
from dialogs.drafts import Draft, Drafts
from dialogs.entrance import Entrance, Open
from dialogs.incoming import SILENCE, Incoming, Reply
from dialogs.root import ENTRIES, Entry, number, root
from dialogs.takers import answered, taken
from dialogs.talk import Desk, Line, Screen
from smpp import segments
from ussd_menus.screen import paginate, turn, whole
from ussd_menus.settings import MenuSettings

log = logging.getLogger("caredial.commands")

CHANNEL = "sms"
Keyword = Literal["menu", "queue", Entry, "help", "stop", "start", "wrong"]


class Allow(Protocol):
    """Counts one more use of `key`; False when there were over `limit` in this window of `seconds`.

    Raises OSError when the shared state cannot be reached.
    """

    async def __call__(self, key: str, *, limit: int, seconds: int) -> bool: ...


class _Suspended(Exception):
    """The one text that came in is used up; the reply asks for the next."""

    def __init__(self, reply: str) -> None:
        super().__init__()
        self.reply = reply


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
        self._entrance = entrance or Open(desk.store)

    async def answer(self, phone: str, text: str, inbox_id: int) -> str | None:
        """The reply to `text`, which is number `inbox_id` of the inbox; None when this phone had enough replies."""
        language = self._desk.installation.language
        desk = replace(self._desk, store=self._entrance.store(phone))
        try:
            acknowledged = await _acknowledged(desk, phone, text, inbox_id)
            await _consent(desk, phone, text)
            language = await _language(desk, phone, text)
            incoming = Incoming(phone, text, inbox_id, language)
            noted = acknowledged if acknowledged is not None else await taken(incoming, desk)
            if noted == SILENCE or not await self._allowed(phone):
                return None  # what was acknowledged, refused or measured is noted all the same
            return await self._reply(desk, incoming, noted)
        except ClinicError as error:
            return texts.say(language, error.tell, **error.words)
        except Exception:
            log.exception("an SMS could not be answered")
            return texts.say(language, "system.failed")

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
        keyword = _keyword(text)
        reply = noted if noted is not None else await _to_keyword(desk, phone, language, text, keyword)
        found = await self._drafts.read(phone)
        if reply is None and keyword is None and not _is_open(found, inbox_id):
            reply = await answered(incoming, desk)
        if isinstance(reply, str):
            if _is_over(found):
                self._entrance.leave(phone)
            return reply
        if reply is not None:
            draft, typed, answer = Draft(CHANNEL, answers=reply, inbox=inbox_id), list[str](), None
        elif found is None or found.inbox != inbox_id:
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
        conversation = Conversation(
            phone,
            language,
            draft=draft,
            drafts=self._drafts,
            exchange=_Exchange(draft, answer, self._settings.sms_segments),
            typed=typed,
            wrong_answers=self._settings.wrong_answers,
            channel="sms",
        )
        try:
            draft.reply = whole(await conversation.run(root, desk))
        except _Suspended as suspended:
            draft.reply = suspended.reply
            if await self._drafts.write(phone, draft):
                return draft.reply
            return texts.say(language, "system.busy")  # nobody would know what the next text answers
        self._entrance.leave(phone)
        await self._drafts.close(phone, draft)
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
    keyword = _keyword(text)
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
    spoken = [language for language in LANGUAGES if _normal(text) in _keywords(language)]
    if len(spoken) != 1:
        return desk.installation.language
    await desk.store.run(subscribers.set_language, phone=phone, language=spoken[0], now=desk.now())
    return spoken[0]


class _Exchange:
    """Answers the first question with the text that came in; the next one suspends the conversation.

    The text answers what was asked then. Where the dialog, run again, asks something else (a session filled up, the
    choices have moved), the text is left aside and that is asked.
    """

    def __init__(self, draft: Draft, answer: str | None, most_segments: int) -> None:
        self._draft = draft
        self._answer = answer
        self._most = most_segments

    async def __call__(self, screen: Screen) -> str:
        draft = self._draft
        answer, self._answer = self._answer, None
        if draft.asked != screen.asked:
            if answer is not None and not screen.notices:
                screen = replace(screen, notices=(Line("talk.changed"),))
            draft.asked, draft.page, answer = screen.asked, 0, None
        pages = paginate(screen, lambda text: segments.count(text) <= self._most)
        if answer is not None:
            turned = turn(screen, draft.page, len(pages), answer)
            draft.page = turned or 0
            if turned is None:
                return answer
        raise _Suspended(pages[min(draft.page, len(pages) - 1)])


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


def _keyword(text: str) -> Keyword | None:
    for language in LANGUAGES:
        found = _keywords(language).get(_normal(text))
        if found is not None:
            return found
    return None


@cache
def _keywords(language: Language) -> dict[str, Keyword]:
    names: tuple[Keyword, ...] = get_args(Keyword)
    return {_normal(word): name for name in names for word in texts.say(language, f"command.{name}").split()}


def _normal(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip(" \r\n\t.,!。，！").casefold()
