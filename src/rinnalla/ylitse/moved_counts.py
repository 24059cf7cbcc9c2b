"""What became of an export's records: of each list as many as were read are in, were in already, or have a reason."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from rinnalla.ylitse.export_file import SHAPES, Export

HAS_LEFT = "of people who have left since"
NOT_IN_USE = "not in use there"
DELETED = "deleted there"
WENT_ON_HERE = "of what has gone on here"


@dataclass
class Count:
    """One list. `left_out` has how many for what reason."""

    read: int = 0
    moved: int = 0
    there: int = 0
    left_out: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        reasons = ", ".join(f"{count} {reason}" for reason, count in sorted(self.left_out.items()))
        left_out = f"{self.left_out.total()} left out" + (f" ({reasons})" if reasons else "")
        return f"{self.read} read = {self.moved} moved in + {self.there} already there + {left_out}"

    @property
    def adds_up(self) -> bool:
        return self.read == self.moved + self.there + self.left_out.total()


class Counts:
    """All lists."""

    def __init__(self, export: Export) -> None:
        self._by_name = {name: Count(export.count(name)) for name in SHAPES}
        self.ways_in = 0
        self.suspended = 0

    def __getitem__(self, name: str) -> Count:
        return self._by_name[name]

    def lines(self) -> Iterator[str]:
        """One line for each list."""
        yield from (f"{name}: {count}" for name, count in self._by_name.items())
        if self.suspended:
            yield f"Suspended, as they were inactive there: {self.suspended} people."
