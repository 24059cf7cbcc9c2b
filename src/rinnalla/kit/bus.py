"""Words between the processes of one service: "these people have something new". A word is a hint of ids and nothing
more: one that is lost costs time until the next look at the database, never news.

Words are said by `say` inside a transaction and leave when it commits, not before and not without. They travel by
Postgres' NOTIFY or, where a fleet has outgrown its lock (a notifying transaction holds one through its commit, and each
commit wakes every listener), by Redis or Valkey.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Collection, Coroutine
from itertools import islice
from typing import Any, Protocol
from uuid import uuid4

import asyncpg
from redis import asyncio as redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from sqlalchemy import ARRAY, Text, bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.kit import log, postgres

CHANNEL = "rinnalla_wake"
LISTENER_NAME = "rinnalla listener"
PING_EVERY_SECONDS = 10.0
DEADLINE_SECONDS = 5.0
PAUSE_SECONDS = 1.0
WORDS_WAITING = 10_000
WORDS_AT_ONCE = 500
WORDS_LOST = "lost"
"""That words may have been lost on the way: whoever hears it looks for all of it."""
LOST = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, RedisError, RuntimeError)
"""What `listen` may raise: it is over, and may be begun again. RuntimeError is what uvloop says of a closed connection.
"""

_WORDS = "words"
_BETWEEN_WORDS = "\n"
_NOTIFY = text("SELECT pg_notify(:channel, word) FROM unnest(:words) AS word").bindparams(
    bindparam("words", type_=ARRAY(Text))
)
Hear = Callable[[str], None]


class Bus(Protocol):
    """One way for words to travel."""

    async def before_commit(self, db: AsyncSession, words: Collection[str]) -> None:
        """Words of a transaction that is about to commit."""
        ...

    def after_commit(self, words: Collection[str]) -> None:
        """Words of a transaction that has committed, for all that is known. Never waits and never fails."""
        ...

    async def listen(self, hear: Hear, ready: Callable[[], None]) -> None:
        """Hand over every word said from `ready` on, until words no longer arrive. Raises: one of `LOST`."""
        ...

    async def close(self) -> None:
        """Give back what it holds."""
        ...


def say(db: AsyncSession, word: str) -> None:
    """Tell every process, when this transaction commits. Ids only: at most 8,000 bytes (the limit of NOTIFY)."""
    db.info.setdefault(_WORDS, {})[word] = None


def said(db: AsyncSession) -> Collection[str]:
    """What this transaction wants to say, each word once, in order."""
    words: dict[str, None] = db.info.pop(_WORDS, {})
    return words.keys()


class PostgresBus:
    """NOTIFY on one channel, heard over one connection a process, outside the pools."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def before_commit(self, db: AsyncSession, words: Collection[str]) -> None:
        await db.execute(_NOTIFY, {"channel": CHANNEL, "words": list(words)})

    def after_commit(self, words: Collection[str]) -> None:
        """They left with the commit."""

    async def listen(self, hear: Hear, ready: Callable[[], None]) -> None:
        connection = await asyncpg.connect(**postgres.arguments(self._url, {"application_name": LISTENER_NAME}))
        pulse = _Pulse(hear)
        ended = asyncio.Event()
        connection.add_termination_listener(lambda _: ended.set())
        try:
            async with asyncio.timeout(DEADLINE_SECONDS):
                await connection.add_listener(CHANNEL, lambda *heard: pulse.hear(str(heard[3])))
            ready()
            await _until_one_fails(
                pulse.keep(lambda word: connection.execute("SELECT pg_notify($1, $2)", CHANNEL, word)), _raise_at(ended)
            )
        finally:
            connection.terminate()

    async def close(self) -> None:
        """Nothing is held beyond `listen`."""


