"""Many callers, one trip: each gets its own answer, whatever happens to the others."""

import asyncio
from collections.abc import Sequence

import pytest

from rinnalla.kit.errors import NotFound, Unavailable
from rinnalla.kit.gather import Gatherer


class Work:
    """Doubles numbers. Refuses 13 alone; breaks over a batch with 666 in it. Waits while `gate` is closed."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.begun = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()

    async def __call__(self, numbers: Sequence[int]) -> Sequence[int | Exception]:
        self.batches.append(list(numbers))
        self.begun.set()
        await self.gate.wait()
        if 666 in numbers:
            raise OSError
        return [ValueError() if number == 13 else 2 * number for number in numbers]


async def test_what_arrives_together_goes_out_together() -> None:
    work = Work()
    gatherer = Gatherer(work, max_batch=4)
    assert await asyncio.gather(*(gatherer.ask(number) for number in range(10))) == [2 * n for n in range(10)]
    assert work.batches == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]


async def test_a_refusal_is_for_the_one_who_asked() -> None:
    gatherer = Gatherer(Work())
    answers = await asyncio.gather(*(gatherer.ask(n) for n in (1, 13, 2)), return_exceptions=True)
    assert [type(answer) for answer in answers] == [int, ValueError, int]


async def test_one_bad_request_does_not_fail_its_neighbours() -> None:
    work = Work()
    gatherer = Gatherer(work)
    answers = await asyncio.gather(*(gatherer.ask(n) for n in (1, 666, 2)), return_exceptions=True)
    assert (answers[0], type(answers[1]), answers[2]) == (2, OSError, 4)
    assert work.batches == [[1, 666, 2], [1], [666], [2]]


async def test_the_waiting_room_is_bounded() -> None:
    work = Work()
    work.gate.clear()
    gatherer = Gatherer(work, max_batch=1, max_waiting=2)
    asked = [asyncio.create_task(gatherer.ask(n)) for n in range(3)]
    await work.begun.wait()
    asked.append(asyncio.create_task(gatherer.ask(3)))
    answers = asyncio.gather(*asked, return_exceptions=True)
    work.gate.set()
    kinds = [type(answer) for answer in await answers]
    assert Unavailable in kinds
    assert kinds[0] is int


async def test_who_waited_too_long_is_told_and_not_tried_again() -> None:
    work = Work()
    work.gate.clear()
    gatherer = Gatherer(work, deadline=0.01)
    answers = await asyncio.gather(*(gatherer.ask(n) for n in (1, 666)), return_exceptions=True)
    assert [type(answer) for answer in answers] == [Unavailable, Unavailable]
    work.gate.set()
    await gatherer.finish()
    assert work.batches == [[1, 666]]
    assert await gatherer.ask(5) == 10


async def test_a_caller_who_goes_away_does_not_take_it_back() -> None:
    work = Work()
    work.gate.clear()
    gatherer = Gatherer(work)
    asked = asyncio.create_task(gatherer.ask(1))
    await work.begun.wait()
    asked.cancel()
    other = asyncio.create_task(gatherer.ask(2))
    work.gate.set()
    assert await other == 4
    assert work.batches == [[1], [2]]


async def test_a_caller_who_goes_away_as_the_answer_comes_is_gone() -> None:
    """Else the task that asks lives on, of whoever has ended it and waits for that."""
    asked: asyncio.Task[int]

    async def work(numbers: Sequence[int]) -> Sequence[int | Exception]:
        loop = asyncio.get_running_loop()
        loop.call_soon(lambda: loop.call_soon(asked.cancel))  # after the answer is there, before it is taken
        return numbers

    gatherer: Gatherer[int, int] = Gatherer(work)
    asked = asyncio.create_task(gatherer.ask(1))
    await asyncio.wait([asked])
    assert asked.cancelled()


async def test_what_may_have_been_done_before_is_not_refused() -> None:
    """The first try may have been committed although it failed: who is refused by the second would take it that nothing
    was done. They are told to ask again, and the others are tried as before."""
    done: list[int] = []

    async def losing_its_first_commit(numbers: Sequence[int]) -> Sequence[int | Exception]:
        done.extend(numbers)
        if len(numbers) > 1:
            raise Unavailable
        return [NotFound() if number > 2 else 2 * number for number in numbers]

    gatherer: Gatherer[int, int] = Gatherer(losing_its_first_commit)
    answers = await asyncio.gather(*(gatherer.ask(n) for n in (1, 3, 4, 5, 2)), return_exceptions=True)
    assert (answers[0], answers[4], [type(answer) for answer in answers[1:4]]) == (2, 4, [Unavailable] * 3)
    assert done == [1, 3, 4, 5, 2] * 2
    with pytest.raises(NotFound):
        await gatherer.ask(3)


async def test_when_the_database_is_away_not_everyone_knocks() -> None:
    batches: list[list[int]] = []

    async def away(numbers: Sequence[int]) -> Sequence[int | Exception]:
        batches.append(list(numbers))
        raise Unavailable

    gatherer: Gatherer[int, int] = Gatherer(away)
    answers = await asyncio.gather(*(gatherer.ask(n) for n in range(50)), return_exceptions=True)
    assert [type(answer) for answer in answers] == [Unavailable] * 50
    assert batches == [list(range(50)), [0], [1]]


async def test_a_crowd_that_asks_again_is_served_in_the_end() -> None:
    """More than can be served before they give up. What nobody waits for any more is not worked on in their way."""
    given_up: set[tuple[int, int]] = set()
    in_vain: set[tuple[int, int]] = set()

    async def slow(asked: Sequence[tuple[int, int]]) -> Sequence[int | Exception]:
        in_vain.update(given_up.intersection(asked))
        await asyncio.sleep(0.05)
        return [one for one, _ in asked]

    gatherer: Gatherer[tuple[int, int], int] = Gatherer(slow, max_batch=4, deadline=0.2)

    async def persist(one: int) -> int:
        for attempt in range(1000):
            try:
                return await gatherer.ask((one, attempt))
            except Unavailable:
                given_up.add((one, attempt))
                await asyncio.sleep(0.01)
        raise AssertionError("never served")

    assert await asyncio.gather(*map(persist, range(60))) == list(range(60))
    assert given_up
    assert in_vain == set()


async def test_what_who_is_gone_wanted_to_know_is_not_looked_up() -> None:
    work = Work()
    work.gate.clear()
    gatherer = Gatherer(work, max_batch=1, takes_back=True)
    first = asyncio.create_task(gatherer.ask(1))
    await work.begun.wait()
    gone, stays = asyncio.create_task(gatherer.ask(2)), asyncio.create_task(gatherer.ask(3))
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.wait([gone])
    work.gate.set()
    assert (await first, await stays) == (2, 6)
    assert work.batches == [[1], [3]]


async def test_when_a_batch_is_put_off_what_nothing_stands_in_the_way_of_is_done() -> None:
    """And whoever something stands in the way of comes back, whatever they were refused for: it may be there."""
    batches: list[list[int]] = []

    async def held_up(numbers: Sequence[int]) -> Sequence[int | Exception]:
        batches.append(list(numbers))
        raise Unavailable

    async def past(numbers: Sequence[int]) -> Sequence[int | Exception]:
        batches.append(list(numbers))
        if 666 in numbers:
            raise OSError
        return [NotFound() if number == 13 else 2 * number for number in numbers]

    gatherer: Gatherer[int, int] = Gatherer(held_up, work_past=past)
    answers = await asyncio.gather(*(gatherer.ask(n) for n in (1, 13, 2)), return_exceptions=True)
    assert (answers[0], type(answers[1]), answers[2]) == (2, Unavailable, 4)
    assert batches == [[1, 13, 2]] * 2
    alone = await asyncio.gather(gatherer.ask(1), return_exceptions=True)
    assert [type(answer) for answer in alone] == [Unavailable]
    assert batches[2:] == [[1]]
    bad = await asyncio.gather(*(gatherer.ask(n) for n in (1, 666)), return_exceptions=True)
    assert [type(answer) for answer in bad] == [Unavailable] * 2
    assert batches[3:] == [[1, 666], [1, 666], [1], [666]]


async def test_when_all_of_a_batch_have_waited_too_long_nothing_is_tried_again() -> None:
    batches: list[list[int]] = []
    gate = asyncio.Event()

    async def held_up(numbers: Sequence[int]) -> Sequence[int | Exception]:
        batches.append(list(numbers))
        await gate.wait()
        raise Unavailable

    gatherer: Gatherer[int, int] = Gatherer(held_up, work_past=held_up, deadline=0.01)
    answers = await asyncio.gather(*(gatherer.ask(n) for n in (1, 2)), return_exceptions=True)
    assert [type(answer) for answer in answers] == [Unavailable] * 2
    gate.set()
    await gatherer.finish()
    assert batches == [[1, 2]]
