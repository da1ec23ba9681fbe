"""How a visit is paid: chosen where there is a choice, and by telephone proved where it is paid from an account."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from clinic.errors import ClinicError, NotEnough
from clinic.fairness import cancelling
from clinic.money import proving, ways
from clinic.money.charging import Pays
from clinic.money.ways import Ways
from clinic.passcodes import CodeExpired, CodeVoid, NoCode
from clinic.residents import NewPerson
from clinic.views import SessionView, VisitView
from clinic.visits import paid
from conf.texts.words import Code, Word
from dialogs.talk import Again, Choice, Desk, Talk

NOT_NOW: Final = "no"
MOBILE: Final = "mobile:"


@dataclass(frozen=True, slots=True)
class Way:
    """`provider`: of `mobile`, through whom."""

    pays: Pays
    provider: str = ""


class NoWay(ClinicError):
    """Here one must pay, and this phone cannot."""

    tell = "payment.no_way"


class NoLongerHeld(ClinicError):
    """Its time is over, or it is paid."""

    tell = "payment.not_held"


class NoCodeSent(ClinicError):
    """This phone gets no code now."""

    tell = "payment.no_code"


class NotACode(ClinicError):
    tell = "payment.not_a_code"


async def pay_held(talk: Talk, desk: Desk, visit: VisitView) -> None:
    """Pay a visit whose place is held until then, the way it was tried before, or another."""
    way = await how_to_pay(talk, desk, visit)
    if way is None:
        await talk.say("payment.held", **words_of_hold(visit, desk))
        return
    try:
        then = await desk.store.run(
            paid.again,
            visit=visit.id,
            phone=talk.phone,
            pays=way.pays,
            provider=way.provider,
            occasion=talk.occasion,
            installation=desk.installation,
            now=desk.now(),
        )
    except NotEnough as error:
        raise Again("payment.how", tell=error.tell) from error
    if then.state == "pending":
        await tell_hold(talk, desk, then)
    else:
        await talk.say("payment.paid", fee=then.fee)
        await talk.say("visit.code", number=Code(then.number))


async def tell_hold(talk: Talk, desk: Desk, visit: VisitView) -> None:
    """The place is theirs for a while; the provider asks them on their phone now."""
    await talk.say("payment.confirm_on_phone", queue=visit.queue, **words_of_hold(visit, desk))


async def tell_of_refund(talk: Talk, desk: Desk, visit: VisitView) -> None:
    """Before somebody gives up what is paid: whether the money comes back."""
    if not visit.paid.fen:
        return
    then = await desk.store.run(cancelling.consequence, visit=visit.id, now=desk.now())
    await talk.say("payment.cancel_back" if then.refunds else "payment.cancel_lost", fee=visit.paid)


async def how_to_book(talk: Talk, desk: Desk, offered: SessionView, patient: int | NewPerson) -> Way | None:
    """How a new visit is paid; None: it is not to be booked after all. Raises NoWay."""
    if not offered.fee.fen:
        return Way("counter")
    known = patient if isinstance(patient, int) else None
    found = await desk.store.run(
        ways.to_book, clinic_session=offered.id, patient=known, phone=talk.phone, providers=desk.rules.providers
    )
    return await _way(talk, desk, found)


async def how_to_pay(talk: Talk, desk: Desk, visit: VisitView) -> Way | None:
    """How a visit is paid whose place is held. Raises NoWay."""
    found = await desk.store.run(ways.to_pay, visit=visit.id, phone=talk.phone, providers=desk.rules.providers)
    if found is None:
        raise NoLongerHeld
    return await _way(talk, desk, found, leave="payment.not_pay")


async def _way(talk: Talk, desk: Desk, found: Ways, *, leave: str = "payment.not_now") -> Way | None:
    by_account = found.account is not None and await may_use_account(talk, desk)
    options = _options(found, by_account=by_account, is_spoken=talk.channel == "voice")
    if not options:
        raise NoWay
    if [option.value for option in options] == ["counter"]:
        return Way("counter")
    if not found.at_counter:
        options.append(Choice(NOT_NOW, leave))
    chosen = await talk.choose("payment.how", options, fee=found.fee)
    if chosen == NOT_NOW:
        return None
    if chosen.startswith(MOBILE):
        return Way("mobile", chosen.removeprefix(MOBILE))
    if chosen == "account":
        if talk.channel == "voice":
            await prove(talk, desk, back="payment.how")
        return Way("account")
    return Way("counter")


def _options(found: Ways, *, by_account: bool, is_spoken: bool) -> list[Choice[str]]:
    """What is in the account is told to nobody who has yet to prove that the phone is theirs."""
    options: list[Choice[str]] = []
    if by_account and found.account is not None:
        words = {} if is_spoken else {"balance": found.account.balance}
        options.append(Choice("account", "payment.by_account_spoken" if is_spoken else "payment.by_account", words))
    if found.provider:
        options.append(Choice(MOBILE + found.provider, "payment.by_mobile"))
    if found.at_counter:
        options.append(Choice("counter", "payment.at_counter"))
    return options


async def may_use_account(talk: Talk, desk: Desk) -> bool:
    """Whoever speaks has to read a code from an SMS meanwhile; a telephone that gets none is rung, and is engaged."""
    if talk.channel != "voice":
        return True
    return await desk.store.run(ways.gets_codes, phone=talk.phone, region=desk.installation.region)


async def prove(talk: Talk, desk: Desk, *, back: str, refused: str = NoCodeSent.tell) -> None:
    """The number of a caller can be forged, an SMS to it comes to its owner. `back`: the prompt to go back to where it
    is not proved; `refused` is told where no code can be sent."""
    begun = await desk.store.run(
        proving.begin,
        phone=talk.phone,
        occasion=talk.occasion,
        language=talk.language,
        rules=desk.rules.booking,
        installation=desk.installation,
        now=desk.now(),
    )
    if begun == "proved":
        return
    if begun == "refused":
        raise Again(back, tell=refused)
    code = await talk.ask("payment.code", _six, wants="code")
    wrong = await desk.store.run(
        proving.check,
        phone=talk.phone,
        occasion=talk.occasion,
        code=code,
        rules=desk.rules.booking,
        now=desk.now(),
    )
    if wrong is not None:
        prompt = back if isinstance(wrong, NoCode | CodeExpired | CodeVoid) else "payment.code"
        raise Again(prompt, tell=wrong.tell, **wrong.words)


def _six(text: str) -> str:
    digits = re.sub(r"\D", "", text)
    if len(digits) != 6:
        raise NotACode
    return digits


def words_of_hold(visit: VisitView, desk: Desk) -> dict[str, Word]:
    """Until when a place is held, in local time, and for how much."""
    until = visit.hold_until or desk.now()
    local = until.astimezone(desk.installation.timezone)
    clock = local.time().replace(second=0, microsecond=0, tzinfo=None)
    return {"until": clock, "fee": visit.fee}