class RedisBus:
    """Publish and subscribe of Redis or Valkey. What waits to be published is bounded; what doesn't fit, or can't be
    published, is dropped, and made good by one word for all of it as soon as there is a way again."""

    def __init__(self, url: str, service: str) -> None:
        self._channel = f"{CHANNEL}:{service}"
        self._redis = redis.Redis.from_url(
            url,
            socket_connect_timeout=DEADLINE_SECONDS,
            socket_timeout=DEADLINE_SECONDS,
            retry=Retry(NoBackoff(), 0),  # a connection made anew behind our back would hide that words were lost
            decode_responses=True,
        )
        self._waiting: dict[str, None] = {}
        self._publisher: asyncio.Task[None] | None = None
        self._closing = asyncio.Event()

    async def before_commit(self, db: AsyncSession, words: Collection[str]) -> None:
        """They must not leave before the commit."""

    def after_commit(self, words: Collection[str]) -> None:
        for word in words:
            self._waiting[word if len(self._waiting) < WORDS_WAITING else WORDS_LOST] = None
        if self._waiting and (self._publisher is None or self._publisher.done()):
            self._publisher = asyncio.create_task(self._publish())

    async def _publish(self) -> None:
        while self._waiting:
            words = list(islice(self._waiting, WORDS_AT_ONCE))
            for word in words:
                del self._waiting[word]
            try:
                async with asyncio.timeout(DEADLINE_SECONDS):
                    await self._redis.publish(self._channel, _BETWEEN_WORDS.join(words))
            except LOST as error:
                self._waiting = {} if self._closing.is_set() else {WORDS_LOST: None}
                log.warning("bus_lost", error=type(error).__name__)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(PAUSE_SECONDS):
                        await self._closing.wait()

    async def listen(self, hear: Hear, ready: Callable[[], None]) -> None:
        pulse = _Pulse(hear)
        # Whatever took the listener may have taken those that publish: the first word said would find out, and be lost.
        await self._redis.connection_pool.disconnect(inuse_connections=False)
        async with self._redis.pubsub(ignore_subscribe_messages=True) as subscription:
            async with asyncio.timeout(DEADLINE_SECONDS):
                await subscription.subscribe(self._channel)
                await subscription.get_message(timeout=None)  # that it is so: until then words pass it by
            ready()
            await _until_one_fails(
                pulse.keep(lambda word: self._redis.publish(self._channel, word)), self._hand_over(subscription, pulse)
            )

    @staticmethod
    async def _hand_over(subscription: redis.client.PubSub, pulse: "_Pulse") -> None:
        while True:
            message = await subscription.get_message(timeout=None)
            if message is not None:
                for word in message["data"].split(_BETWEEN_WORDS):
                    pulse.hear(word)

    async def close(self) -> None:
        self._closing.set()
        if self._publisher is not None:
            await self._publisher
        with contextlib.suppress(*LOST):
            await self._redis.aclose()


class _Pulse:
    """Says a word to itself every now and then: a connection that died without a word is noticed."""

    def __init__(self, hear: Hear) -> None:
        self._hear = hear
        self._own = f"ping {uuid4()}"
        self._heard = asyncio.Event()

    def hear(self, word: str) -> None:
        if word == self._own:
            self._heard.set()
        elif not word.startswith("ping "):
            self._hear(word)

    async def keep(self, speak: Callable[[str], Awaitable[object]]) -> None:
        """Until the own word does not come back within `DEADLINE_SECONDS`. Raises: TimeoutError, or one of `LOST`."""
        while True:
            self._heard.clear()
            async with asyncio.timeout(DEADLINE_SECONDS):
                await speak(self._own)
                await self._heard.wait()
            await asyncio.sleep(PING_EVERY_SECONDS)


async def _raise_at(ended: asyncio.Event) -> None:
    await ended.wait()
    raise ConnectionResetError


async def _until_one_fails(*efforts: Coroutine[Any, Any, None]) -> None:
    tasks = [asyncio.ensure_future(effort) for effort in efforts]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
