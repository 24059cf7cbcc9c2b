"""Ids for what is moved in: the same each time for the same record, so that nothing is ever moved twice.

A user's and a message's id stay as the clients know them where they are UUIDs. Any other is made of the record's time
and of its old id, as a UUIDv7 would be of time and chance.
"""

import hashlib
import re
from datetime import datetime
from uuid import UUID

from rinnalla.ylitse.export_file import in_utc
from rinnalla.ylitse.ids import account_of_user

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_VERSION, _VARIANT = 0x7 << 76, 0x2 << 62
_RANDOM_BITS = (0xFFF << 64) | ((1 << 62) - 1)


def person_id(home: UUID, old_user_id: str, created: datetime) -> UUID:
    """The account of someone whose public identity had that id."""
    return account_of_user(old_user_id) if _is_kept(old_user_id) else _made("person", home, old_user_id, created)


def message_id(home: UUID, old_id: str, created: datetime) -> UUID:
    """A message's own id."""
    return UUID(old_id) if _is_kept(old_id) else _made("message", home, old_id, created)


def question_id(home: UUID, old_id: str, created: datetime) -> UUID:
    """A question's own id. No client keeps one, and questions are asked in the order of their ids."""
    return _made("question", home, old_id, created)


def thread_id(mentee_id: UUID, mentor_id: UUID, began_at: datetime) -> UUID:
    """The conversation of two people."""
    return _made("thread", mentee_id, str(mentor_id), began_at)


def mark(home: UUID, old_user_id: str) -> bytes:
    """By what someone who was moved in is known when they have left since: it leads back to nobody."""
    return hashlib.sha256(f"ylitse moved {home} {old_user_id}".encode()).digest()


def _is_kept(old_id: str) -> bool:
    return _UUID.fullmatch(old_id) is not None


def _made(kind: str, within: UUID, old_id: str, at: datetime) -> UUID:
    chance = int.from_bytes(hashlib.sha256(f"ylitse {kind} {within} {old_id}".encode()).digest()[:16])
    milliseconds = int(in_utc(at).timestamp() * 1000)
    return UUID(int=(milliseconds << 80) | _VERSION | _VARIANT | (chance & _RANDOM_BITS))
