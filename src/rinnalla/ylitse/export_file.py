"""The file that a Ylitse service is moved in from, as docs/moving-in.md has it: read with every fault that it has.

The file is mapped and not loaded, and of a message only what is asked for is decoded, each time anew: what a million
messages take is a few numbers each.
"""

import mmap
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta

from rinnalla.kit import bodies
from rinnalla.ylitse.export_faults import (
    UNREADABLE,
    Fault,
    Faults,
    Name,
    below,
    named,
    passed_over,
    repeated,
    sound_fields,
    wrong_shape,
)
from rinnalla.ylitse.schemas_feedback import Rules

MOST_BYTES = 2 * 1024**3
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
OldId = Annotated[str, Meta(pattern=r"^[\x21-\x7e]{1,100}$(?!\n)")]
LoginName = Annotated[
    str, Meta(max_length=60, pattern=r"^[^\s\x00-\x1f\x7f]([^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f])?$(?!\n)")
]
DisplayName = Annotated[str, Meta(max_length=60, pattern=r"\S")]
Line = Annotated[str, Meta(max_length=120)]
Role = Literal["mentee", "mentor", "admin"]
R = TypeVar("R", bound="Record")
NOTED = ("id", "account_id", "created", "updated")


class Record(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """One entry of a list. A field that has no place here is refused: nothing is left behind without a word."""

    id: OldId


class AccountRecord(Record):
    """`password_hash`: argon2 or bcrypt, as it was stored."""

    role: Role
    login_name: LoginName
    active: bool
    created: datetime
    updated: datetime
    email: Annotated[str, Meta(max_length=254, pattern=r"^([^@\s]+@[^@\s]+)?$(?!\n)")] | None = None
    phone: Annotated[str, Meta(max_length=40)] | None = None
    password_hash: Annotated[str, Meta(max_length=512)] | None = None


class LinkedRecord(Record):
    """One that belongs to an account."""

    account_id: OldId


class UserRecord(LinkedRecord):
    display_name: DisplayName
    role: Role
    active: bool
    created: datetime
    updated: datetime


class MentorRecord(LinkedRecord):
    """A `birth_year` of 0: not told."""

    user_id: OldId
    display_name: DisplayName
    birth_year: Annotated[int, Meta(ge=0, le=2100)]
    gender: Annotated[str, Meta(max_length=40)]
    region: Annotated[str, Meta(max_length=80)]
    story: Annotated[str, Meta(max_length=4000)]
    languages: Annotated[list[Annotated[str, Meta(min_length=1, max_length=60)]], Meta(max_length=20)]
    skills: Annotated[list[Annotated[str, Meta(max_length=60, pattern=r"\S")]], Meta(max_length=40)]
    communication_channels: Annotated[list[Annotated[str, Meta(max_length=60)]], Meta(max_length=20)]
    is_vacationing: bool
    status_message: Line
    active: bool
    created: datetime
    updated: datetime


class SkillRecord(Record):
    name: Annotated[str, Meta(max_length=60, pattern=r"\S")]
    active: bool
    created: datetime
    updated: datetime


class ContactRecord(Record):
    """`user_id` is whose list it stands in, `id` the user that is listed."""

    user_id: OldId
    display_name: Annotated[str, Meta(max_length=60)]
    role: Role
    status: Literal["ok", "archived", "banned", "deleted"]


class MessageRecord(Record):
    sender_id: OldId
    recipient_id: OldId
    content: Annotated[str, Meta(min_length=1, max_length=4000, pattern=r"\S")]
    opened: bool
    created: datetime
    active: bool


class QuestionRecord(Record):
    rules: Rules
    active: bool
    created: datetime


class AnswerRecord(Record):
    """`value` is null where the question was shown and not answered."""

    question_id: OldId
    user_id: OldId
    value: Annotated[int, Meta(ge=-10_000, le=10_000)] | None
    created: datetime


SHAPES: dict[str, type[Record]] = {
    "accounts": AccountRecord,
    "users": UserRecord,
    "mentors": MentorRecord,
    "skills": SkillRecord,
    "contacts": ContactRecord,
    "messages": MessageRecord,
    "questions": QuestionRecord,
    "answers": AnswerRecord,
}


class NotAnExport(Exception):
    """The file can't be read at all. The text says why, in one line."""


class Export:
    """A file's lists, whose records are decoded when they are asked for."""

    def __init__(self, lists: dict[str, list[msgspec.Raw]], faults: Faults) -> None:
        self._lists = lists
        self._latest = datetime.now(UTC)
        self._unsound: dict[str, set[str]] = {}
        self.faults = faults
        for name in lists.keys() - SHAPES.keys():
            faults.add(below("", name), "unknown_list")
        for name in SHAPES.keys() - lists.keys():
            faults.add(f"/{name}", "required")

    def count(self, name: str) -> int:
        return len(self._lists.get(name, ()))

    def one(self, shape: type[R], name: str, index: int) -> R:
        """A record that is known to be sound."""
        record: R = msgspec.json.decode(self._lists[name][index], type=shape)
        return record

    def sound(self, shape: type[R], name: str) -> Iterator[tuple[int, R]]:
        """The records of a list that have the documented shape, with their places; what others lack is noted."""
        for index, raw in enumerate(self._lists.get(name, ())):
            record = self._read(f"/{name}/{index}", name, bytes(raw), shape)
            if record is not None:
                yield index, record

    def is_unsound(self, name: str, old_id: str) -> bool:
        """Whether a list has a record that is told to have faults of its own, with that id or belonging to that
        account: what refers to it is not at fault."""
        return old_id in self._unsound.get(name, ())

    def _read(self, pointer: str, name: str, content: bytes, shape: type[R]) -> R | None:
        try:
            faults = [
                *wrong_shape(pointer, content, shape),
                *passed_over(pointer, content, shape),
                *repeated(pointer, content),
            ]
            record: R | None = None if faults else bodies.decode(content, shape)
            fields = sound_fields(content, shape) if faults else {one: getattr(record, one, None) for one in NOTED}
        except UNREADABLE:
            faults, record, fields = [Fault(pointer, "malformed")], None, {}
        faults += self._wrong_times(pointer, fields)
        if not faults:
            return record
        self.faults.found += faults
        self._unsound.setdefault(name, set()).update(str(fields.get(one)) for one in ("id", "account_id"))
        return None

    def _wrong_times(self, pointer: str, fields: Mapping[str, Any]) -> Iterator[Fault]:
        for name in ("created", "updated"):
            at = fields.get(name)
            if isinstance(at, datetime) and not EARLIEST <= _with_offset(at) <= self._latest:
                yield Fault(f"{pointer}/{name}", "out_of_range")


def in_utc(at: datetime) -> datetime:
    """A sound time; one that says no offset is meant in UTC."""
    return _with_offset(at).astimezone(UTC)


def _with_offset(at: datetime) -> datetime:
    """Can be compared, if not told in UTC: that would overflow at both ends of the calendar."""
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at


@contextmanager
def opened(path: Path) -> Iterator[Export]:
    """The export in a file, for as long as the block lasts. Raises: NotAnExport."""
    try:
        with path.open("rb") as file:
            size = path.stat().st_size
            if not 0 < size <= MOST_BYTES:
                raise NotAnExport(f"{path} must have 1 to {MOST_BYTES} bytes and has {size}.")
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
                lists: dict[str, list[msgspec.Raw]] = {}
                faults = Faults()
                try:
                    _read_lists(content, lists, faults)
                    yield Export(lists, faults)
                finally:
                    lists.clear()
    except OSError as error:
        raise NotAnExport(f"{path} can't be read: {error.strerror}.") from error
    except UNREADABLE as error:
        raise NotAnExport(f"{path} is not one JSON object of lists: {error}.") from error


def _read_lists(content: mmap.mmap, lists: dict[str, list[msgspec.Raw]], faults: Faults) -> None:
    """Nothing else may keep a part of the content: as long as something does, the file can't be closed."""
    given = msgspec.json.decode(content, type=dict[Name, list[msgspec.Raw]], dec_hook=named)
    for name, records in given.items():
        if str(name) in lists:
            faults.add(below("", name), "duplicate")
        lists[str(name)] = records
