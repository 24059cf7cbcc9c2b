"""Codes that clients rely on: each stands for one thing and is written down."""

import re
from collections import Counter
from http import HTTPStatus
from pathlib import Path

from tests.architecture.source import every_refusal

DOCUMENT = Path(__file__).parents[2] / "docs" / "errors.md"


def test_each_code_stands_for_one_refusal() -> None:
    codes = Counter(error.code for error in every_refusal())
    assert [code for code, times in codes.items() if times > 1] == []


def test_codes_and_statuses_are_well_formed() -> None:
    for error in every_refusal():
        assert re.fullmatch(r"[a-z]+(_[a-z]+)*", error.code), error
        assert HTTPStatus(error.status) >= HTTPStatus.BAD_REQUEST, error
        assert error.title[0].isupper(), error
        assert not error.title.endswith("."), error


def test_every_code_is_written_down_and_no_other() -> None:
    """The failing line can be pasted as it is."""
    expected = [f"| `{error.code}` | {error.status} | {error.title} |" for error in every_refusal()]
    written = [line for line in DOCUMENT.read_text().splitlines() if re.match(r"\| `\w+` \| \d", line)]
    assert written == expected
