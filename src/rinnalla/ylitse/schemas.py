"""The records of the contract, and what its bodies are made of.

What comes in ignores fields that it does not know, as its clients send more than they mean; what has no value is left
out of what goes out, as they take a missing field and no null.
"""

from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType


class In(msgspec.Struct):
    """Base of request bodies: fields that are not documented are ignored."""


class Out(msgspec.Struct):
    """Base of response bodies. A field that defaults to UNSET is left out where it has no value."""


class Position(StrEnum):
    """A role, in this contract's words: staff and administrators are `admin`."""

    MENTEE = "mentee"
    MENTOR = "mentor"
    ADMIN = "admin"


class ContactStatus(StrEnum):
    """Where the caller keeps someone. `banned` and `deleted`: nothing from them arrives, and they are not told."""

    OK = "ok"
    ARCHIVED = "archived"
    BANNED = "banned"
    DELETED = "deleted"


Id = Annotated[str, Meta(min_length=1, max_length=64, examples=["01938c2e-4b5a-7c3d-9e1f-2a3b4c5d6e7f"])]
Stamp = Annotated[str, Meta(examples=["2026-11-21T03:00:00.000000Z"])]
SHORTEST_LOGIN_NAME, LONGEST_LOGIN_NAME = 2, 40
LoginName = Annotated[
    str,
    Meta(
        min_length=SHORTEST_LOGIN_NAME,
        max_length=LONGEST_LOGIN_NAME,
        pattern=r"^[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f]$(?!\n)",
        examples=["revontuli"],
    ),
]
# One that was moved in may be shorter or longer than a new one.
HeldLoginName = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=60,
        pattern=r"^[^\s\x00-\x1f\x7f]([^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f])?$(?!\n)",
        examples=["revontuli"],
    ),
]
Name = Annotated[str, Meta(min_length=1, max_length=60, pattern=r"\S", examples=["Aino"])]
Password = Annotated[str, Meta(min_length=1, max_length=256, examples=["kolme kissaa ja kuu"])]
Token = Annotated[str, Meta(min_length=1, max_length=512, examples=["sJ1b0Gq0m2V0lZkq7cXyYw8Qe0R3sT6uPaHnL5iDf4o"])]
ShownLoginName = Annotated[str, Meta(examples=["revontuli"])]
ShownName = Annotated[str, Meta(examples=["Aino"])]
# An empty one is none: the web client's form sends it.
Email = Annotated[str, Meta(max_length=254, pattern=r"^([^@\s]+@[^@\s]+)?$(?!\n)", examples=["aino@example.org"])]
Phone = Annotated[str, Meta(max_length=40, pattern=r"^[^\x00-\x1f\x7f]*$(?!\n)", examples=["+358 40 1234567"])]
Content = Annotated[str, Meta(min_length=1, max_length=4000, pattern=r"\S", examples=["Moi! Valvotko sinäkin? 🌙"])]
ShownContent = Annotated[str, Meta(examples=["Moi! Valvotko sinäkin? 🌙"])]
Story = Annotated[str, Meta(max_length=4000, examples=["I lived in two foster families and moved out at 18."])]
Region = Annotated[str, Meta(max_length=80, examples=["Uusimaa"])]
StatusLine = Annotated[str, Meta(max_length=120, examples=["I answer in the evenings"])]
SkillName = Annotated[str, Meta(min_length=1, max_length=60, pattern=r"\S", examples=["Asuminen"])]
SkillNames = Annotated[list[SkillName], Meta(max_length=40, examples=[["Asuminen", "Raha"]])]
Languages = Annotated[
    list[Annotated[str, Meta(min_length=1, max_length=60, examples=["fi"])]], Meta(max_length=20, examples=[["fi"]])
]
Channels = Annotated[
    list[Annotated[str, Meta(min_length=1, max_length=60, examples=["chat"])]], Meta(max_length=20, examples=[["chat"]])
]
ShownWords = Annotated[list[str], Meta(examples=[["fi"]])]
Gender = Annotated[str, Meta(max_length=40, examples=["female"])]
BirthYear = Annotated[int, Meta(ge=0, le=2100, examples=[1998])]
ReportText = Annotated[str, Meta(max_length=4000, examples=["He keeps asking me for pictures of myself."])]
ReportStatus = Annotated[
    str, Meta(max_length=40, pattern=r"^[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$(?!\n)", examples=["closed"])
]
ContactField = Annotated[str, Meta(max_length=300, examples=["aino@example.org"])]
Text = Annotated[str, Meta(examples=["Done"])]


class Account(Out, kw_only=True):
    """A log-in. `email` and `phone` are told to its owner only."""

    id: Id
    role: Position
    login_name: ShownLoginName
    email: Annotated[str, Meta(examples=["aino@example.org"])] | UnsetType = UNSET
    phone: Annotated[str, Meta(examples=["+358 40 1234567"])] | UnsetType = UNSET
    active: bool
    created: Stamp
    updated: Stamp


class User(Out):
    """A public identity."""

    id: Id
    account_id: Id
    display_name: ShownName
    role: Position
    active: bool
    created: Stamp
    updated: Stamp


class Mentor(Out):
    """A mentor's profile. A `birth_year` of 0 and a gender `other`: not told. Languages, channels and gender are told
    in the words in which they were sent."""

    id: Id
    user_id: Id
    account_id: Id
    display_name: ShownName
    birth_year: BirthYear
    gender: Gender
    region: Region
    story: Story
    languages: ShownWords
    skills: SkillNames
    communication_channels: Annotated[list[str], Meta(examples=[["chat"]])]
    is_vacationing: bool
    status_message: StatusLine
    active: bool
    created: Stamp
    updated: Stamp


class Contact(Out):
    """Someone the caller has a thread with; `id` is a user's, `status` where the caller keeps them."""

    id: Id
    display_name: ShownName
    role: Position
    status: ContactStatus


class Message(Out):
    """`sender_id` and `recipient_id` are users'. `opened`: read by the recipient, where that may be known."""

    id: Id
    sender_id: Id
    recipient_id: Id
    content: ShownContent
    opened: bool
    created: Stamp
    active: bool


class Skill(Out):
    id: Annotated[str, Meta(examples=["housing"])]
    name: SkillName
    active: bool
    created: Stamp
    updated: Stamp


class Report(Out, kw_only=True):
    """The ids are users'; that of someone who has left, or of a reporter of another programme, is left out."""

    id: Id
    reported_user_id: Id | UnsetType = UNSET
    reporter_user_id: Id | UnsetType = UNSET
    contact_field: Annotated[str, Meta(examples=["aino@example.org"])]
    report_reason: Annotated[str, Meta(examples=["He keeps asking me for pictures of myself."])]
    status: Annotated[str, Meta(examples=["open"])]
    created: Stamp
    updated: Stamp


class Said(Out):
    """What was done, or why it was not, in words for developers."""

    message: Text
