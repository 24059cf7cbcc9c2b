"""Topics, cards, photos and wishes over HTTP."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from litestar import Request, Response, delete, get, post, put
from litestar.di import NamedDependency
from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody
from litestar.params import FromPath, FromQuery, JSONBody, RawBody

from rinnalla.accounts.errors import AlreadyComeIn
from rinnalla.kit.access import PUBLIC, Asking, Db, only
from rinnalla.kit.caller import Role
from rinnalla.kit.contract import NOT_MODIFIED, refusals
from rinnalla.kit.errors import EditedMeanwhile, PreconditionRequired, UnsupportedMediaType
from rinnalla.kit.etags import cacheable, expected_version, unchanging, versioned
from rinnalla.kit.pages import PAGE_SIZE, cut, decode_cursor
from rinnalla.kit.params import PageCursor
from rinnalla.profiles import schemas as wire
from rinnalla.profiles.cards import Cards
from rinnalla.profiles.errors import ImageTooLarge, MentorNotFound, NotAnImage, PhotoNotFound
from rinnalla.profiles.mentors import Mentors
from rinnalla.profiles.photos import Photos
from rinnalla.profiles.pictures import MEDIA_TYPE
from rinnalla.profiles.repository import Wanted
from rinnalla.profiles.service import Profiles

FOR_MENTEES = only(Role.MENTEE)
FOR_MENTORS = only(Role.MENTOR)
FOR_STAFF = only(Role.STAFF)
PICTURE_TYPES = ("image/jpeg", "image/png", "image/webp")
PHOTO_MAX_AGE = 86400


@dataclass
class TakesPicture(Operation):
    """An operation whose body is a picture's bytes, which Litestar can't read off the handler's arguments."""

    def __post_init__(self) -> None:
        self.request_body = RequestBody(
            required=True, content={media_type: OpenAPIMediaType() for media_type in PICTURE_TYPES}
        )


@get(
    "/v1/topics",
    operation_id="listTopics",
    summary="What can be talked about",
    tags=["Before log-in"],
    opt=PUBLIC,
    responses=NOT_MODIFIED,
)
async def list_topics(
    request: Request[Any, Any, Any], db: Db, profiles: NamedDependency[Profiles]
) -> Response[wire.TopicList]:
    return cacheable(request, wire.topic_list(await profiles.topics(db)))


@get(
    "/v1/mentors",
    operation_id="listMentors",
    summary="Mentors to choose from",
    tags=["Mentor cards"],
    opt=PUBLIC,
    responses=NOT_MODIFIED,
)
async def list_mentors(
    request: Request[Any, Any, Any],
    db: Db,
    cards: NamedDependency[Cards],
    topics: wire.TopicsFilter = None,
    language: wire.LanguageFilter = None,
    region: wire.RegionFilter = None,
    organisation_id: FromQuery[UUID | None] = None,
    free: FromQuery[bool] = False,
    not_away: FromQuery[bool] = False,
    q: wire.StoryFilter = None,
    cursor: PageCursor = None,
) -> Response[wire.CardList]:
    wanted = Wanted(
        topics={topic for listed in topics or () for topic in listed.split(",")},
        language=language,
        region=region,
        organisation_id=organisation_id,
        free=free,
        not_away=not_away,
        text=q,
    )
    after = decode_cursor(cursor, tuple[UUID])[0] if cursor else None
    found, today = await cards.published(db, wanted, after, PAGE_SIZE + 1)
    page = cut(found, PAGE_SIZE, "account_id")
    items = [wire.card_body(full, today) for full in page.items]
    return cacheable(request, wire.CardList(items=items, next_cursor=page.next_cursor))


@get(
    "/v1/mentors/{mentor_id:uuid}",
    operation_id="getMentor",
    summary="One mentor",
    tags=["Mentor cards"],
    opt=PUBLIC,
    responses=NOT_MODIFIED | refusals(MentorNotFound),
)
async def get_mentor(
    request: Request[Any, Any, Any], db: Db, cards: NamedDependency[Cards], mentor_id: FromPath[UUID]
) -> Response[wire.CardBody]:
    full, today = await cards.published_one(db, mentor_id)
    return cacheable(request, wire.card_body(full, today))


