"""The file that a Ylitse service is moved in from, as docs/moving-in.md has it: read with every fault that it has.

The file is mapped and not loaded, and of a message only what is asked for is decoded, each time anew: what a million
messages take is a few numbers each.
"""

import mmap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta

from rinnalla.kit import bodies
from rinnalla.kit.errors import InvalidBody
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


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """What is wrong, and where: a JSON pointer (RFC 6901) into the file. Never with what stands there."""

    pointer: str
    code: str

    def __str__(self) -> str:
        return f"{self.pointer or '/'}: {self.code}"


@dataclass
class Faults:
    """Everything that is wrong with a file."""

    found: list[Fault] = field(default_factory=list)

    def add(self, pointer: str, code: str) -> None:
        self.found.append(Fault(pointer, code))


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
            faults.add(f"/{_step(name)}", "unknown_list")
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
            content = bytes(raw)
            try:
                record: R = bodies.decode(content, shape)
            except InvalidBody:
                self._note_unsound(name, self._explain(f"/{name}/{index}", content, shape))
                continue
            if self._times_are_sound(f"/{name}/{index}", record):
                yield index, record
            else:
                self._note_unsound(name, {"id": record.id, "account_id": getattr(record, "account_id", None)})

    def is_unsound(self, name: str, old_id: str) -> bool:
        """Whether a list has a record that is told to have faults of its own, with that id or belonging to that
        account: what refers to it is not at fault."""
        return old_id in self._unsound.get(name, ())

    def _times_are_sound(self, pointer: str, record: Record) -> bool:
        sound = True
        for name in ("created", "updated"):
            at = getattr(record, name, None)
            if isinstance(at, datetime) and not EARLIEST <= in_utc(at) <= self._latest:
                self.faults.add(f"{pointer}/{name}", "out_of_range")
                sound = False
        return sound

    def _note_unsound(self, name: str, fields: dict[str, Any]) -> None:
        self._unsound.setdefault(name, set()).update(str(fields.get(one)) for one in ("id", "account_id"))

    def _explain(self, pointer: str, content: bytes, shape: type[Record]) -> dict[str, Any]:
        """Each field by itself, as one fault hides others. Returns the sound ones."""
        sound: dict[str, Any] = {}
        try:
            given = msgspec.json.decode(content, type=dict[str, msgspec.Raw])
        except (msgspec.DecodeError, UnicodeDecodeError):
            self.faults.add(pointer, "malformed")
            return sound
        known = {one.name: one for one in msgspec.structs.fields(shape)}
        for name in given.keys() - known.keys():
            self.faults.add(f"{pointer}/{_step(name)}", "unknown_field")
        for name, one in known.items():
            if name in given:
                try:
                    sound[name] = bodies.decode(bytes(given[name]), one.type)
                except InvalidBody as error:
                    for problem in error.fields:
                        self.faults.add(f"{pointer}/{name}{problem.pointer}", problem.code)
            elif one.required:
                self.faults.add(f"{pointer}/{name}", "required")
        return sound


def _step(name: str) -> str:
    """A name as part of a JSON pointer."""
    return name[:100].replace("~", "~0").replace("/", "~1")


def in_utc(at: datetime) -> datetime:
    """A time that says no offset is meant in UTC."""
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


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
                try:
                    lists = msgspec.json.decode(content, type=dict[str, list[msgspec.Raw]])
                    yield Export(lists, Faults())
                finally:
                    lists.clear()
    except OSError as error:
        raise NotAnExport(f"{path} can't be read: {error.strerror}.") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise NotAnExport(f"{path} is not one JSON object of lists: {error}.") from error
