"""My account: one line for each matter. Whoever has another one adds a line to the table."""

from __future__ import annotations

from typing import Final

from dialogs.account.money import my_balance, my_entries, to_pay
from dialogs.appeals import my_blocks
from dialogs.letters import is_in_writing
from dialogs.people import my_people
from dialogs.talk import Choice, Desk, Dialog, Talk
from dialogs.waiting import my_waiting

LINES: Final[tuple[tuple[str, str, Dialog], ...]] = (
    ("balance", "account.balance_item", my_balance),
    ("entries", "account.entries_item", my_entries),
    ("pay", "account.pay_item", to_pay),
    ("people", "people.menu_item", my_people),
    ("waiting", "waiting.menu_item", my_waiting),
    ("blocks", "block.mine", my_blocks),
)
"""The value that is kept, the text of the line, and where it leads; in this order."""


async def my_account(talk: Talk, desk: Desk) -> None:
    """Choose a matter. What can only be written is not offered by voice."""
    offered = {key: (text, dialog) for key, text, dialog in LINES if talk.letters or not is_in_writing(dialog)}
    wanted = await talk.choose("account.menu", [Choice(key, text) for key, (text, _) in offered.items()])
    _, dialog = offered[wanted]
    await dialog(talk, desk)
