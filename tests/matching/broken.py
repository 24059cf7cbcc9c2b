"""Criteria of which one fails; run as a program, a solver that goes by such, for a run in a process of its own."""

import sys
from dataclasses import replace
from typing import Any

import msgspec

from rinnalla.matching.criteria import CRITERIA, Criteria
from rinnalla.matching.solving import Task, solve


def fails(*_: Any) -> Any:
    raise ZeroDivisionError


def failing(name: str, part: str, how: Any = fails) -> Criteria:
    """All criteria, one of which fails: it raises, or answers nonsense."""
    failure: dict[str, Any] = {part: how}
    return Criteria(
        tuple(replace(one, **failure) if one.name == name else one for one in CRITERIA.hard),
        tuple(replace(one, **failure) if one.name == name else one for one in CRITERIA.soft),
    )


def solver_without(name: str) -> tuple[str, ...]:
    """The command of a solver whose rule of that name fails."""
    return (sys.executable, "-m", "tests.matching.broken", name)


if __name__ == "__main__":
    task = msgspec.json.decode(sys.stdin.buffer.read(), type=Task)
    for said in solve(task, failing(sys.argv[1], "rules_out")):
        sys.stdout.buffer.write(msgspec.json.encode(said) + b"\n")
