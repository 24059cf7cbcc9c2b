"""A programme's mentors over HTTP: for its staff."""

from uuid import UUID

from litestar import Response, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from rinnalla.accounts.errors import AlreadyComeIn
from rinnalla.kit.access import Asking, Db, only
from rinnalla.kit.caller import Role
from rinnalla.kit.contract import refusals
from rinnalla.kit.pages import PAGE_SIZE, cut, decode_cursor
from rinnalla.kit.params import PageCursor
from rinnalla.profiles import schemas as wire
from rinnalla.profiles.errors import MentorNotFound, PhotoNotFound
from rinnalla.profiles.mentors import Mentors
from rinnalla.profiles.photos import Photos
from rinnalla.profiles.pictures import MEDIA_TYPE

FOR_STAFF = only(Role.STAFF)


@post(
    "/v1/mentors",
    operation_id="createMentor",
    summary="A new mentor, who comes in by the invitation in the answer",
    tags=["Staff: mentors"],
    opt=FOR_STAFF,
)
async def create_mentor(
    data: JSONBody[wire.MentorCreate], db: Db, caller: Asking, mentors: NamedDependency[Mentors]
) -> wire.InvitedMentorBody:
    return wire.invited_mentor_body(*await mentors.create(db, caller, data.display_name))


@post(
    "/v1/mentors/{mentor_id:uuid}/invitation",
    operation_id="inviteMentorAgain",
    summary="A new invitation for a mentor who has not come in; the old one stops working",
    tags=["Staff: mentors"],
    opt=FOR_STAFF,
    responses=refusals(MentorNotFound, AlreadyComeIn),
)
async def invite_mentor_again(
    db: Db, caller: Asking, mentors: NamedDependency[Mentors], mentor_id: FromPath[UUID]
) -> wire.InvitedMentorBody:
    return wire.invited_mentor_body(*await mentors.invite_again(db, caller, mentor_id))


@get(
    "/v1/organisation/mentors",
    operation_id="listOwnMentors",
    summary="Your programme's mentors, whatever their state",
    tags=["Staff: mentors"],
    opt=FOR_STAFF,
)
async def list_own_mentors(
    db: Db, caller: Asking, mentors: NamedDependency[Mentors], cursor: PageCursor = None
) -> wire.StaffMentorList:
    after = decode_cursor(cursor, tuple[UUID])[0] if cursor else None
    page = cut(await mentors.all_of_home(db, caller, after, PAGE_SIZE + 1), PAGE_SIZE, "account_id")
    items = [wire.staff_mentor_body(full) for full in page.items]
    return wire.StaffMentorList(items=items, next_cursor=page.next_cursor)


@put(
    "/v1/mentors/{mentor_id:uuid}/approval",
    operation_id="approveMentor",
    summary="Show a mentor's card to everyone",
    tags=["Staff: mentors"],
    opt=FOR_STAFF,
    responses=refusals(MentorNotFound),
)
async def approve_mentor(
    db: Db, caller: Asking, mentors: NamedDependency[Mentors], mentor_id: FromPath[UUID]
) -> wire.StaffMentorBody:
    return wire.staff_mentor_body(await mentors.approve(db, caller, mentor_id))


@delete(
    "/v1/mentors/{mentor_id:uuid}/approval",
    operation_id="withdrawMentorApproval",
    summary="Take a mentor's card out of sight; pairs that exist go on",
    tags=["Staff: mentors"],
    opt=FOR_STAFF,
    responses=refusals(MentorNotFound),
)
async def withdraw_mentor_approval(
    db: Db, caller: Asking, mentors: NamedDependency[Mentors], mentor_id: FromPath[UUID]
) -> None:
    await mentors.withdraw_approval(db, caller, mentor_id)


@put(
    "/v1/mentors/{mentor_id:uuid}/screening",
    operation_id="screenMentor",
    summary="Note that a mentor's background check was shown, and until when it holds",
    description="The paper itself is not kept. After `until` no new pair begins; pairs that live go on.",
    tags=["Staff: mentors"],
    opt=FOR_STAFF,
    responses=refusals(MentorNotFound),
)
async def screen_mentor(
    data: JSONBody[wire.ScreeningEdit],
    db: Db,
    caller: Asking,
    mentors: NamedDependency[Mentors],
    mentor_id: FromPath[UUID],
) -> wire.StaffMentorBody:
    return wire.staff_mentor_body(await mentors.screen(db, caller, mentor_id, data.on, data.until))


@get(
    "/v1/photos/{photo_id:uuid}/preview",
    operation_id="previewPhoto",
    summary="Your own photo, or one of your programme's mentors, also before the card is approved",
    tags=["Mentor cards"],
    opt=only(Role.MENTOR, Role.STAFF),
    media_type=MEDIA_TYPE,
    responses=refusals(PhotoNotFound),
)
async def preview_photo(
    db: Db, caller: Asking, photos: NamedDependency[Photos], photo_id: FromPath[UUID]
) -> Response[bytes]:
    photo = await photos.unpublished(db, caller, photo_id)
    return Response(photo.content, media_type=MEDIA_TYPE)


STAFF_ROUTES = [
    create_mentor,
    invite_mentor_again,
    list_own_mentors,
    approve_mentor,
    withdraw_mentor_approval,
    screen_mentor,
    preview_photo,
]
