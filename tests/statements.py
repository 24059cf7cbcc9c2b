"""What the service asks of Postgres."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import get_ident
from typing import Any

from sqlalchemy import Engine, event


@contextmanager
def statements() -> Iterator[list[str]]:
    """What is asked of Postgres meanwhile, by this thread."""
    here, seen = get_ident(), []

    def note(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        if get_ident() == here:
            seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    yield seen
    event.remove(Engine, "before_cursor_execute", note)
