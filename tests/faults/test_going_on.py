"""A run of hours that ended early is gone on with from its table."""

import math
from itertools import islice
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.faults import report
from tests.faults.__main__ import main
from tests.faults.journal import Ledger
from tests.faults.nemeses import ALL
from tests.faults.people import Size
from tests.faults.phase import Play, Verdict
from tests.faults.plan import Plan


def verdict(nemesis: str, seed: str = "1") -> Verdict:
    """As of a phase in which something broke."""
    ledger = Ledger()
    ledger.acked, ledger.unanswered, ledger.delivery_gap = 70, 2, 0.25
    ledger.breach("doubled", "somebody got it twice")
    return Verdict(nemesis, seed, took=2.5, talked=1.5, ledger=ledger, grown=4096)


def test_what_was_found_is_found_again(tmp_path: Path) -> None:
    table, again = tmp_path / "table.json", tmp_path / "again.json"
    report.write(table, [verdict("none"), verdict("no notifications")])
    found = report.read(table)
    report.write(again, found)
    assert (again.read_text(), [one.broken for one in found]) == (table.read_text(), [True, True])


@pytest.mark.parametrize("so_many", [0, 1, len(ALL), 2 * len(ALL) + 3])
def test_the_next_phase_is_the_one_after_the_last(so_many: int) -> None:
    play = Play(1.0, Size())
    whole = list(islice(Plan(ALL, "7", 10**9, play, math.inf, None).phases(), so_many + 1))
    before = [verdict(nemesis.name, seed) for nemesis, seed in whole[:-1]]
    assert next(Plan(ALL, "7", 10**9, play, math.inf, None, before).phases()) == whole[-1]
    enough = Plan(ALL, "7", 70 * len(ALL), play, math.inf, None, before)
    assert next(enough.phases(), None) == (whole[-1] if so_many < len(ALL) else None)


@pytest.mark.parametrize(
    ("written", "arguments", "told"),
    [
        (None, ["--go-on"], "name the JSON file"),
        ("{", ["--go-on"], "can't be gone on with"),
        ("other seed", ["--go-on", "--seed", "2"], "is of another run"),
        ("other nemeses", ["--go-on", "--only", "pool"], "is of another run"),
    ],
)
def test_another_run_is_not_gone_on_with(tmp_path: Path, written: str | None, arguments: list[str], told: str) -> None:
    table = tmp_path / "table.json"
    if written == "{":
        table.write_text(written)
    elif written is not None:
        report.write(table, [verdict(ALL[0].name)])
    ended = CliRunner().invoke(main, [*arguments, *(["--json", str(table)] if written else [])], env={"JSON": None})
    assert (ended.exit_code, told in ended.output) == (2, True), ended.output
