"""A device that asks for new tokens may be put off, and be told nothing else that is not in the contract."""

import asyncio
import random
from types import SimpleNamespace
from typing import cast

import pytest

from tests.faults.device import Device
from tests.faults.diary import Rules
from tests.faults.journal import Ledger, Person


@pytest.mark.parametrize(
    ("status", "is_right"),
    [(408, True), (429, True), (503, True), (500, False), (400, False), (404, False), (204, False)],
)
async def test_a_refresh_is_answered_only_as_the_service_may_answer_it(status: int, is_right: bool) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"}")
        writer.write(f"HTTP/1.1 {status} Word\r\nContent-Length: 2\r\n\r\n{{}}".encode())
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        address, ledger = server.sockets[0].getsockname()[:2], Ledger()
        rules = cast("Rules", SimpleNamespace(ledger=ledger, addresses=[address]))
        device = Device(Person("1", "mentee"), rules, random.Random(0), session=("session", "", "token"))
        await device.renew()
        await device.close()
    assert (device.is_out, ledger.faults) == (False, {} if is_right else {"failed": 1}), ledger.words
    assert is_right or str(status) in ledger.words[0]
