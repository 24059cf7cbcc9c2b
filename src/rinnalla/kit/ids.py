"""Row ids: UUID version 7 (RFC 9562), so that new rows land at the end of an index. An id is never a secret."""

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """A fresh UUIDv7."""
    return uuid7()
