"""Which numbers stand for yes and no: here 1 and 0, in this contract whichever the question says."""

from dataclasses import dataclass

from rinnalla.ylitse import schemas_feedback as wire


@dataclass(frozen=True, slots=True)
class YesNoValues:
    """The numbers of one question."""

    yes: int = 1
    no: int = 0

    def kept(self, value: int) -> int | None:
        """What is kept of an answer; None if it is neither yes nor no."""
        return {self.yes: 1, self.no: 0}.get(value)

    def told(self, kept: int) -> int:
        """What is told of it."""
        return self.yes if kept else self.no


def values_of(answer: wire.Range | wire.YesNo) -> YesNoValues | None:
    """The numbers that a question has of its own, or None."""
    if isinstance(answer, wire.Range):
        return None
    values = YesNoValues(answer.yes.value, answer.no.value)
    return None if values == YesNoValues() else values