@get(
    "/v1/photos/{photo_id:uuid}",
    operation_id="getPhoto",
    summary="A mentor's photo; a new photo has a new id",
    tags=["Mentor cards"],
    opt=PUBLIC,
    media_type=MEDIA_TYPE,
    responses=NOT_MODIFIED | refusals(PhotoNotFound),
)
async def get_photo(
    request: Request[Any, Any, Any], db: Db, photos: NamedDependency[Photos], photo_id: FromPath[UUID]
) -> Response[bytes]:
    photo = await photos.published(db, photo_id)
    return unchanging(request, photo.content, tag=str(photo.id), media_type=MEDIA_TYPE, max_age=PHOTO_MAX_AGE)


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


@get(
    "/v1/mentors/me",
    operation_id="getOwnCard",
    summary="Your own card",
    tags=["Own card"],
    opt=FOR_MENTORS,
    responses=refusals(MentorNotFound),
)
async def get_own_card(db: Db, caller: Asking, cards: NamedDependency[Cards]) -> Response[wire.OwnCardBody]:
    full = await cards.own(db, caller)
    return versioned(wire.own_card_body(full), full.card.version)


@put(
    "/v1/mentors/me",
    operation_id="editOwnCard",
    summary="Change your card: who you are, whom you take, when you are away",
    tags=["Own card"],
    opt=FOR_MENTORS,
    responses=refusals(MentorNotFound, EditedMeanwhile, PreconditionRequired),
)
async def edit_own_card(
    request: Request[Any, Any, Any],
    data: JSONBody[wire.CardEditBody],
    db: Db,
    caller: Asking,
    cards: NamedDependency[Cards],
) -> Response[wire.OwnCardBody]:
    full = await cards.edit_own(db, caller, expected_version(request), wire.card_edit(data))
    return versioned(wire.own_card_body(full), full.card.version)


@put(
    "/v1/mentors/me/photo",
    operation_id="replaceOwnPhoto",
    summary="A new photo on your card, instead of the old one",
    description="It is made upright and small (at most 512 pixels a side) and keeps nothing of where it was taken.",
    tags=["Own card"],
    opt=FOR_MENTORS,
    operation_class=TakesPicture,
    responses=refusals(MentorNotFound, NotAnImage, ImageTooLarge),
)
async def replace_own_photo(
    request: Request[Any, Any, Any], body: RawBody, caller: Asking, photos: NamedDependency[Photos]
) -> Response[wire.OwnCardBody]:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() not in PICTURE_TYPES:
        raise UnsupportedMediaType
    full = await photos.replace_own(caller, body)
    return versioned(wire.own_card_body(full), full.card.version)


@delete(
    "/v1/mentors/me/photo",
    operation_id="removeOwnPhoto",
    summary="No photo on your card",
    tags=["Own card"],
    opt=FOR_MENTORS,
    responses=refusals(MentorNotFound),
)
async def remove_own_photo(db: Db, caller: Asking, photos: NamedDependency[Photos]) -> None:
    await photos.remove_own(db, caller)


@get(
    "/v1/wishes",
    operation_id="getWishes",
    summary="What you hope for in a mentor",
    tags=["Wishes"],
    opt=FOR_MENTEES,
)
async def get_wishes(db: Db, caller: Asking, profiles: NamedDependency[Profiles]) -> Response[wire.WishesBody]:
    wishes = await profiles.own_wishes(db, caller)
    return versioned(wire.wishes_body(wishes), wishes.version)


@put(
    "/v1/wishes",
    operation_id="setWishes",
    summary='Say what you hope for; the first time with If-Match: "0"',
    tags=["Wishes"],
    opt=FOR_MENTEES,
    responses=refusals(EditedMeanwhile, PreconditionRequired),
)
async def set_wishes(
    request: Request[Any, Any, Any],
    data: JSONBody[wire.WishesEditBody],
    db: Db,
    caller: Asking,
    profiles: NamedDependency[Profiles],
) -> Response[wire.WishesBody]:
    wishes = await profiles.edit_own_wishes(db, caller, expected_version(request), wire.wishes_edit(data))
    return versioned(wire.wishes_body(wishes), wishes.version)


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


ROUTES = [
    list_topics,
    list_mentors,
    get_mentor,
    get_photo,
    preview_photo,
    get_own_card,
    edit_own_card,
    get_wishes,
    set_wishes,
    create_mentor,
    invite_mentor_again,
    list_own_mentors,
    approve_mentor,
    withdraw_mentor_approval,
]
PHOTO_ROUTES = [replace_own_photo, remove_own_photo]
"""The address that takes larger bodies than the others."""
