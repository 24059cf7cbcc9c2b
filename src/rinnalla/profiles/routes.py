"""What everyone may see, over HTTP: topics, cards, photos."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from rinnalla.kit.access import PUBLIC, Db
from rinnalla.kit.contract import NOT_MODIFIED, refusals
from rinnalla.kit.etags import cacheable, unchanging
from rinnalla.kit.pages import PAGE_SIZE, cut, decode_cursor
from rinnalla.kit.params import PageCursor
from rinnalla.profiles import schemas as wire
from rinnalla.profiles.cards import Cards
from rinnalla.profiles.errors import MentorNotFound, PhotoNotFound
from rinnalla.profiles.photos import Photos
from rinnalla.profiles.pictures import MEDIA_TYPE
from rinnalla.profiles.repository import Wanted
from rinnalla.profiles.routes_own import OWN_ROUTES, PHOTO_ROUTES
from rinnalla.profiles.routes_staff import STAFF_ROUTES
from rinnalla.profiles.service import Profiles

__all__ = ["PHOTO_ROUTES", "ROUTES"]
PHOTO_MAX_AGE = 86400


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


ROUTES = [list_topics, list_mentors, get_mentor, get_photo, *OWN_ROUTES, *STAFF_ROUTES]
