"""Topics and mentor cards over HTTP."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from rinnalla.accounts.errors import AlreadyComeIn
from rinnalla.kit.access import PUBLIC, Asking, Db, only
from rinnalla.kit.caller import Role
from rinnalla.kit.contract import NOT_MODIFIED, refusals
from rinnalla.kit.errors import EditedMeanwhile, PreconditionRequired
from rinnalla.kit.etags import cacheable, expected_version, versioned
from rinnalla.kit.pages import PAGE_SIZE, cut, decode_cursor
from rinnalla.kit.params import PageCursor
from rinnalla.profiles import schemas as wire
from rinnalla.profiles.cards import Cards
from rinnalla.profiles.errors import MentorNotFound
from rinnalla.profiles.mentors import Mentors
from rinnalla.profiles.repository import Wanted
from rinnalla.profiles.service import Profiles

FOR_MENTORS = only(Role.MENTOR)
FOR_STAFF = only(Role.STAFF)


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
    get_own_card,
    edit_own_card,
    create_mentor,
    invite_mentor_again,
    list_own_mentors,
    approve_mentor,
    withdraw_mentor_approval,
]
