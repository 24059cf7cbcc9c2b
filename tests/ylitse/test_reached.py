"""How people of the Ylitse contract are reached: telephone numbers, and where to wake a phone."""

import asyncpg
import pytest

from tests.api import ok
from tests.factories import Factory
from tests.ylitse.client import own, told
from tests.ylitse.test_people import edit


@pytest.mark.parametrize("phone", ["040/123 456", "ks. sähköposti", "+358 (0)40-123.456"])
async def test_a_telephone_number_is_kept_as_it_was_written(make: Factory, phone: str) -> None:
    assert ok(await edit(await make.mentee(), phone=phone))["phone"] == phone


async def test_a_telephone_number_that_is_not_sent_stays(make: Factory) -> None:
    mentee = await make.mentee()
    assert ok(await edit(mentee, phone="+358 40 1234567"))["phone"] == "+358 40 1234567"
    changed = ok(await edit(mentee, email="aino@example.org"))
    assert (changed["email"], changed["phone"]) == ("aino@example.org", "+358 40 1234567")
    for none in ("", None):
        ok(await edit(mentee, phone="+358 40 1234567"))
        assert "phone" not in ok(await edit(mentee, phone=none))


async def test_where_to_wake_a_phone_is_kept_sealed(make: Factory, raw_db: asyncpg.Connection) -> None:
    mentee, other = await make.mentee(), await make.mentee()
    for platform in ("android", "ios"):
        body = ok(await mentee.put(own(mentee, "/device"), {"token": "tunniste-123", "platform": platform}))
        assert body["message"]
    stored = await raw_db.fetchrow("SELECT push_token, platform FROM ylitse_belongings")
    assert b"tunniste" not in stored["push_token"]
    assert stored["platform"] == "ios"
    told(await other.put(own(mentee, "/device"), {"token": "x", "platform": "ios"}), 403)
    told(await mentee.put(own(mentee, "/device"), {"token": "x", "platform": "fridge"}), 400)
    told(await mentee.put(own(mentee, "/device"), {"token": "", "platform": "ios"}), 400)
