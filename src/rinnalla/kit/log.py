"""Structured logs: one JSON line an event, and only the keys listed here. A key that is not listed is dropped, so that
a name, an address, a token or a text can't get in by accident. What libraries log is let in on the same terms: which
one spoke, from where, and the class of the error; their sentences may hold anything."""

import logging
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any

import structlog

ALLOWED_KEYS = frozenset(
    {"event", "level", "timestamp", "code", "error", "where", "method", "route", "status", "milliseconds", "request_id"}
    | {"count", "seconds", "reason", "job", "port", "wake_source", "worker", "process"}
)
_MAX_FRAMES = 6


def configure(level: str, worker: int | None = None) -> None:
    """Log to standard error from `level` (a name of the logging module, in lower case) on. Each line of a `worker`
    says which one it is."""
    structlog.configure(
        processors=[
            *([] if worker is None else [_of_worker(worker)]),
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _drop_unlisted,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=_to_standard_error,
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers[:] = [_Libraries(logging.WARNING)]


class _Libraries(logging.Handler):
    """Takes what uvicorn, asyncio, SQLAlchemy and others log, without their words."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        keys: dict[str, Any] = {
            "reason": record.name,
            "where": [f"{record.filename}:{record.lineno}:{record.funcName}"],
        }
        if error is not None:
            keys |= {"error": _chain(error), "where": _frames(error)}
        structlog.get_logger().log(record.levelno, "library_spoke", **keys)


def _to_standard_error(*_: object) -> structlog.WriteLogger:
    return structlog.WriteLogger(sys.stderr)


def info(event: str, **keys: object) -> None:
    """Something worth knowing."""
    structlog.get_logger().info(event, **keys)


def warning(event: str, **keys: object) -> None:
    """Something that someone may have to look at."""
    structlog.get_logger().warning(event, **keys)


def failure(event: str, error: BaseException, **keys: object) -> None:
    """Something that broke: the error's class and where it came from, never its text, which may hold anything."""
    structlog.get_logger().error(event, error=_chain(error), where=_frames(error), **keys)


def _chain(error: BaseException | None) -> str:
    names: list[str] = []
    while error is not None and len(names) < _MAX_FRAMES:
        names.append(type(error).__name__)
        error = error.__cause__ or error.__context__
    return " < ".join(names)


def _frames(error: BaseException) -> list[str]:
    frames = traceback.extract_tb(error.__traceback__)[-_MAX_FRAMES:]
    return [f"{frame.filename.rpartition('/')[2]}:{frame.lineno}:{frame.name}" for frame in frames]


def _of_worker(number: int) -> structlog.typing.Processor:
    def add_worker(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        event["worker"] = number
        return event

    return add_worker


def _drop_unlisted(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {key: value for key, value in event.items() if key in ALLOWED_KEYS}
