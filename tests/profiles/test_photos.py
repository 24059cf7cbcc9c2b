"""Mentors' photos: redrawn, small, without a trace of where they were taken."""

import struct
import zlib
from io import BytesIO
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest
from PIL import Image
from PIL.ExifTags import Base

from rinnalla.kit.caller import Role
from tests.api import Api, ok, refused
from tests.factories import Factory, Person

SECRET = b"60.1699 N 24.9384 E"


def picture(kind: str = "JPEG", size: tuple[int, int] = (40, 30), mode: str = "RGB", **options: Any) -> bytes:
    out = BytesIO()
    Image.new(mode, size, options.pop("colour", None) or 0).save(out, kind, **options)
    return out.getvalue()


def png_that_says(width: int, height: int) -> bytes:
    """A few bytes that promise a picture of this size."""
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    body = zlib.compress(b"\0" * 10)
    chunks = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in ((b"IHDR", header), (b"IDAT", body), (b"IEND", b""))
    )
    return b"\x89PNG\r\n\x1a\n" + chunks


async def upload(person: Person, content: bytes, media_type: str = "image/jpeg") -> httpx.Response:
    return await person.call("PUT", "/v1/mentors/me/photo", content=content, headers={"Content-Type": media_type})


async def shown(api: Api, photo_id: str) -> Image.Image:
    answer = await api.get(f"/v1/photos/{photo_id}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/webp")
    return Image.open(BytesIO(answer.content))


@pytest.mark.parametrize(
    ("kind", "mode"),
    [("JPEG", "RGB"), ("JPEG", "L"), ("JPEG", "CMYK"), ("PNG", "RGBA"), ("PNG", "P"), ("PNG", "LA"), ("PNG", "I;16"),
     ("PNG", "1"), ("WEBP", "RGB"), ("WEBP", "RGBA")],
)  # fmt: skip
async def test_a_photo_is_redrawn_small(api: Api, make: Factory, kind: str, mode: str) -> None:
    mentor = await make.mentor()
    own = ok(await upload(mentor, picture(kind, (1600, 800), mode), f"image/{kind.lower()}"))
    image = await shown(api, own["photo_id"])
    assert (image.format, image.mode, image.size) == ("WEBP", "RGB", (512, 256))
    assert ok(await api.get(f"/v1/mentors/{mentor.id}"))["photo_id"] == own["photo_id"]


async def test_a_photo_keeps_its_way_up_and_nothing_else(api: Api, make: Factory, raw_db: asyncpg.Connection) -> None:
    exif = Image.Exif()
    exif[Base.Orientation] = 6
    exif[Base.ImageDescription] = SECRET.decode()
    content = picture(size=(300, 100), exif=exif, comment=SECRET)
    assert SECRET in content
    own = ok(await upload(await make.mentor(), content + SECRET))
    image = await shown(api, own["photo_id"])
    assert image.size == (100, 300)
    assert not image.getexif()
    assert SECRET not in await raw_db.fetchval("SELECT content FROM photo")


async def test_transparency_becomes_white(api: Api, make: Factory) -> None:
    own = ok(await upload(await make.mentor(), picture("PNG", mode="RGBA", colour=(0, 0, 0, 0)), "image/png"))
    assert min((await shown(api, own["photo_id"])).getpixel((5, 5))) > 250  # type: ignore[arg-type]


async def test_a_new_photo_has_a_new_address(api: Api, make: Factory) -> None:
    mentor = await make.mentor()
    first = ok(await upload(mentor, picture()))["photo_id"]
    second = ok(await upload(mentor, picture("PNG"), "image/png; charset=binary"))["photo_id"]
    refused(await api.get(f"/v1/photos/{first}"), 404, "photo_not_found")
    answer = await api.get(f"/v1/photos/{second}")
    assert "immutable" in answer.headers["cache-control"]
    again = await api.get(f"/v1/photos/{second}", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    ok(await mentor.delete("/v1/mentors/me/photo"), 204)
    ok(await mentor.delete("/v1/mentors/me/photo"), 204)
    refused(await api.get(f"/v1/photos/{second}"), 404, "photo_not_found")
    assert ok(await mentor.get("/v1/mentors/me"))["photo_id"] is None


@pytest.mark.parametrize(
    "content",
    [b"", b"not a picture", b"\xff\xd8\xff\xe0", picture()[:-200], picture("GIF"), picture("BMP"), png_that_says(9, 9),
     b"<svg xmlns='http://www.w3.org/2000/svg'/>"],
    ids=["empty", "text", "head", "cut off", "gif", "bmp", "hollow", "svg"],
)  # fmt: skip
async def test_what_is_no_picture_is_refused(make: Factory, content: bytes) -> None:
    mentor = await make.mentor()
    refused(await upload(mentor, content), 400, "not_an_image")
    assert ok(await mentor.get("/v1/mentors/me"))["photo_id"] is None


@pytest.mark.parametrize("size", [(8000, 5001), (12000, 9000), (60000, 60000), (2**31 - 1, 2**31 - 1)])
async def test_a_bomb_is_refused_by_what_it_promises(make: Factory, size: tuple[int, int]) -> None:
    refused(await upload(await make.mentor(), png_that_says(*size), "image/png"), 413, "image_too_large")


async def test_a_body_of_another_kind_or_over_the_limit_is_refused(make: Factory) -> None:
    mentor = await make.mentor()
    refused(await upload(mentor, picture(), "image/gif"), 415, "unsupported_media_type")
    refused(await mentor.put("/v1/mentors/me/photo", {"photo": 1}), 415, "unsupported_media_type")
    refused(await upload(mentor, b"\xff" * (8 * 1024 * 1024 + 1)), 413, "body_too_large")
    refused(await upload(mentor, b"\xff" * (8 * 1024 * 1024)), 400, "not_an_image")


async def test_a_photo_shows_when_its_mentor_does(api: Api, make: Factory) -> None:
    mentor = await make.mentor(approved=False)
    photo_id = ok(await upload(mentor, picture()))["photo_id"]
    staff, elsewhere = await make.staff(mentor.organisation_id), await make.staff()
    refused(await api.get(f"/v1/photos/{photo_id}"), 404, "photo_not_found")
    for person in (mentor, staff):
        answer = await person.get(f"/v1/photos/{photo_id}/preview")
        assert (answer.headers["content-type"], answer.headers["cache-control"]) == ("image/webp", "no-store")
    for person in (elsewhere, await make.mentor(mentor.organisation_id)):
        refused(await person.get(f"/v1/photos/{photo_id}/preview"), 404, "photo_not_found")
    ok(await staff.put(f"/v1/mentors/{mentor.id}/approval"))
    await shown(api, photo_id)
    refused(await api.get(f"/v1/photos/{uuid4()}"), 404, "photo_not_found")


async def test_a_photo_is_on_a_mentors_own_card(api: Api, make: Factory) -> None:
    refused(await api.call("PUT", "/v1/mentors/me/photo", content=picture()), 401, "unauthenticated")
    refused(await upload(await make.mentee(), picture()), 403, "forbidden")
    without = await make.person(Role.MENTOR, await make.organisation())
    refused(await upload(without, picture()), 404, "mentor_not_found")
    refused(await without.delete("/v1/mentors/me/photo"), 404, "mentor_not_found")
