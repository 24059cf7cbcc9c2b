"""Everything that is wrong with the shape of an export's records, where a decoder stops at what it meets first."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, get_args, get_origin

import msgspec

from rinnalla.kit import bodies
from rinnalla.kit.errors import InvalidBody

UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


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


class Name(str):
    """A name in a JSON object, like no other: one that stands there twice is not lost."""

    __slots__ = ()
    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        return self is other


def named(kind: type[Name], text: str) -> Name:
    """What makes names, as a decoder's `dec_hook`."""
    return kind(text)


def below(pointer: str, name: str) -> str:
    """The place of what has this name."""
    return f"{pointer}/{name[:100].replace('~', '~0').replace('/', '~1')}"


def repeated(pointer: str, content: bytes) -> Iterator[Fault]:
    """Names that stand twice in one object, at any depth: of one of the two nothing would be kept."""
    if content.startswith(b"{"):
        seen = set()
        for name, value in _members(content):
            if name in seen:
                yield Fault(below(pointer, name), "duplicate")
            seen.add(name)
            yield from repeated(below(pointer, name), value)
    elif content.startswith(b"["):
        for index, value in enumerate(_items(content)):
            yield from repeated(f"{pointer}/{index}", value)


def wrong_shape(pointer: str, content: bytes, shape: Any) -> Iterator[Fault]:
    """What keeps something from having a shape: of each part by itself, as one fault hides others."""
    if whole := _met_first(pointer, content, shape):
        parts = list(_wrong_parts(pointer, content, _chosen(content, shape)))
        yield from parts or whole


def passed_over(pointer: str, content: bytes, shape: Any) -> Iterator[Fault]:
    """Names that a shape, or one within it, does not know and lets pass: of these nothing would be kept, either."""
    shape = _chosen(content, shape)
    if not _is_struct(shape) or not content.startswith(b"{"):
        return
    within = _structs_within(shape)
    is_lenient = not shape.__struct_config__.forbid_unknown_fields
    if not is_lenient and not within:
        return
    known = {*shape.__struct_fields__, shape.__struct_config__.tag_field}
    for name, value in _members(content):
        if name in within:
            yield from passed_over(below(pointer, name), value, within[name])
        elif is_lenient and name not in known:
            yield Fault(below(pointer, name), "unknown_field")


def sound_fields(content: bytes, shape: type[msgspec.Struct]) -> dict[str, Any]:
    """Those fields of a record that have their shape, although the record has not."""
    types = {one.name: one.type for one in msgspec.structs.fields(shape)}
    sound = {}
    for name, value in _members(content) if content.startswith(b"{") else ():
        if name in types and not list(wrong_shape("", value, types[name])):
            sound[name] = bodies.decode(value, types[name])
    return sound


def _met_first(pointer: str, content: bytes, shape: Any) -> list[Fault]:
    try:
        bodies.decode(content, shape)
    except InvalidBody as error:
        return [Fault(f"{pointer}{problem.pointer}", problem.code) for problem in error.fields]
    return []


def _wrong_parts(pointer: str, content: bytes, shape: Any) -> Iterator[Fault]:
    base, *limits = get_args(shape) if get_origin(shape) is Annotated else (shape,)
    if get_origin(base) is list and content.startswith(b"["):
        for limit in limits:
            yield from _met_first(pointer, content, Annotated[list[Any], limit])
        for index, value in enumerate(_items(content)):
            yield from wrong_shape(f"{pointer}/{index}", value, get_args(base)[0])
    elif _is_struct(base) and content.startswith(b"{"):
        yield from _wrong_fields(pointer, dict(_members(content)), base)


def _wrong_fields(pointer: str, given: dict[str, bytes], shape: type[msgspec.Struct]) -> Iterator[Fault]:
    known = {one.name: one for one in msgspec.structs.fields(shape)}
    if shape.__struct_config__.forbid_unknown_fields:
        yield from (Fault(below(pointer, name), "unknown_field") for name in given.keys() - known.keys())
    for name, one in known.items():
        if name in given:
            yield from wrong_shape(below(pointer, name), given[name], one.type)
        elif one.required:
            yield Fault(below(pointer, name), "required")


def _chosen(content: bytes, shape: Any) -> Any:
    """Of shapes that exclude each other the one that something calls itself, or is; otherwise what there is."""
    if not isinstance(shape, UnionType):
        return shape
    every = [one for one in get_args(shape) if one is not NoneType]
    if len(every) == 1:
        return every[0]
    given = dict(_members(content)) if content.startswith(b"{") else {}
    for one in every:
        config = one.__struct_config__
        if given.get(config.tag_field) == msgspec.json.encode(config.tag):
            return one
    return shape


def _is_struct(shape: Any) -> bool:
    return isinstance(shape, type) and issubclass(shape, msgspec.Struct)


@cache
def _structs_within(shape: type[msgspec.Struct]) -> dict[str, Any]:
    """The fields of a shape that have one of their own, or one of several."""
    types = {one.name: one.type for one in msgspec.structs.fields(shape)}
    return {name: kind for name, kind in types.items() if any(map(_is_struct, get_args(kind) or (kind,)))}


def _members(content: bytes) -> Iterator[tuple[str, bytes]]:
    every = msgspec.json.decode(content, type=dict[Name, msgspec.Raw], dec_hook=named)
    return ((str(name), bytes(value)) for name, value in every.items())


def _items(content: bytes) -> Iterator[bytes]:
    return (bytes(value) for value in msgspec.json.decode(content, type=list[msgspec.Raw]))
