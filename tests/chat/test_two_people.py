"""Two people talking over bad connections: whatever happens in whatever order, the promises of `tests.device` hold."""

import asyncio
from collections.abc import Coroutine
from typing import Any
from uuid import uuid4

import hypothesis
from hypothesis import HealthCheck
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from rinnalla.app import Services
from rinnalla.kit.clock import SystemClock
from rinnalla.kit.settings import Settings
from tests.api import Api, Contract
from tests.conftest import RunningService
from tests.device import Device, check
from tests.factories import Factory

sides = st.sampled_from([0, 1])
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=20).filter(
    lambda text: text.strip() != ""
)


class TwoPeople(RuleBasedStateMachine):
    """Each has one device. A model of what was said is not needed: the devices' own journals must agree."""

    def __init__(self, service: RunningService, contract: Contract, service_settings: Settings) -> None:
        super().__init__()
        self._loop = asyncio.new_event_loop()
        self._services = Services(service_settings, SystemClock())
        self._factory = Factory(self._services, Api(service.url, contract))
        self._devices: list[Device] = []

    def run(self, work: Coroutine[Any, Any, None]) -> None:
        self._loop.run_until_complete(work)

    @initialize()
    def meet(self) -> None:
        async def meet() -> None:
            mentee, mentor, thread = await self._factory.talkers()
            self._devices = [Device(mentee, thread), Device(mentor, thread)]

        self.run(meet())

    @rule(side=sides)
    def connect(self, side: int) -> None:
        self.run(self._devices[side].connect())

    @rule(side=sides)
    def drop(self, side: int) -> None:
        self.run(self._devices[side].drop())

    @rule(side=sides)
    def listen(self, side: int) -> None:
        self.run(self._devices[side].listen())

    @rule(side=sides, said=st.lists(texts, min_size=1, max_size=4))
    def say(self, side: int, said: list[str]) -> None:
        async def say() -> None:
            for text in said:
                await self._devices[side].say(text)

        self.run(say())

    @rule(side=sides, text=texts)
    def say_and_lose_the_connection(self, side: int, text: str) -> None:
        async def say() -> None:
            await self._devices[side].say(text)
            await self._devices[side].drop()

        self.run(say())

    @rule(side=sides)
    def retry(self, side: int) -> None:
        self.run(self._devices[side].retry())

    @rule(side=sides)
    def read(self, side: int) -> None:
        device = self._devices[side]

        async def read() -> None:
            seen = (await device.person.get(f"/v1/threads/{device.thread}")).json()["last_seq"]
            await device.person.put(f"/v1/threads/{device.thread}/read", {"up_to_seq": seen})

        self.run(read())

    @rule(side=sides)
    def repeat_an_acknowledged_send(self, side: int) -> None:
        device = self._devices[side]

        async def repeat() -> None:
            for client_id, message_id in list(device.acked.items())[:1]:
                body = {"client_id": str(client_id), "text": device.texts[client_id]}
                again = await device.person.post(f"/v1/threads/{device.thread}/messages", body)
                assert (again.status_code, again.json()["id"]) == (200, str(message_id))

        self.run(repeat())

    @rule(side=sides)
    def meddle_as_a_stranger(self, side: int) -> None:
        device = self._devices[side]

        async def meddle() -> None:
            stranger = await self._factory.mentee(device.person.organisation_id)
            body = {"client_id": str(uuid4()), "text": "hei"}
            assert (await stranger.post(f"/v1/threads/{device.thread}/messages", body)).status_code == 404

        self.run(meddle())

    def teardown(self) -> None:
        async def end() -> None:
            await check(self._devices)
            await self._factory.close()
            await self._factory.nobody.http.aclose()
            await self._services.close()

        self.run(end())
        self._loop.close()


def test_whatever_happens_the_promises_hold(service: RunningService, contract: Contract, settings: Settings) -> None:
    run_state_machine_as_test(
        lambda: TwoPeople(service, contract, settings),  # type: ignore[arg-type] # whatever makes one will do
        settings=hypothesis.settings(
            max_examples=12,
            stateful_step_count=20,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
