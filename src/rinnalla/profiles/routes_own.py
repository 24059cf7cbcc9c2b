"""A mentor's own card, a young person's own wishes, and a mentor's, over HTTP."""

from dataclasses import dataclass
from typing import Any

from litestar import Request, Response, delete, get, put
from litestar.di import NamedDependency
from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody
from litestar.params import JSONBody, RawBody

from rinnalla.kit.access import Asking, Db, only
from rinnalla.kit.caller import Role
from rinnalla.kit.contract import refusals
from rinnalla.kit.errors import EditedMeanwhile, PreconditionRequired, UnsupportedMediaType
from rinnalla.kit.etags import expected_version, versioned
from rinnalla.profiles import schemas as wire
from rinnalla.profiles import schemas_wishes as wishes_wire
from rinnalla.profiles.cards import Cards
from rinnalla.profiles.errors import ImageTooLarge, MentorNotFound, NotAnImage
from rinnalla.profiles.photos import Photos
from rinnalla.profiles.service import PrivateWishes, Profiles

FOR_MENTEES = only(Role.MENTEE)
FOR_MENTORS = only(Role.MENTOR)
PICTURE_TYPES = ("image/jpeg", "image/png", "image/webp")


@dataclass
class TakesPicture(Operation):
    """An operation whose body is a picture's bytes, which Litestar can't read off the handler's arguments."""

    def __post_init__(self) -> None:
        self.request_body = RequestBody(
            required=True, content={media_type: OpenAPIMediaType() for media_type in PICTURE_TYPES}
        )


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
async def get_wishes(db: Db, caller: Asking, profiles: NamedDependency[Profiles]) -> Response[wishes_wire.WishesBody]:
    wishes = await profiles.own_wishes(db, caller)
    return versioned(wishes_wire.wishes_body(wishes), wishes.version)


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
    data: JSONBody[wishes_wire.WishesEditBody],
    db: Db,
    caller: Asking,
    profiles: NamedDependency[Profiles],
) -> Response[wishes_wire.WishesBody]:
    wishes = await profiles.edit_own_wishes(db, caller, expected_version(request), wishes_wire.wishes_edit(data))
    return versioned(wishes_wire.wishes_body(wishes), wishes.version)


@get(
    "/v1/mentors/me/wishes",
    operation_id="getPrivateWishes",
    summary="What you can't carry and whom you take: nobody else reads it",
    tags=["Own card"],
    opt=FOR_MENTORS,
    responses=refusals(MentorNotFound),
)
async def get_private_wishes(
    db: Db, caller: Asking, private_wishes: NamedDependency[PrivateWishes]
) -> Response[wishes_wire.PrivateWishesBody]:
    wishes = await private_wishes.own(db, caller)
    return versioned(wishes_wire.private_wishes_body(wishes), wishes.version)


@put(
    "/v1/mentors/me/wishes",
    operation_id="setPrivateWishes",
    summary='Say what you can\'t carry and whom you take; the first time with If-Match: "0"',
    description="Who has such a topic, or is not of such an age, is not proposed to you, and nobody is told why.",
    tags=["Own card"],
    opt=FOR_MENTORS,
    responses=refusals(MentorNotFound, EditedMeanwhile, PreconditionRequired),
)
async def set_private_wishes(
    request: Request[Any, Any, Any],
    data: JSONBody[wishes_wire.PrivateWishesEditBody],
    db: Db,
    caller: Asking,
    private_wishes: NamedDependency[PrivateWishes],
) -> Response[wishes_wire.PrivateWishesBody]:
    edit = wishes_wire.private_wishes_edit(data)
    wishes = await private_wishes.edit_own(db, caller, expected_version(request), edit)
    return versioned(wishes_wire.private_wishes_body(wishes), wishes.version)


OWN_ROUTES = [get_own_card, edit_own_card, get_wishes, set_wishes, get_private_wishes, set_private_wishes]
PHOTO_ROUTES = [replace_own_photo, remove_own_photo]
"""The address that takes larger bodies than the others."""
