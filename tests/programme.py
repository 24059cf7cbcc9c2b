"""A programme in which people are brought together."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import httpx

from tests.api import ok
from tests.factories import Factory, Person

EXPECTED = {"months": 12, "rhythm": "weekly", "topics": [], "off_limits": None, "shown": []}
YES = {"expectations_seen": 1}
"""A yes to someone who has said once what they expect."""


def at_once(**more: Any) -> dict[str, Any]:
    """An end that is there today, as young people and staff may say it."""
    return {"kind": "planned", "reason": "as_planned", "ends_on": datetime.now(UTC).date().isoformat()} | more


def settings(**changed: Any) -> dict[str, Any]:
    """What a programme may settle, as Rinnalla would have it, but for what is changed."""
    return {
        "weights": {"experience": 25, "needs": 25, "choice": 20, "times": 6, "reply_rhythm": 4, "region": 5},
        "least_points": 0,
        "waiting_bonus_per_30_days": 5,
        "waiting_bonus_most": 30,
        "overdue_after_days": 90,
        "mentees_see_suggestions": False,
        "mentees_may_propose": False,
        "mentor_age_min": 18,
        "mentor_years_older_min": 0,
        "proposal_days": 14,
        "proposal_reminder_days": 7,
        "trial_days": 30,
        "nudges_most": 3,
        "nudge_days": [14, 30, 60],
        "quiet_from": 21,
        "quiet_until": 9,
        "checkin_plan": {
            "first_within_days": 14,
            "first_month": 2,
            "year_one_every_days": 30,
            "later_every_days": 90,
            "in_depth_quarter_one_every_days": 30,
            "in_depth_later_every_days": 90,
        },
    } | changed


@dataclass
class Programme:
    """An organisation with one staff member."""

    make: Factory
    home: UUID
    staff: Person

    async def settle(self, **changed: Any) -> dict[str, Any]:
        """The programme's settings, changed."""
        settled: dict[str, Any] = ok(await self.staff.edit("PUT", "/v1/staff/matching-settings", settings(**changed)))
        return settled

    async def suggestions(self, mentee: Person) -> dict[str, Any]:
        """What staff are told of who would suit someone."""
        found: dict[str, Any] = ok(await self.staff.get(f"/v1/staff/mentees/{mentee.id}/suggestions"))
        return found

    async def mentor(self, **card: Any) -> Person:
        """A mentor who has said what they expect."""
        mentor = await self.make.mentor(self.home, **card)
        ok(await mentor.call("PUT", "/v1/account/expectations", json=EXPECTED, headers={"If-Match": '"0"'}))
        return mentor

    async def mentee(self) -> Person:
        """A young person who has said what they expect, and asked to be paired."""
        mentee = await self.make.mentee(self.home)
        ok(await mentee.call("PUT", "/v1/account/expectations", json=EXPECTED, headers={"If-Match": '"0"'}))
        ok(await mentee.put("/v1/waiting"))
        return mentee

    async def proposed(self, mentee: Person, mentor: Person, reason: str | None = None) -> str:
        """A proposed pair; its path."""
        body = {"mentee_id": str(mentee.id), "mentor_id": str(mentor.id), "reason": reason}
        return f"/v1/pairs/{ok(await self.staff.post('/v1/pairs', body), 201)['id']}"

    async def job(self, name: str) -> None:
        """Let a job do all that is due now, in this process or in the service's own."""
        while await self.make.services.jobs.turn(name) != 0:
            pass

    async def in_trial(self, mentee: Person, mentor: Person) -> str:
        """A pair to which both have said yes; its path."""
        path = await self.proposed(mentee, mentor)
        for member in (mentee, mentor):
            ok(await say_yes(path, member, both=(mentee, mentor)))
        return path

    async def active(self, mentee: Person, mentor: Person) -> str:
        """A pair in which both have said that it is good; its path."""
        path = await self.in_trial(mentee, mentor)
        for member in (mentee, mentor):
            ok(await member.put(f"{path}/fit", {"fit": "good_fit"}))
        return path


async def expects(person: Person, **said: Any) -> None:
    """Have someone say what they expect of a pair."""
    ok(await person.edit("PUT", "/v1/account/expectations", EXPECTED | said))


async def say_yes(path: str, person: Person, both: Sequence[Person] = ()) -> httpx.Response:
    """Say yes to a proposed pair, after reading what the other expects; whoever of `both` never said what they expect
    does so first."""
    for member in both:
        if ok(await member.get("/v1/account/expectations"))["version"] == 0:
            await expects(member)
    seen = ok(await person.get(f"{path}/expectations"))["other"]["version"]
    return await person.post(f"{path}/acceptance", {"expectations_seen": seen} if seen else {})


async def events_of(raw_db: asyncpg.Connection, person: Person, kind: str = "pair_changed") -> int:
    """How many events of a kind someone's stream holds."""
    count: int = await raw_db.fetchval(
        "SELECT count(*) FROM member_event WHERE account_id = $1 AND kind = $2", person.id, kind
    )
    return count


async def open_pairs(raw_db: asyncpg.Connection, mentor: Person) -> int:
    """What the mentor's card counts; also what is really there, which must be the same."""
    counted: int = await raw_db.fetchval("SELECT open_pairs FROM mentor_card WHERE account_id = $1", mentor.id)
    real = await raw_db.fetchval(
        "SELECT count(*) FROM pair WHERE mentor_id = $1 AND state IN ('proposed', 'trial', 'active', 'closing')",
        mentor.id,
    )
    assert counted == real
    return counted
