"""What guidance is made of, kept as data beside the code: read once, refused when it does not have this shape."""

from datetime import date
from enum import StrEnum
from importlib.resources import files
from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta

T = TypeVar("T")
_DATA = files("rinnalla.guidance") / "data"

Language = Annotated[str, Meta(pattern="^[a-z]{2,3}$", description="ISO 639 code", examples=["fi"])]
LocalTime = Annotated[str, Meta(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$", examples=["21:00"])]
Age = Annotated[int, Meta(ge=0, le=120, examples=[18])]


class LineKind(StrEnum):
    """What a service is there for. `chat`: talk for young people, in writing only."""

    EMERGENCY = "emergency"
    MEDICAL = "medical"
    CRISIS_LINE = "crisis_line"
    YOUTH = "youth"
    VIOLENCE = "violence"
    CHAT = "chat"


class ContactChannel(StrEnum):
    """How to reach it. `letter`: written, answered within days."""

    PHONE = "phone"
    CHAT = "chat"
    LETTER = "letter"


class Weekday(StrEnum):
    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


class LineCountry(StrEnum):
    """In the order that lines are shown."""

    FI = "FI"
    SE = "SE"
    NO = "NO"


class Source(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Base of what is read from the data files."""


class Opening(Source):
    """In the country's own time. A `closes` before `opens` is on the next day."""

    days: Annotated[list[Weekday], Meta(min_length=1, max_length=7)]
    opens: LocalTime
    closes: LocalTime


class Contact(Source):
    """`address`: a number as it is dialled in the country, or a web address. `interpreting`: other languages through an
    interpreter. `hours` is null when it is always open, or when nobody has confirmed the hours."""

    channel: ContactChannel
    address: Annotated[str, Meta(pattern="^([0-9]{3,12}|https://[^ ]+)$", examples=["116111"])]
    languages: Annotated[list[Language], Meta(min_length=1, examples=[["fi", "sv"]])]
    interpreting: bool
    always_open: bool
    hours: Annotated[list[Opening], Meta(min_length=1)] | None


class CrisisLine(Source):
    """A service for someone in need. `verified_at`: when someone last held the entry against its source; null: never.
    Ages are in years, null where the service names none."""

    id: Annotated[str, Meta(pattern="^[a-z0-9-]+$", examples=["fi-112"])]
    country: LineCountry
    name: Annotated[str, Meta(min_length=1, examples=["112"])]
    kind: LineKind
    age_min: Age | None
    age_max: Age | None
    contacts: Annotated[list[Contact], Meta(min_length=1)]
    source: Annotated[str, Meta(min_length=1, examples=["https://mentalhealth.fi/where-to-go-in-an-emergency"])]
    verified_at: date | None


class ClientVersion(Source):
    """The oldest version of an app that this service still serves."""

    client: Annotated[str, Meta(pattern="^[a-z_]+$", examples=["rinnalla_android"])]
    oldest_version: Annotated[str, Meta(pattern=r"^[0-9]+\.[0-9]+\.[0-9]+$", examples=["1.0.0"])]


def crisis_lines() -> list[CrisisLine]:
    """All crisis lines. Raises: msgspec.ValidationError when an entry lacks something."""
    return _read("crisis_lines.json", list[CrisisLine])


def clients() -> list[ClientVersion]:
    """The apps that are served. Raises: msgspec.ValidationError."""
    return _read("clients.json", list[ClientVersion])


def _read(name: str, shape: type[T]) -> T:
    return msgspec.json.decode((_DATA / name).read_bytes(), type=shape)
