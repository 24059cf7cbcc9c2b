"""Contacts and messages."""

from typing import Annotated
from uuid import UUID

from litestar import get, patch, post, put
from litestar.di import NamedDependency
from litestar.openapi.spec import Example
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from rinnalla.accounts.errors import AccountNotFound
from rinnalla.chat.errors import MessageNotFound, ThreadBlocked, ThreadClosed, ThreadHandedOver, ThreadNotFound
from rinnalla.kit.access import ANYONE_SIGNED_IN, Asking, Db, only
from rinnalla.kit.caller import Role
from rinnalla.kit.errors import FieldProblem, InvalidParameter, NotFound
from rinnalla.pairs.errors import (
    AlreadyPaired,
    MentorAway,
    MentorFull,
    MentorUnavailable,
    OnYourList,
    PartedBefore,
    ProgrammeMatches,
)
from rinnalla.profiles.errors import MentorNotFound
from rinnalla.ylitse import ids
from rinnalla.ylitse import schemas as record
from rinnalla.ylitse import schemas_bodies as wire
from rinnalla.ylitse.errors import MentorElsewhere
from rinnalla.ylitse.messenger import Messenger
from rinnalla.ylitse.refusals import refusals

FOR_MEMBERS = only(Role.MENTEE, Role.MENTOR)
TAGS = ["Conversations"]
MAX_PEOPLE = 40
NO_MESSAGE = UUID(int=0)
Most = Annotated[int, QueryParameter(name="max", ge=1, le=100, description="At most so many (with each of the people)")]
People = Annotated[
    str | None,
    QueryParameter(
        max_length=64 * MAX_PEOPLE,
        pattern=r"^[^\x00]*$",
        description=f"Ids of users, up to {MAX_PEOPLE}, with commas between them",
        examples=[Example(value="01938c2e-4b5a-7c3d-9e1f-2a3b4c5d6e7f")],
    ),
]
Place = Annotated[str | None, QueryParameter(max_length=100, description="From this message on, without it")]


@get(
    "/users/{user_id:str}/contacts",
    operation_id="listContacts",
    summary="Everyone you have a conversation with",
    tags=TAGS,
    opt=ANYONE_SIGNED_IN,
)
async def list_contacts(
    db: Db, caller: Asking, messenger: NamedDependency[Messenger], user_id: FromPath[str]
) -> wire.Contacts:
    ids.check_own(caller, ids.account_of_user(user_id))
    return wire.Contacts(resources=await messenger.contacts(db, caller))


@put(
    "/users/{user_id:str}/contacts/{contact_id:str}",
    operation_id="fileContact",
    summary="Keep someone as ok, archived, banned or deleted; they are not told",
    tags=TAGS,
    opt=FOR_MEMBERS,
    responses=refusals(AccountNotFound, ThreadNotFound, ThreadHandedOver),
)
async def file_contact(
    data: JSONBody[wire.Filing],
    caller: Asking,
    messenger: NamedDependency[Messenger],
    user_id: FromPath[str],
    contact_id: FromPath[str],
) -> record.Contact:
    ids.check_own(caller, ids.account_of_user(user_id))
    filed = await messenger.file(caller, [(ids.account_of_user(contact_id), data.status)])
    if not filed:  # the other side has left or blocked the caller in this moment
        raise AccountNotFound
    return filed[0]


@patch(
    "/users/{user_id:str}/contacts",
    operation_id="fileContacts",
    summary="Keep several people where you want them",
    tags=TAGS,
    opt=FOR_MEMBERS,
    responses=refusals(AccountNotFound, ThreadNotFound, ThreadHandedOver),
)
async def file_contacts(
    data: JSONBody[wire.FiledContacts], caller: Asking, messenger: NamedDependency[Messenger], user_id: FromPath[str]
) -> wire.Contacts:
    ids.check_own(caller, ids.account_of_user(user_id))
    wanted = [(ids.account_of_user(one.id), one.status) for one in data]
    return wire.Contacts(resources=await messenger.file(caller, wanted))


@get(
    "/users/{user_id:str}/messages",
    operation_id="listMessages",
    summary="What was said: the newest, those before or after one, with everybody or with some",
    description="With `from_message_id` and `desc=false` and no people named: what came after that message, in order; "
    "whoever goes on from the last one misses nothing and gets nothing twice, also when it is gone meanwhile.",
    tags=TAGS,
    opt=ANYONE_SIGNED_IN,
    responses=refusals(MessageNotFound),
)
async def list_messages(
    caller: Asking,
    messenger: NamedDependency[Messenger],
    user_id: FromPath[str],
    most: Most = 10,
    desc: FromQuery[bool] = True,
    from_message_id: Place = None,
    contact_user_ids: People = None,
) -> wire.Messages:
    ids.check_own(caller, ids.account_of_user(user_id))
    resources, contacts = await messenger.messages(
        caller,
        most=most,
        newest_first=desc,
        beyond=_message(from_message_id) if from_message_id else None,
        others=_people(contact_user_ids) if contact_user_ids else None,
    )
    return wire.Messages(resources=resources, contacts=contacts)


@post(
    "/users/{user_id:str}/messages",
    operation_id="sendMessage",
    summary="Say something; the first message to a mentor begins a conversation, where the programme lets you choose",
    tags=TAGS,
    opt=FOR_MEMBERS,
    responses=refusals(
        *(AccountNotFound, MentorNotFound, ThreadNotFound, ThreadClosed, ThreadBlocked),
        *(ProgrammeMatches, AlreadyPaired, PartedBefore, MentorFull, MentorAway, MentorUnavailable, OnYourList),
        MentorElsewhere,
    ),
)
async def send_message(
    data: JSONBody[wire.NewMessage], caller: Asking, messenger: NamedDependency[Messenger], user_id: FromPath[str]
) -> record.Message:
    ids.check_own(caller, ids.account_of_user(user_id))
    return await messenger.send(caller, ids.account_of_user(data.recipient_id), data.content)


@put(
    "/users/{user_id:str}/messages/{message_id:str}",
    operation_id="openMessage",
    summary="You have opened a message that you received, and with it all before it",
    tags=TAGS,
    opt=FOR_MEMBERS,
    responses=refusals(MessageNotFound, ThreadNotFound),
)
async def open_message(
    data: JSONBody[wire.MessageMark],
    db: Db,
    caller: Asking,
    messenger: NamedDependency[Messenger],
    user_id: FromPath[str],
    message_id: FromPath[str],
) -> record.Message:
    ids.check_own(caller, ids.account_of_user(user_id))
    return await messenger.mark(db, caller, _message(message_id), opened=data.opened)


def _message(text: str) -> UUID:
    """What is no id at all is one that no message has: a poll goes on from whatever its client has kept."""
    try:
        return UUID(text)
    except ValueError:
        return NO_MESSAGE


def _people(text: str) -> list[UUID]:
    """Those of the listed ids that are ids at all; of others nothing was said. Raises: InvalidParameter."""
    listed = [one.strip() for one in text.split(",") if one.strip()]
    if len(listed) > MAX_PEOPLE:
        raise InvalidParameter(FieldProblem(code="too_long", parameter="contact_user_ids"))
    found = []
    for one in listed:
        try:
            found.append(ids.account_of_user(one))
        except NotFound:
            continue
    return found


MESSAGE_ROUTES = [list_contacts, file_contact, file_contacts, list_messages, send_message, open_message]
