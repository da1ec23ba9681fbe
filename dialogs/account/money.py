"""The account's money: what is in it, what went in and out, what is still to be paid."""

from __future__ import annotations

from clinic import visits
from clinic.money import accounts
from clinic.notices.people import covered
from clinic.views import AccountView
from conf.texts.words import Word
from dialogs.paying import may_use_account, pay_held, prove
from dialogs.talk import Again, Choice, Desk, Talk

MENU, NO_CODE = "account.menu", "account.no_code"


async def my_balance(talk: Talk, desk: Desk) -> None:
    """What is in the account; of several (one for each centre) all."""
    found = await _theirs(talk, desk)
    for account in found:
        await talk.say("account.balance", **_words(account))
    if not found:
        await talk.say("account.none")


async def my_entries(talk: Talk, desk: Desk) -> None:
    """What went in and out last, the newest first."""
    account = await _chosen(talk, desk)
    if account is None:
        await talk.say("account.none")
        return
    lines = await desk.store.run(accounts.last, account=account.id, phone=talk.phone)
    for line in lines:
        day = line.at.astimezone(desk.installation.timezone).date()
        await talk.say("account.entry", day=day, entry=line.kind, amount=line.amount)
    if not lines:
        await talk.say("account.no_entries")
    await talk.say("account.balance", **_words(account))


async def to_pay(talk: Talk, desk: Desk) -> None:
    """Visits whose places are held until they are paid."""
    found = await desk.store.run(visits.upcoming, phone=talk.phone, installation=desk.installation, now=desk.now())
    held = [visit for visit in found if visit.state == "pending"]
    if not held:
        await talk.say("account.nothing_to_pay")
        return
    chosen = await talk.choose(
        "payment.which",
        [
            Choice(
                visit.id,
                "payment.which_item",
                {"day": visit.day, "half": visit.half, "department": visit.department, "fee": visit.fee},
            )
            for visit in held
        ],
    )
    await pay_held(talk, desk, next(visit for visit in held if visit.id == chosen))


async def _theirs(talk: Talk, desk: Desk) -> list[AccountView]:
    """The accounts of this phone; by telephone only once it has proved that it is there, as for paying."""
    found = await desk.store.run(accounts.of_phone, phone=talk.phone)
    if found and talk.channel == "voice":
        if not await may_use_account(talk, desk):
            raise Again(MENU, tell=NO_CODE)
        await prove(talk, desk, back=MENU, refused=NO_CODE)
    return found


async def _chosen(talk: Talk, desk: Desk) -> AccountView | None:
    found = await _theirs(talk, desk)
    if len(found) < 2:
        return found[0] if found else None
    chosen = await talk.choose("account.which", [Choice(each.id, "account.which_item", _words(each)) for each in found])
    return next(each for each in found if each.id == chosen)


def _words(account: AccountView) -> dict[str, Word]:
    return {"centre": account.centre, "balance": account.balance, "name": covered(account.name)}
