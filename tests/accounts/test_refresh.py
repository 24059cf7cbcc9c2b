"""Refresh tokens: each works once, a lost answer is forgiven, theft ends the session."""

import asyncio
from typing import Any

from asyncpg import Connection

from tests.api import Api, ok, refused
from tests.factories import Factory, Person

AGE = "UPDATE refresh_token SET spent_at = spent_at - interval '61 seconds' WHERE spent_at IS NOT NULL"


async def refresh(api: Api, token: str) -> Any:
    return ok(await api.post("/v1/sessions/refresh", {"refresh_token": token}))


async def refuse(api: Api, token: str) -> None:
    refused(await api.post("/v1/sessions/refresh", {"refresh_token": token}), 401, "refresh_refused")


async def still_in(person: Person) -> bool:
    return (await person.get("/v1/account")).status_code == 200


async def test_each_token_gives_the_next(api: Api, make: Factory) -> None:
    mentee = await make.mentee()
    token = mentee.refresh_token
    for _ in range(5):
        tokens = await refresh(api, token)
        assert tokens["refresh_token"] != token
        assert tokens["session_id"] == str(mentee.session_id)
        token = tokens["refresh_token"]
        async with Api(api.url, api.contract, tokens["access_token"]) as again:
            ok(await again.get("/v1/account"))


async def test_a_lost_answer_is_forgiven_each_time(api: Api, make: Factory) -> None:
    """The phone loses every answer once, and some twice: nobody is logged out."""
    mentee = await make.mentee()
    token = mentee.refresh_token
    for lost in (1, 2, 1, 3):
        for _ in range(lost):
            await refresh(api, token)
        token = (await refresh(api, token))["refresh_token"]
    assert await still_in(mentee)


async def test_a_minute_later_it_is_not(api: Api, make: Factory, raw_db: Connection) -> None:
    mentee = await make.mentee()
    lost = await refresh(api, mentee.refresh_token)
    await raw_db.execute(AGE)
    await refuse(api, mentee.refresh_token)
    assert not await still_in(mentee)
    await refuse(api, lost["refresh_token"])


async def test_the_minute_counts_from_the_first_use(api: Api, make: Factory, raw_db: Connection) -> None:
    mentee = await make.mentee()
    await refresh(api, mentee.refresh_token)
    await raw_db.execute(AGE.replace("61", "40"))
    await refresh(api, mentee.refresh_token)
    await raw_db.execute(AGE.replace("61", "40"))
    await refuse(api, mentee.refresh_token)


async def test_a_predecessor_whose_successor_was_used_ends_the_session(api: Api, make: Factory) -> None:
    mentee = await make.mentee()
    second = (await refresh(api, mentee.refresh_token))["refresh_token"]
    third = (await refresh(api, second))["refresh_token"]
    await refuse(api, mentee.refresh_token)
    assert not await still_in(mentee)
    await refuse(api, third)


async def test_an_older_ancestor_ends_the_session(api: Api, make: Factory) -> None:
    mentee = await make.mentee()
    tokens = [mentee.refresh_token]
    for _ in range(4):
        tokens.append((await refresh(api, tokens[-1]))["refresh_token"])
    await refuse(api, tokens[1])
    assert not await still_in(mentee)


async def test_a_replaced_successor_is_worth_nothing(api: Api, make: Factory) -> None:
    mentee = await make.mentee()
    lost = (await refresh(api, mentee.refresh_token))["refresh_token"]
    found = (await refresh(api, mentee.refresh_token))["refresh_token"]
    await refuse(api, lost)
    await refresh(api, found)
    assert await still_in(mentee)


async def test_parallel_refreshes_never_end_the_session(api: Api, make: Factory, raw_db: Connection) -> None:
    mentee = await make.mentee()
    answers = await asyncio.gather(*(refresh(api, mentee.refresh_token) for _ in range(6)))
    assert await still_in(mentee)
    unspent = await raw_db.fetchval("SELECT count(*) FROM refresh_token WHERE spent_at IS NULL")
    assert unspent == 1
    statuses = [
        (await api.post("/v1/sessions/refresh", {"refresh_token": answer["refresh_token"]})).status_code
        for answer in answers
    ]
    assert sorted(statuses) == [200] + [401] * 5
    assert await still_in(mentee)


async def test_only_the_session_of_the_stolen_token_ends(api: Api, make: Factory) -> None:
    mentee, other = await make.mentee(), await make.mentee()
    second = (await refresh(api, mentee.refresh_token))["refresh_token"]
    await refresh(api, second)
    await refuse(api, mentee.refresh_token)
    assert await still_in(other)


async def test_nonsense_is_refused(api: Api, make: Factory) -> None:
    mentee = await make.mentee()
    for token in ("x", "ä" * 100, mentee.refresh_token[:-1], mentee.token[:128]):
        await refuse(api, token)
    assert await still_in(mentee)


async def test_digests_too_old_to_matter_are_forgotten(api: Api, make: Factory, raw_db: Connection) -> None:
    mentee = await make.mentee()
    second = (await refresh(api, mentee.refresh_token))["refresh_token"]
    await raw_db.execute("UPDATE refresh_token SET spent_at = now() - interval '3 days' WHERE spent_at IS NOT NULL")
    await refresh(api, second)
    assert await raw_db.fetchval("SELECT count(*) FROM refresh_token") == 2
