"""Photos over HTTP."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from litestar import Request, Response, delete, get, put
from litestar.di import NamedDependency
from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody
from litestar.params import FromPath, RawBody

from rinnalla.kit.access import PUBLIC, Asking, Db, only
from rinnalla.kit.caller import Role
from rinnalla.kit.contract import NOT_MODIFIED, refusals
from rinnalla.kit.errors import UnsupportedMediaType
from rinnalla.kit.etags import unchanging, versioned
from rinnalla.profiles import schemas as wire
from rinnalla.profiles.errors import ImageTooLarge, MentorNotFound, NotAnImage, PhotoNotFound
from rinnalla.profiles.photos import Photos
from rinnalla.profiles.pictures import MEDIA_TYPE

FOR_MENTORS = only(Role.MENTOR)
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


ROUTES = [get_photo, preview_photo]
LARGE_BODY_ROUTES = [replace_own_photo, remove_own_photo]
"""The address that takes larger bodies than the others."""
