"""The least that a driver of calls can be: asyncio, one socket, no checks, and no code of the project.

python -m benchmarks.calls_bare PORT SECRET MENU LIST GOODBYE

It says "ready" when it takes calls, and when it is told to stop what it took from each key's event to the next prompt
handed over, in milliseconds (JSON).
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import time


class Driver(asyncio.Protocol):
    """One account at the manager interface, and all its calls."""

    def __init__(self, secret: str, prompts: list[str]) -> None:
        *asked, goodbye = prompts
        self._steps = [f"GET DATA {prompt} 7000 1" for prompt in asked]
        self._steps += [f'STREAM FILE {goodbye} ""', "HANGUP"]
        self._secret, self._rest = secret, b""
        self._step: dict[bytes, int] = {}
        self._pressed: dict[bytes, float] = {}
        self.took: list[float] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        login = f"Action: Login\r\nUsername: caredial\r\nSecret: {self._secret}\r\nEvents: agi,call,dtmf,system\r\n\r\n"
        transport.write(login.encode())

    def data_received(self, data: bytes) -> None:
        *blocks, self._rest = (self._rest + data).split(b"\r\n\r\n")
        for block in blocks:
            if block.startswith((b"Event: AsyncAGIStart", b"Event: AsyncAGIExec")):
                self._next(_value(block, b"Channel"))
            elif block.startswith(b"Event: DTMFEnd") and b"\r\nDirection: Received" in block:
                self._pressed[_value(block, b"Channel")] = time.perf_counter()
            elif b"Message: Authentication accepted" in block:
                print("ready", flush=True)

    def _next(self, channel: bytes) -> None:
        step = self._step.get(channel, 0)
        if step == len(self._steps):
            del self._step[channel]
            return
        self._step[channel] = step + 1
        command = self._steps[step].encode()
        self._transport.write(
            b"Action: AGI\r\nActionID: %d\r\nChannel: %b\r\nCommand: %b\r\nCommandID: %d\r\n\r\n"
            % (step, channel, command, step)
        )
        if channel in self._pressed:
            self.took.append((time.perf_counter() - self._pressed.pop(channel)) * 1000)


def _value(block: bytes, name: bytes) -> bytes:
    return block.partition(b"\r\n" + name + b": ")[2].partition(b"\r\n")[0]


async def drive(port: int, secret: str, prompts: list[str]) -> None:
    """Until the process is told to stop."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    _, driver = await loop.create_connection(lambda: Driver(secret, prompts), "127.0.0.1", port)
    await stop.wait()
    print(json.dumps(driver.took))


if __name__ == "__main__":
    asyncio.run(drive(int(sys.argv[1]), sys.argv[2], sys.argv[3:]))
