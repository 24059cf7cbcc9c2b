"""A rule of matching that fails: the run and the suggestions name it and go on without it, and nobody is brought
together who must not be, because that is checked again where it would happen."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from uuid import UUID

import asyncpg
import pytest

from rinnalla.app import Services
from rinnalla.kit.caller import Caller, Role
from rinnalla.kit.jobs import Jobs, Queue
from rinnalla.matching.errors import PoolChanged
from rinnalla.matching.service import Changes, Deciding, FollowUps, Freezer, Matching
from tests.api import ok, refused
from tests.factories import Person
from tests.matching.broken import failing, solver_without
from tests.matching.running import Run, started
from tests.matching.test_follow_ups import listed, settle
from tests.matching.test_machine import Elsewhere
from tests.programme import Programme

SEVENTEEN = datetime.now(UTC).year - 17


async def solved_without(programme: Programme, services: Services, name: str) -> Run:
    """A run that was solved where that rule fails. The service that runs beside the test may be faster: then it is
    another's."""
    machine = Elsewhere(services).machine(solver_without(name))
    for _ in range(20):
        run = await started(programme)
        await machine.turn()
        while (now := await run.now())["state"] in {"queued", "solving"}:
            await asyncio.sleep(0.05)
        if now["failed_criteria"]:
            assert now["failed_criteria"] == [name]
            return run
    raise AssertionError("the other service was always faster")


async def test_a_run_without_a_rule_proposes_and_its_release_names_who_must_not_be(
    programme: Programme, services: Services
) -> None:
    mentee, other = await programme.mentee(), await programme.mentee()
    mentor = await programme.mentor(capacity=2)
    ok(await mentee.put(f"/v1/account/never/{mentor.id}"), 204)
    run = await solved_without(programme, services, "never_lists")
    assert set(await run.paired()) == {str(mentee.id), str(other.id)}
    answer = await run.release()
    refused(answer, 412, "pool_changed")
    told = [(error["code"], error["pointer"]) for error in answer.json()["errors"]]
    assert told == [("a_wish", f"/proposals/{mentee.id}")]
    ok(await run.strike(mentee))
    assert ok(await run.release())["proposals"] == 1


Rule = Callable[[Programme, Person, Person, asyncpg.Connection], Awaitable[object]]


async def age_rule(programme: Programme, mentee: Person, mentor: Person, raw_db: asyncpg.Connection) -> None:
    await raw_db.execute("UPDATE mentor_card SET birth_year = $1", SEVENTEEN)


async def apart(programme: Programme, mentee: Person, mentor: Person, raw_db: asyncpg.Connection) -> None:
    ok(await mentee.post(f"{await programme.proposed(mentee, mentor)}/decline", {"answer": "no"}))


async def gender_wish(programme: Programme, mentee: Person, mentor: Person, raw_db: asyncpg.Connection) -> None:
    await raw_db.execute("INSERT INTO wishes (account_id, gender_wish) VALUES ($1, 'female')", mentee.id)


async def mentor_wishes(programme: Programme, mentee: Person, mentor: Person, raw_db: asyncpg.Connection) -> None:
    await raw_db.execute("INSERT INTO wishes (account_id, topics) VALUES ($1, '{violence}')", mentee.id)
    await raw_db.execute("INSERT INTO mentor_wishes (account_id, cannot_carry) VALUES ($1, '{violence}')", mentor.id)


async def never_lists(programme: Programme, mentee: Person, mentor: Person, raw_db: asyncpg.Connection) -> None:
    await raw_db.execute("INSERT INTO never (owner_id, other_id) VALUES ($1, $2)", mentor.id, mentee.id)


async def not_approved(programme: Programme, mentee: Person, mentor: Person, raw_db: asyncpg.Connection) -> None:
    await raw_db.execute("UPDATE mentor_card SET approved_at = NULL")


async def not_screened(programme: Programme, mentee: Person, mentor: Person, raw_db: asyncpg.Connection) -> None:
    await raw_db.execute("UPDATE mentor_card SET screened_on = NULL")


