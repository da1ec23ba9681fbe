"""The account: money, people, waiting; what belongs to this phone, apart from its visits."""

from __future__ import annotations

from dialogs.account.menu import my_account

__all__ = ["my_account"]
