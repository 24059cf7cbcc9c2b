"""A process that is about to stop asks its clients to come back elsewhere, and says so to whoever sends it requests."""

from dataclasses import replace

import httpx

from rinnalla.kit.settings import Settings
from rinnalla.realtime import frames
from tests.api import Api, ok
from tests.conftest import RunningService
from tests.factories import Factory
from tests.phone import Phone


async def test_sockets_are_asked_to_come_back(make: Factory, settings: Settings) -> None:
    mentee, _, thread = await make.talkers()
    with RunningService(replace(settings, port=0)) as leaving:
        mentee.url, stays = leaving.url, mentee.url
        phone = await Phone.let_in(mentee, after=1)
        await phone.expect(frames.CaughtUp)
        await phone.send(thread, "nähdään pian")
        await phone.until(frames.Ack)
    _, notice = await phone.until(frames.GoingAway)
    assert 0 <= notice.retry_after_ms < 5000
    assert await phone.closed_with() == 1012
    mentee.url = stays
    async with await Phone.let_in(mentee, after=1) as back:
        assert (await back.event(frames.MessageEvent)).message.text == "nähdään pian"


async def test_a_running_process_is_alive_and_ready(api: Api) -> None:
    assert ok(await api.get("/livez")) == {"status": "ok"}
    assert ok(await api.get("/readyz")) == {"status": "ok"}


async def test_a_process_without_its_database_is_alive_and_not_ready(settings: Settings) -> None:
    nowhere = "postgresql+asyncpg://postgres@127.0.0.1:1/nothing"
    with RunningService(replace(settings, port=0, database_url=nowhere)) as lost:
        async with httpx.AsyncClient(base_url=lost.url) as client:
            assert (await client.get("/livez")).status_code == 200
            answer = await client.get("/readyz")
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
            assert {error["parameter"] for error in answer.json()["errors"]} == {"database", "listener"}
            start = await client.get("/v1/topics")
            assert (start.status_code, start.json()["code"]) == (503, "unavailable")