RULES: list[tuple[Rule, str]] = [
    (age_rule, "cannot_be_paired"),
    (apart, "parted_before"),
    (gender_wish, "reason_needed"),
    (mentor_wishes, "cannot_be_paired"),
    (never_lists, "cannot_be_paired"),
    (not_approved, "mentor_not_found"),
    (not_screened, "cannot_be_paired"),
]


@pytest.mark.parametrize(("rule", "code"), RULES)
async def test_where_a_rule_fails_in_the_release_too_what_is_proposed_is_still_checked(
    programme: Programme, services: Services, raw_db: asyncpg.Connection, rule: Rule, code: str
) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor()
    await rule(programme, mentee, mentor, raw_db)
    before = await raw_db.fetchval("SELECT count(*) FROM pair")
    run = await solved_without(programme, services, rule.__name__)
    assert await run.paired() == {str(mentee.id): str(mentor.id)}
    freezer = Freezer(services.vault)
    broken = Deciding(
        services.gathering,
        Changes(services.gathering, services.pair_history, freezer, failing(rule.__name__, "rules_out")),
        services.proposing,
        services.pairs,
        freezer,
        services.limits,
    )
    staff = Caller(programme.staff.id, Role.STAFF, programme.home, programme.staff.session_id)
    version = await raw_db.fetchval("SELECT version FROM matching_run WHERE id = $1", run.id)
    with pytest.raises(PoolChanged) as refusal:
        async with services.database.unit_of_work() as db:
            await broken.release(db, staff, UUID(run.id), version)
    assert [(one.code, one.pointer) for one in refusal.value.fields] == [(code, f"/proposals/{mentee.id}")]
    assert await raw_db.fetchval("SELECT count(*) FROM pair") == before


async def test_staff_are_told_what_fails_and_a_young_person_is_shown_nobody(
    programme: Programme, services: Services
) -> None:
    """Who can't be told what is missing is not shown whom it would have kept away."""
    await programme.settle(mentees_see_suggestions=True)
    mentee, mentor = await programme.mentee(), await programme.mentor()
    of_staff = Caller(programme.staff.id, Role.STAFF, programme.home, programme.staff.session_id)
    own = Caller(mentee.id, Role.MENTEE, programme.home, mentee.session_id)
    for name, part, shown in (
        ("needs", "points", [mentor.id]),
        ("needs", "tell", [mentor.id]),
        ("not_screened", "rules_out", []),
    ):
        matching = Matching(
            services.gathering,
            services.waiting_list,
            services.turning_away,
            services.matching_settings,
            failing(name, part),
        )
        async with services.database.unit_of_work() as db:
            found = await matching.suggestions(db, of_staff, mentee.id, 0, 10)
            assert ([one.card.account_id for one in found.suggested], found.failed) == ([mentor.id], (name,))
            assert [one.card.account_id for one in await matching.own_suggestions(db, own)] == shown


async def test_a_follow_up_names_what_it_was_looked_for_without(
    programme: Programme, services: Services, raw_db: asyncpg.Connection
) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor(capacity=1)
    pair = await programme.proposed(mentee, mentor)
    await programme.mentor()
    ok(await mentor.post(f"{pair}/decline", {"answer": "no", "reason": "no_time"}))
    broken = FollowUps(
        services.database,
        services.accounts,
        services.gathering,
        services.pair_history,
        services.proposing,
        services.pairs,
        Freezer(services.vault),
        failing("needs", "points"),
    )
    jobs = Jobs(services.database, [Queue("follow_ups", 60.0, broken.tasks())])
    for _ in range(20):  # the service that runs beside the test may be faster
        await raw_db.execute("UPDATE matching_follow_up SET state = 'due', with_id = NULL")
        while await jobs.turn("follow_ups"):
            pass
        person = (await listed(programme))["person"]
        if person["failed_criteria"]:
            break
    assert (person["state"], person["failed_criteria"]) == ("open", ["needs"])
    assert "needs" not in [one["criterion"] for one in person["contributions"]]
    refused(await settle(programme, person, "proposal"), 412, "pool_changed")
    assert (await listed(programme))["person"]["failed_criteria"] == []
