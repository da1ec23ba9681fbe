"""What the jobs do, beside scans: each awaits its use case and says in a few words what it found."""

from __future__ import annotations

from clinic import long_texts, outbox, receipts, voice, vouchers
from scheduler.given import Given, Node


async def expire_vouchers(given: Given) -> str:
    return _told(await given.store.run(vouchers.expire, now=given.now()), "T-codes expired")


async def forget_receipts(given: Given) -> str:
    return _told(await given.store.run(receipts.forget, now=given.now()), "receipts dropped")


async def forget_segments(given: Given) -> str:
    return _told(await given.store.run(long_texts.forget, now=given.now()), "segments of texts from phones dropped")


async def recover_messages(given: Given, node: Node) -> str:
    # No sender is called "": only the lease decides here. At its start each sender takes back its own.
    found = await given.store.run(outbox.recover, sender="", now=given.now(), under_way=node.under_way())
    return _told(found, "messages of a sender that died are sent once more")


async def recover_calls(given: Given, node: Node) -> str:
    found = await given.store.run(voice.recover, caller="", alive_messages=node.on_call(), now=given.now())
    return _told(found, "calls of a gateway that died are made once more")


async def sweep_shared_state(_given: Given, node: Node) -> str:
    return f"{await node.shared.sweep()} keys remain"


async def remove_old_sound(_given: Given, node: Node) -> str:
    return await node.tidy() if node.tidy is not None else ""


def _told(many: int, what: str) -> str:
    """Nothing is not worth a line."""
    return f"{many:,} {what}" if many else ""
