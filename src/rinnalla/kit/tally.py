"""How many of something each subject has in all processes of one machine, counted in memory that they share.

A count-min sketch (Cormode and Muthukrishnan, 2005): a keyed hash says in which cells a subject is counted, a process
counts in cells of its own, and the subject's count is the least of its cells summed over all processes. It may be a
little too high when very many are counted, never too low. The subjects themselves are kept nowhere.
"""

import hashlib
import multiprocessing
import os
from collections.abc import Iterator
from ctypes import Array, c_ushort
from dataclasses import dataclass, field

ROWS = 2
WIDTH = 2**16


@dataclass(frozen=True, slots=True)
class Ledger:
    """The shared cells. Made by whoever starts the processes, and handed to each as it is spawned."""

    cells: "Array[c_ushort]"
    processes: int
    secret: bytes = field(default_factory=lambda: os.urandom(16), repr=False)

    @classmethod
    def of(cls, processes: int) -> "Ledger":
        """Empty cells for so many processes: 256 KiB each."""
        return cls(multiprocessing.get_context("spawn").RawArray(c_ushort, processes * ROWS * WIDTH), processes)


class Tally:
    """One process's hand in a ledger; `number` counts from 1. What a dead predecessor had counted is struck out."""

    def __init__(self, ledger: Ledger, number: int) -> None:
        self._ledger = ledger
        self._begin = (number - 1) * ROWS * WIDTH
        ledger.cells[self._begin : self._begin + ROWS * WIDTH] = [0] * (ROWS * WIDTH)

    def add(self, subject: str) -> None:
        """One more."""
        for cell in self._cells(subject):
            self._ledger.cells[self._begin + cell] += 1

    def remove(self, subject: str) -> None:
        """One less."""
        for cell in self._cells(subject):
            self._ledger.cells[self._begin + cell] -= 1

    def count(self, subject: str) -> int:
        """How many there are in all processes."""
        begins = range(0, self._ledger.processes * ROWS * WIDTH, ROWS * WIDTH)
        return min(sum(self._ledger.cells[begin + cell] for begin in begins) for cell in self._cells(subject))

    def _cells(self, subject: str) -> Iterator[int]:
        digest = hashlib.blake2b(subject.encode(), key=self._ledger.secret, digest_size=2 * ROWS).digest()
        for row in range(ROWS):
            yield row * WIDTH + int.from_bytes(digest[2 * row : 2 * row + 2])
