"""What gets into the log, and what never does."""

import json
import logging
from typing import Any

import pytest

from rinnalla.kit import log

SECRET = "Aino kirjoitti yöllä"


def logged(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    text = capsys.readouterr().err
    assert SECRET not in text
    return [json.loads(line) for line in text.splitlines()]


def broken() -> Exception:
    """An error with a cause, both with words that nobody may read."""
    try:
        int(SECRET)
    except ValueError as error:
        outer = RuntimeError(SECRET)
        outer.__cause__ = error
        return outer.with_traceback(error.__traceback__)
    raise LookupError


def test_keys_that_are_not_listed_are_dropped(capsys: pytest.CaptureFixture[str]) -> None:
    log.warning("tidy_failed", name=SECRET, seconds=3)
    (line,) = logged(capsys)
    assert (line["event"], line["level"], line["seconds"]) == ("tidy_failed", "warning", 3)
    assert "name" not in line


def test_an_error_is_told_by_its_class_and_place(capsys: pytest.CaptureFixture[str]) -> None:
    log.failure("request_failed", broken())
    (line,) = logged(capsys)
    assert line["error"] == "RuntimeError < ValueError"
    assert line["where"][-1].startswith("test_log.py:")


@pytest.mark.parametrize("name", ["uvicorn.error", "asyncio", "sqlalchemy.pool"])
def test_libraries_are_let_in_without_their_words(capsys: pytest.CaptureFixture[str], name: str) -> None:
    library = logging.getLogger(name)
    library.error("Exception in %s", SECRET, exc_info=broken())
    library.warning(SECRET)
    failed, spoke = logged(capsys)
    assert (failed["event"], failed["level"], failed["reason"]) == ("library_spoke", "error", name)
    assert failed["error"] == "RuntimeError < ValueError"
    assert (spoke["level"], spoke["reason"]) == ("warning", name)
    assert spoke["where"][0].startswith("test_log.py:")
