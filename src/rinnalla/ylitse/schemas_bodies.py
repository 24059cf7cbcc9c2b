"""What clients send, and the envelopes of what they get."""

from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from rinnalla.ylitse import schemas as record
from rinnalla.ylitse.schemas import ContactStatus, In, Out, Position

MAX_FILED = 200
MAX_EVENTS = 100
SECOND_FACTOR = Meta(examples=["492039"])


class ApiVersion(Out, kw_only=True):
    api: Annotated[str, Meta(examples=["0.9.1"])]


class ClientVersion(In, kw_only=True):
    client: Annotated[str, Meta(pattern=r"^ylitse_(android|ios)$(?!\n)", examples=["ylitse_android"])]
    version: Annotated[
        str,
        Meta(pattern=r"^(0|[1-9][0-9]{0,5})\.(0|[1-9][0-9]{0,5})\.(0|[1-9][0-9]{0,5})$(?!\n)", examples=["2.16.0"]),
    ]


class ClientVersions(In, kw_only=True):
    """The oldest versions that are still served."""

    resources: Annotated[list[ClientVersion], Meta(max_length=20)]


class LogIn(In, kw_only=True):
    """`mfa_token`: six digits, for an account with a second factor; of others it is ignored, whatever it is."""

    login_name: Annotated[str, Meta(min_length=1, max_length=60, examples=["revontuli"])]
    password: record.Password
    mfa_token: Annotated[Any, SECOND_FACTOR] = None


class Scopes(Out, kw_only=True):
    account_id: record.Id
    user_id: record.Id
    mentor_id: record.Id | UnsetType = UNSET


class TokenPair(Out, kw_only=True):
    access_token: Annotated[str, Meta(examples=["eyJhbGciOiJIUzI1NiIsInR5cCI6ImF0K2p3dCJ9…"])]
    refresh_token: record.Token


class LoggedIn(Out, kw_only=True):
    scopes: Scopes
    tokens: TokenPair


class Refresh(In, kw_only=True):
    """Whatever is no token is refused as a bad one is: 401 makes a client show its log-in page."""

    refresh_token: Annotated[str, Meta(examples=["sJ1b0Gq0m2V0lZkq7cXyYw8Qe0R3sT6uPaHnL5iDf4o"])] | None = None


class Refreshed(Out, kw_only=True):
    access_token: Annotated[str, Meta(examples=["eyJhbGciOiJIUzI1NiIsInR5cCI6ImF0K2p3dCJ9…"])]


class NewAccount(In, kw_only=True):
    role: Position = Position.MENTEE
    login_name: record.LoginName
    email: record.Email | None = None
    phone: record.Phone | None = None


class SignUp(In, kw_only=True):
    password: record.Password
    account: NewAccount


class Myself(Out, kw_only=True):
    account: record.Account
    user: record.User
    mentor: record.Mentor | UnsetType = UNSET


class AccountEdit(In, kw_only=True):
    """An `id` and a `role` that are sent must be those that are there. A new `login_name` has 2 to 40 characters. A
    `phone` that is not sent stays as it is: these clients don't know it."""

    id: record.Id | None = None
    role: Position | None = None
    login_name: record.HeldLoginName
    email: record.Email | None = None
    phone: record.Phone | UnsetType | None = UNSET


class PasswordChange(In, kw_only=True):
    current_password: record.Password
    new_password: record.Password


class UserEdit(In, kw_only=True):
    """An `id`, an `account_id` and a `role` that are sent must be those that are there."""

    id: record.Id | None = None
    account_id: record.Id | None = None
    display_name: record.Name
    role: Position | None = None


class Device(In, kw_only=True):
    token: Annotated[str, Meta(min_length=1, max_length=4096, examples=["fcm-token-of-this-device"])]
    platform: Annotated[str, Meta(pattern=r"^(android|ios)$(?!\n)", examples=["android"])]


class MentorEdit(In, kw_only=True):
    """The whole profile. The ids can't be changed; a display name that is not sent stays as it is."""

    display_name: record.Name | UnsetType = UNSET
    birth_year: record.BirthYear = 0
    gender: record.Gender = ""
    region: record.Region = ""
    story: record.Story = ""
    languages: record.Languages = msgspec.field(default_factory=list)
    skills: record.SkillNames = msgspec.field(default_factory=list)
    communication_channels: record.Channels = msgspec.field(default_factory=list)
    is_vacationing: bool = False
    status_message: record.StatusLine = ""


class NewSkill(In, kw_only=True):
    name: record.SkillName


class Filing(In, kw_only=True):
    status: ContactStatus


class FiledContact(In, kw_only=True):
    id: record.Id
    status: ContactStatus


FiledContacts = Annotated[list[FiledContact], Meta(max_length=MAX_FILED)]


class NewMessage(In, kw_only=True):
    """The sender is whoever asks, and nothing is opened yet: what a client says of that does not count."""

    recipient_id: record.Id
    content: record.Content


class MessageMark(In, kw_only=True):
    opened: bool


class NewReport(In, kw_only=True):
    """The reporter is whoever asks."""

    reported_user_id: record.Id
    contact_field: record.ContactField = ""
    report_reason: Annotated[record.ReportText, Meta(pattern=r"\S")]


class ReportMove(In, kw_only=True):
    """`open`, `in_progress`, `closed` or a word of the client's own, which is told back as long as the report is moved
    nowhere else."""

    status: record.ReportStatus


class Happened(In, kw_only=True):
    """Something someone did, to be counted. `props` are those of `filter_skills` (`skills`) or `open_mentor_profile`
    (`mentor_id`); what has another name is not counted."""

    name: Annotated[str, Meta(max_length=60, examples=["filter_skills"])]
    props: dict[str, Any] = msgspec.field(default_factory=dict)


Events = Annotated[list[Happened], Meta(max_length=MAX_EVENTS)]


class Accounts(Out, kw_only=True):
    resources: list[record.Account]


class Users(Out, kw_only=True):
    resources: list[record.User]


class Mentors(Out, kw_only=True):
    resources: list[record.Mentor]


class Skills(Out, kw_only=True):
    resources: list[record.Skill]


class Contacts(Out, kw_only=True):
    resources: list[record.Contact]


class Messages(Out, kw_only=True):
    """`contacts` are those whom the messages name."""

    resources: list[record.Message]
    contacts: list[record.Contact]


class Reports(Out, kw_only=True):
    resources: list[record.Report]
