"""Loss over HTTP: standing a mentor down, and who is there instead."""

from uuid import UUID

from litestar import get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from rinnalla.accounts.errors import AccountNotFound
from rinnalla.kit.access import Asking, Db, only
from rinnalla.kit.caller import Role
from rinnalla.kit.contract import refusals
from rinnalla.kit.pages import PAGE_SIZE, decode_cursor
from rinnalla.kit.params import PageCursor, PageLimit
from rinnalla.pairs.errors import CannotBePaired
from rinnalla.profiles.errors import MentorNotFound
from rinnalla.support import schemas as wire
from rinnalla.support.errors import ContactNotFound, InterimContactNotFound
from rinnalla.support.service import Interim, Losses

FOR_MENTEES = only(Role.MENTEE)
FOR_STAFF = only(Role.STAFF)


@get(
    "/v1/interim-contact",
    operation_id="getInterimContact",
    summary="Whom you can turn to after you have lost your mentor",
    tags=["Support"],
    opt=FOR_MENTEES,
    responses=refusals(InterimContactNotFound),
)
async def get_interim_contact(db: Db, caller: Asking, interim: NamedDependency[Interim]) -> wire.InterimContactBody:
    return wire.interim_body(await interim.own(db, caller))


@put(
    "/v1/interim-contact/waiting",
    operation_id="waitAgain",
    summary="You want another mentor: the days that you waited before count on the waiting list",
    tags=["Support"],
    opt=FOR_MENTEES,
    responses=refusals(InterimContactNotFound),
)
async def wait_again(db: Db, caller: Asking, interim: NamedDependency[Interim]) -> wire.WaitingAgainBody:
    return wire.WaitingAgainBody(since=await interim.wait_again(db, caller))


@get(
    "/v1/staff/interim-contacts",
    operation_id="listInterimContacts",
    summary="Who of your programme has lost a mentor and has no other yet, newest first",
    tags=["Staff: support"],
    opt=FOR_STAFF,
)
async def list_interim_contacts(
    db: Db,
    caller: Asking,
    interim: NamedDependency[Interim],
    cursor: PageCursor = None,
    limit: PageLimit = PAGE_SIZE,
) -> wire.InterimContactList:
    before = decode_cursor(cursor, tuple[UUID])[0] if cursor else None
    page = await interim.of_home(db, caller, before, limit)
    return wire.InterimContactList(items=[wire.interim_body(one) for one in page.items], next_cursor=page.next_cursor)


@put(
    "/v1/staff/interim-contacts/{interim_id:uuid}",
    operation_id="changeInterimContact",
    summary="Someone else is there for a young person who lost their mentor; they get a notice",
    tags=["Staff: support"],
    opt=FOR_STAFF,
    responses=refusals(InterimContactNotFound, ContactNotFound, CannotBePaired),
)
async def change_interim_contact(
    data: JSONBody[wire.ChangeInterimContact],
    db: Db,
    caller: Asking,
    interim: NamedDependency[Interim],
    interim_id: FromPath[UUID],
) -> wire.InterimContactBody:
    return wire.interim_body(await interim.change(db, caller, interim_id, data.contact_id))


@get(
    "/v1/staff/interim-mentor",
    operation_id="getInterimMentor",
    summary="The mentor who stands by for young people of your programme who lose theirs",
    tags=["Staff: support"],
    opt=FOR_STAFF,
)
async def get_interim_mentor(db: Db, caller: Asking, interim: NamedDependency[Interim]) -> wire.InterimMentorBody:
    return wire.InterimMentorBody(mentor_id=await interim.named(db, caller))


@put(
    "/v1/staff/interim-mentor",
    operation_id="nameInterimMentor",
    summary="Name the mentor who stands by; with nobody named, the staff do",
    tags=["Staff: support"],
    opt=FOR_STAFF,
    responses=refusals(MentorNotFound, CannotBePaired),
)
async def name_interim_mentor(
    data: JSONBody[wire.InterimMentor], db: Db, caller: Asking, interim: NamedDependency[Interim]
) -> wire.InterimMentorBody:
    await interim.name(db, caller, data.mentor_id)
    return wire.InterimMentorBody(mentor_id=data.mentor_id)


@post(
    "/v1/staff/mentors/{mentor_id:uuid}/standing-down",
    operation_id="standMentorDown",
    summary="Take a mentor out of all pairs for safety; whoever they talked with gets a contact and a notice",
    description="The approval goes as well. The mentor can still log in; to keep them out, suspend them.",
    tags=["Safety"],
    opt=FOR_STAFF,
    status_code=204,
    responses=refusals(AccountNotFound, MentorNotFound),
)
async def stand_mentor_down(db: Db, caller: Asking, losses: NamedDependency[Losses], mentor_id: FromPath[UUID]) -> None:
    await losses.stand_down(db, caller, mentor_id)


LOSS_ROUTES = [
    get_interim_contact,
    wait_again,
    list_interim_contacts,
    change_interim_contact,
    get_interim_mentor,
    name_interim_mentor,
    stand_mentor_down,
]
