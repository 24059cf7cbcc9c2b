"""What several processes have of one subject is counted together."""

import multiprocessing
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from rinnalla.kit.tally import Ledger, Tally

SUBJECTS = st.integers(0, 50).map(str)


@settings(max_examples=30)
@given(st.lists(st.tuples(SUBJECTS, st.integers(1, 3), st.booleans()), max_size=60))
def test_what_was_added_and_not_removed_is_counted_in_all_processes(
    steps: list[tuple[str, int, bool]],
) -> None:
    ledger = Ledger.of(3)
    hands = {number: Tally(ledger, number) for number in (1, 2, 3)}
    held: Counter[tuple[str, int]] = Counter()
    for subject, number, comes in steps:
        if comes:
            hands[number].add(subject)
            held[subject, number] += 1
        elif held[subject, number]:
            hands[number].remove(subject)
            held[subject, number] -= 1
    for subject in {subject for subject, _, _ in steps}:
        expected = sum(held[subject, number] for number in hands)
        assert all(expected <= hand.count(subject) <= sum(held.values()) for hand in hands.values())


def test_few_are_counted_exactly() -> None:
    tally = Tally(Ledger.of(1), 1)
    for number in range(100):
        for _ in range(number):
            tally.add(f"{number}")
    assert [tally.count(f"{number}") for number in range(100)] == list(range(100))


def test_what_a_dead_process_had_counted_is_struck_out_by_its_successor() -> None:
    ledger = Ledger.of(2)
    stays, dies = Tally(ledger, 1), Tally(ledger, 2)
    stays.add("home")
    dies.add("home")
    assert stays.count("home") == 2
    Tally(ledger, 2)
    assert stays.count("home") == 1


def add_five(ledger: Ledger, number: int) -> None:
    tally = Tally(ledger, number)
    for _ in range(5):
        tally.add("home")


def test_spawned_processes_share_the_cells() -> None:
    ledger = Ledger.of(2)
    process = multiprocessing.get_context("spawn").Process(target=add_five, args=(ledger, 2))
    process.start()
    process.join(30)
    assert Tally(ledger, 1).count("home") == 5
