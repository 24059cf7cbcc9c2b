"""Whose private wish it is, and which, staff can't tell: whatever they try, and however often they look. The same is
done in programmes that differ in nothing but that, and everything that their staff are answered is compared."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from tests.api import ok, refused
from tests.factories import Factory, Person
from tests.matching.running import solved
from tests.matching.test_follow_ups import FOLLOW_UPS
from tests.matching.test_information_flow import NEVER, OWN, answers
from tests.matching.test_suggestions import CARD, WISHES
from tests.programme import Programme, say_yes
from tests.support.scenes import lost

Secret = Callable[[Person, Person], Awaitable[object]]
ONE_OF_A_KIND = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?:mentee|mentor|staff)-\d+")
"""Ids and names."""
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")


def wishes(**said: Any) -> Secret:
    """What a mentor says to nobody."""

    async def say(_: Person, mentor: Person) -> None:
        nothing: dict[str, Any] = {"cannot_carry": [], "mentee_age_min": None, "mentee_age_max": None}
        ok(await mentor.edit("PUT", OWN, nothing | said))

    return say


async def never_the_mentor(mentee: Person, mentor: Person) -> None:
    ok(await mentee.put(f"{NEVER}/{mentor.id}"), 204)


async def never_the_young_person(mentee: Person, mentor: Person) -> None:
    ok(await mentor.put(f"{NEVER}/{mentee.id}"), 204)


SECRETS: dict[str, Secret] = {
    "never the mentor": never_the_mentor,
    "never the young person": never_the_young_person,
    "can't carry": wishes(cannot_carry=["housing"]),
    "ages": wishes(mentee_age_min=12, mentee_age_max=14),
}


class Seen:
    """What staff were answered, with all that is one of a kind named by the order in which it came, and without
    moments."""

    def __init__(self) -> None:
        self.answers: list[tuple[str, int, str]] = []
        self._names: dict[str, str] = {}

    def see(self, answer: httpx.Response) -> httpx.Response:
        path, text = self._plain(answer.request.url.raw_path.decode()), answer.text
        if answer.status_code >= httpx.codes.BAD_REQUEST:
            text = text.replace(answer.json()["instance"], "")
        self.answers.append((path, answer.status_code, self._plain(text)))
        return answer

    async def look(self, staff: Person, *others: Person) -> None:
        """All but the mentors whom everyone sees: there are more of them with each programme."""
        async for answer in answers(staff, *others):
            if answer.url.path != "/v1/mentors":
                self.see(answer)

    def _plain(self, text: str) -> str:
        named = ONE_OF_A_KIND.sub(lambda one: self._names.setdefault(one[0], f"<{len(self._names)}>"), text)
        return MOMENT.sub("", named)


async def programme_of_two(make: Factory) -> tuple[Programme, Person, Person]:
    """A young person and a mentor who know of each other, and fit."""
    home = await make.organisation()
    programme = Programme(make, home, await make.staff(home))
    mentee, mentor = await programme.mentee(), await programme.mentor(**CARD)
    ok(await mentee.edit("PUT", "/v1/wishes", WISHES | {"birth_year": 2006, "choices": [str(mentor.id)]}))
    ok(await programme.staff.post(f"{await programme.proposed(mentee, mentor)}/withdrawal"))
    return programme, mentee, mentor


def assert_alike(seen: dict[str, Seen]) -> None:
    first, *others = seen.values()
    assert len(first.answers) > len(SECRETS)
    for other in others:
        for one, same in zip(first.answers, other.answers, strict=True):
            assert one == same


@pytest.mark.timeout(300)  # eight runs are solved
async def test_one_comes_up_between_a_run_and_its_release(make: Factory) -> None:
    seen = {name: Seen() for name in SECRETS}
    for name, secret in SECRETS.items():
        see = seen[name].see
        programme, mentee, mentor = await programme_of_two(make)
        run = await solved(programme)
        assert await run.paired() == {str(mentee.id): str(mentor.id)}
        await secret(mentee, mentor)
        refused(see(await run.release()), 412, "pool_changed")
        refused(see(await run.fix(mentee, mentor)), 409, "cannot_be_paired")
        refused(see(await run.fix(mentee, mentor, "They asked for it.")), 409, "cannot_be_paired")
        by_hand = {"mentee_id": str(mentee.id), "mentor_id": str(mentor.id)}
        refused(see(await programme.staff.post("/v1/pairs", by_hand)), 409, "cannot_be_paired")
        refused(see(await programme.staff.post("/v1/pairs", by_hand | {"reason": "Yes."})), 409, "cannot_be_paired")
        await run.solve_again()
        await seen[name].look(programme.staff, mentee, mentor)
        ok(see(await run.release()))
    assert_alike(seen)


async def test_one_stands_against_the_contact_after_a_loss(make: Factory) -> None:
    """Neither whoever stands by nor staff who choose the mentor by hand bring the two together."""
    seen = {name: Seen() for name in SECRETS}
    for name, secret in SECRETS.items():
        see = seen[name].see
        programme, mentee, mentor = await programme_of_two(make)
        gone = await programme.mentor(**CARD)
        await programme.active(mentee, gone)
        await secret(mentee, mentor)
        ok(await programme.staff.put("/v1/staff/interim-mentor", {"mentor_id": str(mentor.id)}))
        await lost("suspended", programme, gone)
        (row,) = ok(see(await programme.staff.get("/v1/staff/interim-contacts")))["items"]
        by_hand = await programme.staff.put(f"/v1/staff/interim-contacts/{row['id']}", {"contact_id": str(mentor.id)})
        refused(see(by_hand), 409, "cannot_be_paired")
        await seen[name].look(programme.staff, mentee, mentor)
    assert_alike(seen)


async def test_one_comes_up_while_a_proposal_is_open(make: Factory) -> None:
    seen = {name: Seen() for name in SECRETS}
    for name, secret in SECRETS.items():
        programme, mentee, mentor = await programme_of_two(make)
        pair = await programme.proposed(mentee, mentor)
        await secret(mentee, mentor)
        await seen[name].look(programme.staff, mentee, mentor)
        refused(await say_yes(pair, mentee), 409, "pair_not_open")
        await programme.job("follow_ups")
        await seen[name].look(programme.staff, mentee, mentor)
    assert_alike(seen)


async def test_one_comes_up_while_a_follow_up_waits_for_staff(make: Factory) -> None:
    seen = {name: Seen() for name in SECRETS}
    for name, secret in SECRETS.items():
        programme, mentee, mentor = await programme_of_two(make)
        other = await programme.mentor(**CARD)
        pair = await programme.proposed(mentee, other)
        ok(await other.post(f"{pair}/decline", {"answer": "no", "reason": "no_time"}))
        await programme.job("follow_ups")
        by_kind = {one["kind"]: one for one in ok(await programme.staff.get(FOLLOW_UPS))["items"]}
        assert by_kind["person"]["mentor"]["id"] == str(mentor.id)
        await secret(mentee, mentor)
        path, headers = f"{FOLLOW_UPS}/{by_kind['person']['id']}/proposal", {"If-Match": '"2"'}
        refused(seen[name].see(await programme.staff.call("POST", path, headers=headers)), 412, "pool_changed")
        await programme.job("follow_ups")
        await seen[name].look(programme.staff, mentee, mentor, other)
    assert_alike(seen)
