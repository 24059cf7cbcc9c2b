"""Leaving, on the wire."""

from typing import Annotated

from msgspec import Meta

from rinnalla.kit.schema import In

Password = Annotated[str, Meta(min_length=1, max_length=256, examples=["kolme kissaa ja kuu"])]


class Departure(In):
    password: Password
