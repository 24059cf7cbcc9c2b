"""Shapes that every face shares: the base of what comes in, the base of what goes out, pages."""

from datetime import datetime
from typing import Annotated, TypeVar

import msgspec

T = TypeVar("T")


class In(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Base of request bodies: a field that is not documented is refused, not ignored."""


class Out(msgspec.Struct, kw_only=True):
    """Base of response bodies. No defaults: a default would drop the field from the contract's `required`."""


Moment = Annotated[datetime, msgspec.Meta(tz=True, examples=["2026-11-21T03:00:00Z"])]
"""A time of the database's, in UTC, as RFC 3339."""

NextCursor = Annotated[str | None, msgspec.Meta(examples=["WyIwMTkzOGMyZS00YjVhLTdjM2QtOWUxZi0yYTNiNGM1ZDZlN2YiXQ"])]
"""Send it as `cursor` for the next page; null at the end."""

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=60, pattern=r"\S", examples=["Aino"])]
LongText = Annotated[str, msgspec.Meta(max_length=4000)]
LANGUAGES = ("fi", "sv", "nb", "en")
"""Those of the service: texts that staff write are in these."""

Language = Annotated[str, msgspec.Meta(pattern=r"^(fi|sv|nb|en)$(?!\n)", examples=["fi"])]
