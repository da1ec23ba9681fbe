"""Broadcasts: one text to many phones.

A broadcast is a draft (`drafts`), is shown as an invoice (`invoice`), and then sent (`sending`): its messages are
written into the outbox chunk by chunk, by the very decisions that the invoice was counted with (`screening`). `pace`
keeps the quiet hours while it goes out, `report` sets what happened beside the invoice.
"""

from __future__ import annotations
