"""What a process may still hold when everyone has left."""

from collections import Counter

import pytest

from tests.faults.holdings import Holding, Told, left_behind, memory_grown

MIB = 2**20


def holding(pid: int = 1, mib: int = 100, lent: int = 0, **tasks: int) -> Holding:
    return Holding(pid, mib * MIB, Told(lent, tasks))


@pytest.mark.parametrize(
    ("left", "said"),
    [
        (holding(listen=1), []),
        (holding(listen=1, look=1), []),
        (holding(lent=1), ["1 connections that did not come back"]),
        (holding(listen=2), ["tasks that did not end: {'listen': 1}"]),
        (holding(lent=2, pump=3), ["2 connections", "{'pump': 3}"]),
    ],
)
def test_connections_and_tasks_come_back(left: Holding, said: list[str]) -> None:
    told = list(left_behind(left, Counter(listen=1, look=1)))
    assert [words in one for words, one in zip(said, told, strict=True)] == [True] * len(said)


@pytest.mark.parametrize(
    ("after", "is_too_much"),
    [
        ([holding(1, 110), holding(2, 110)], False),
        ([holding(1, 130), holding(2, 80)], False),
        ([holding(1, 111), holding(2, 110)], True),
        ([holding(1, 111)], True),
        ([holding(1, 100), holding(3, 500)], False),
        ([holding(3, 500)], False),
    ],
)
def test_those_that_were_there_all_the_time_grow_by_a_tenth_at_most(after: list[Holding], is_too_much: bool) -> None:
    before = [holding(1, 100), holding(2, 100)]
    assert (memory_grown(before, after) is not None) is is_too_much
