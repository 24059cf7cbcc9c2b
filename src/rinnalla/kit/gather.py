"""Many callers, one trip to the database: what arrives while a batch is under way goes out together in the next one."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from rinnalla.kit.errors import DomainError, Unavailable

Request = TypeVar("Request")
Answer = TypeVar("Answer")
TRIED_WHEN_UNAVAILABLE = 2


@dataclass(slots=True)
class _Waiting(Generic[Request, Answer]):
    request: Request
    answer: asyncio.Future[Answer] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    given_up: bool = False

    def settle(self, answer: Answer | Exception) -> None:
        if self.answer.done():
            return
        if isinstance(answer, Exception):
            self.answer.set_exception(answer)
            self.answer.exception()  # a caller that timed out is not there to look at it
        else:
            self.answer.set_result(answer)


class Gatherer(Generic[Request, Answer]):
    """Runs `work` on whole batches of requests and hands each caller its own answer.

    `work` returns one answer or exception per request, in order. When it raises instead, a batch of several is tried
    again one by one (without those whose callers have waited too long), so that one bad request can't fail its
    neighbours; but when two in a row are told `Unavailable`, nobody else of the batch is tried. After an `Unavailable`,
    which may come of a commit that succeeded all the same, nobody is told a refusal of the second try, as if nothing
    had been done: they get `Unavailable`, and may ask again. The waiting room is bounded (`max_waiting` requests) and
    so is the wait (`deadline` seconds); past either the caller gets `Unavailable`, and what has waited too long is not
    worked on any more: it would only hold up those who still wait.
    """

    def __init__(
        self,
        work: Callable[[Sequence[Request]], Awaitable[Sequence[Answer | Exception]]],
        *,
        max_batch: int = 128,
        max_waiting: int = 2000,
        deadline: float = 8.0,
        takes_back: bool = False,
        work_past: Callable[[Sequence[Request]], Awaitable[Sequence[Answer | Exception]]] | None = None,
    ) -> None:
        """`takes_back`: what someone asked for who has gone away need not be done. `work_past`: the same work for those
        requests in whose way nobody stands, any refusal for the others; tried when a batch of several was put off."""
        self._work = work
        self._work_past = work_past
        self._max_batch = max_batch
        self._max_waiting = max_waiting
        self._deadline = deadline
        self._takes_back = takes_back
        self._waiting: deque[_Waiting[Request, Answer]] = deque()
        self._runner: asyncio.Task[None] | None = None

    async def ask(self, request: Request) -> Answer:
        """The answer to one request. A caller that goes away does not take back what it asked for, unless this gatherer
        lets them.

        Raises: Unavailable when the service is too busy; whatever `work` answered for this request.
        """
        if len(self._waiting) >= self._max_waiting:
            raise Unavailable
        waiting = _Waiting[Request, Answer](request)
        self._waiting.append(waiting)
        if self._runner is None or self._runner.done():
            self._runner = asyncio.create_task(self._run())
        try:
            async with asyncio.timeout(self._deadline):
                return await asyncio.shield(waiting.answer)
        except TimeoutError as error:
            waiting.given_up = True
            raise Unavailable from error
        except asyncio.CancelledError:
            waiting.given_up = self._takes_back
            raise

    async def finish(self) -> None:
        """Wait until everything that was asked has been answered."""
        if self._runner is not None:
            await self._runner

    async def _run(self) -> None:
        while batch := self._next():
            await self._serve(batch)

    def _next(self) -> list[_Waiting[Request, Answer]]:
        batch: list[_Waiting[Request, Answer]] = []
        while self._waiting and len(batch) < self._max_batch:
            waiting = self._waiting.popleft()
            if not waiting.given_up:
                batch.append(waiting)
        return batch

    async def _serve(self, batch: list[_Waiting[Request, Answer]]) -> None:
        try:
            answers = await self._work([waiting.request for waiting in batch])
        except Exception as error:  # noqa: BLE001 - handed to whoever asked
            if len(batch) > 1:
                await self._serve_after(error, [waiting for waiting in batch if not waiting.given_up])
                return
            answers = [error]
        for waiting, answer in zip(batch, answers, strict=True):
            waiting.settle(answer)

    async def _serve_after(self, error: Exception, batch: list[_Waiting[Request, Answer]]) -> None:
        if not batch:
            return
        if not isinstance(error, Unavailable) or self._work_past is None:
            await self._serve_one_by_one(batch, may_be_done=isinstance(error, Unavailable))
            return
        answers: Sequence[Answer | Exception]
        try:
            answers = await self._work_past([waiting.request for waiting in batch])
        except Unavailable as again:
            answers = [again] * len(batch)
        except Exception:  # noqa: BLE001 - of one among them
            await self._serve_one_by_one(batch, may_be_done=True)
            return
        for waiting, answer in zip(batch, answers, strict=True):
            waiting.settle(Unavailable() if isinstance(answer, DomainError) else answer)

    async def _serve_one_by_one(self, batch: list[_Waiting[Request, Answer]], *, may_be_done: bool) -> None:
        put_off = 0
        for waiting in batch:
            if put_off == TRIED_WHEN_UNAVAILABLE:
                waiting.settle(Unavailable())
            elif not waiting.given_up:
                answer = await self._try(waiting.request)
                put_off = put_off + 1 if isinstance(answer, Unavailable) else 0
                waiting.settle(Unavailable() if may_be_done and isinstance(answer, DomainError) else answer)

    async def _try(self, request: Request) -> Answer | Exception:
        try:
            return (await self._work([request]))[0]
        except Exception as error:  # noqa: BLE001 - handed to whoever asked
            return error
