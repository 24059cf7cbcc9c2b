"""Staff bring mentors in and decide whose card is shown."""

from uuid import UUID, uuid4

import asyncpg
import pytest

from rinnalla.app import Services
from rinnalla.profiles.errors import MentorNotFound
from tests.api import Api, ok, refused
from tests.factories import PASSWORD, Factory


async def test_a_mentor_comes_in_by_invitation_and_is_approved(
    api: Api, make: Factory, raw_db: asyncpg.Connection
) -> None:
    staff = await make.staff()
    invited = ok(await staff.post("/v1/mentors", {"display_name": "Aino"}), 201)
    mentor = invited["mentor"]
    mentor_id = mentor["card"]["id"]
    assert (mentor["state"], mentor["card"]["approved_at"]) == ("invited", None)
    assert (mentor["card"]["display_name"], mentor["card"]["capacity"]) == ("Aino", 3)

    approved = ok(await staff.put(f"/v1/mentors/{mentor_id}/approval"))
    assert approved["card"]["approved_at"] is not None
    refused(await api.get(f"/v1/mentors/{mentor_id}"), 404, "mentor_not_found")

    body = {"invitation": invited["invitation"], "login_name": "aino-mentor", "password": PASSWORD}
    came_in = ok(await api.post("/v1/invitations/accept", body), 201)
    assert came_in["account"]["id"] == mentor_id
    assert ok(await api.get(f"/v1/mentors/{mentor_id}"))["display_name"] == "Aino"
    assert [one["state"] for one in ok(await staff.get("/v1/organisation/mentors"))["items"]] == ["active"]
    again = ok(await staff.put(f"/v1/mentors/{mentor_id}/approval"))
    assert again["card"]["approved_at"] == approved["card"]["approved_at"]

    ok(await staff.delete(f"/v1/mentors/{mentor_id}/approval"), 204)
    ok(await staff.delete(f"/v1/mentors/{mentor_id}/approval"), 204)
    refused(await api.get(f"/v1/mentors/{mentor_id}"), 404, "mentor_not_found")
    kinds = await raw_db.fetch("SELECT kind FROM member_event WHERE account_id = $1 ORDER BY seq", UUID(mentor_id))
    assert [row["kind"] for row in kinds] == ["account_changed", "account_changed"]
    trail = await raw_db.fetch("SELECT action, actor_id, subject_id FROM audit_entry ORDER BY id")
    deeds = ["mentor_approved", "mentor_approval_withdrawn"]
    assert [tuple(row) for row in trail] == [(deed, staff.id, UUID(mentor_id)) for deed in deeds]


async def test_a_second_invitation_replaces_the_first(api: Api, make: Factory) -> None:
    staff = await make.staff()
    first = ok(await staff.post("/v1/mentors", {"display_name": "Bo"}), 201)
    path = f"/v1/mentors/{first['mentor']['card']['id']}/invitation"
    second = ok(await staff.post(path), 201)
    body = {"login_name": "bo-mentor", "password": PASSWORD}
    refused(
        await api.post("/v1/invitations/accept", {**body, "invitation": first["invitation"]}),
        404,
        "invitation_not_found",
    )
    ok(await api.post("/v1/invitations/accept", {**body, "invitation": second["invitation"]}), 201)
    refused(await staff.post(path), 409, "already_come_in")


async def test_other_programmes_mentors_are_as_if_absent(make: Factory) -> None:
    staff, mentor = await make.staff(), await make.mentor(approved=False)
    mentee = await make.mentee(staff.organisation_id)
    for person_id in (mentor.id, mentee.id, uuid4()):
        for method, path in (("PUT", "approval"), ("DELETE", "approval"), ("POST", "invitation")):
            answer = await staff.call(method, f"/v1/mentors/{person_id}/{path}")
            refused(answer, 404, "mentor_not_found")
    assert ok(await staff.get("/v1/organisation/mentors")) == {"items": [], "next_cursor": None}
    assert ok(await mentor.get("/v1/mentors/me"))["approved_at"] is None


async def test_only_staff_manage_mentors(api: Api, make: Factory) -> None:
    mentor = await make.mentor()
    refused(await api.post("/v1/mentors", {"display_name": "Aino"}), 401, "unauthenticated")
    for person in (mentor, await make.mentee(), await make.admin()):
        refused(await person.post("/v1/mentors", {"display_name": "Aino"}), 403, "forbidden")
        refused(await person.get("/v1/organisation/mentors"), 403, "forbidden")
        refused(await person.put(f"/v1/mentors/{mentor.id}/approval"), 403, "forbidden")
    refused(await (await make.staff()).post("/v1/mentors", {"display_name": " "}), 400, "invalid_body")


async def test_the_programmes_mentors_come_in_pages(make: Factory) -> None:
    staff = await make.staff()
    made = [str((await make.mentor(staff.organisation_id, approved=n % 2 == 0)).id) for n in range(51)]
    first = ok(await staff.get("/v1/organisation/mentors"))
    second = ok(await staff.get("/v1/organisation/mentors", params={"cursor": first["next_cursor"]}))
    assert [one["card"]["id"] for one in first["items"] + second["items"]] == made
    assert second["next_cursor"] is None


async def test_matching_weighs_active_mentors_and_shows_approved_ones(
    make: Factory, services: Services, raw_db: asyncpg.Connection
) -> None:
    home = await make.organisation()
    shown = await make.mentor(home, capacity=2, languages=["fi"], topics=["work", "housing"], birth_year=1999)
    hidden, suspended, _ = await make.mentor(home, approved=False), await make.mentor(home), await make.mentor()
    await raw_db.execute("UPDATE account SET state = 'suspended' WHERE id = $1", suspended.id)
    async with services.database.unit_of_work() as db:
        card, other = await services.profiles.cards_for_matching(db, home)
        assert (other.account_id, other.approved, card.approved) == (hidden.id, False, True)
        assert card == await services.profiles.card(db, shown.id)
        for person in (hidden, suspended):
            with pytest.raises(MentorNotFound):
                await services.profiles.card(db, person.id)
    assert (card.account_id, card.display_name, card.birth_year) == (shown.id, shown.login_name, 1999)
    assert (card.capacity, card.open_pairs, set(card.topics)) == (2, 0, {"work", "housing"})
