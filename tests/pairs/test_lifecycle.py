"""Every way of a pair that the table has can be gone, over HTTP and in the database, and no other."""

from dataclasses import dataclass
from typing import Any

import asyncpg
import pytest

from rinnalla.kit.caller import Role
from rinnalla.pairs.lifecycle import WAYS, leads, may, passages
from rinnalla.pairs.models import PLACE_TAKING, TALKING, PairState, Step
from tests.api import ok, refused
from tests.factories import Person
from tests.programme import YES, Programme, at_once, open_pairs

END = {"kind": "planned", "reason": "as_planned"}
DOORS: dict[Step, tuple[str, str, Any]] = {
    Step.ACCEPT: ("POST", "acceptance", YES),
    Step.DECLINE: ("POST", "decline", {"reason": "no_time"}),
    Step.WITHDRAW: ("POST", "withdrawal", None),
    Step.OVERRIDE: ("POST", "override", {"reason": "They met here."}),
    Step.ANSWER_TRIAL: ("PUT", "fit", {"fit": "still_deciding"}),
    Step.END: ("POST", "end", END),
    Step.CLOSE: ("POST", "close", None),
    Step.SAFEGUARD: ("POST", "safeguarding", None),
}
"""How each step that people take is asked for."""
BEGINNINGS = {Step.PROPOSE, Step.CHOOSE}
BY_TIME = {step for step, way in WAYS.items() if not way.who}


@dataclass
class People:
    """The two of a pair, and staff."""

    mentee: Person
    mentor: Person
    staff: Person
    path: str

    def of(self, role: Role) -> Person:
        return {Role.MENTEE: self.mentee, Role.MENTOR: self.mentor, Role.STAFF: self.staff}[role]

    async def ask(self, step: Step, role: Role) -> Any:
        method, door, body = DOORS[step]
        return await self.of(role).call(method, f"{self.path}/{door}", json=body)


async def pair_in(programme: Programme, raw_db: asyncpg.Connection, state: PairState) -> People:
    """A new pair that has come to that state by the way that people go."""
    mentee, mentor = await programme.mentee(), await programme.mentor(capacity=1)
    path = await programme.proposed(mentee, mentor)
    people = People(mentee, mentor, programme.staff, path)
    match state:
        case PairState.DECLINED:
            ok(await people.ask(Step.DECLINE, Role.MENTEE))
        case PairState.WITHDRAWN:
            ok(await people.ask(Step.WITHDRAW, Role.STAFF))
        case PairState.EXPIRED:
            await raw_db.execute("UPDATE pair SET expires_at = now() WHERE mentor_id = $1", mentor.id)
            await programme.job("proposals")
    if state in TALKING | {PairState.CLOSED, PairState.RETURNED}:
        for role in (Role.MENTEE, Role.MENTOR):
            ok(await people.ask(Step.ACCEPT, role))
    fit = {PairState.ACTIVE: "good_fit", PairState.RETURNED: "not_a_good_fit"}.get(state)
    if fit:
        for member in (mentee, mentor):
            ok(await member.put(f"{path}/fit", {"fit": fit}))
    if state == PairState.CLOSING:
        ok(await people.ask(Step.END, Role.MENTOR))
    if state == PairState.CLOSED:
        ok(await programme.staff.post(f"{path}/end", at_once()))
    assert ok(await programme.staff.get(path))["state"] == state
    return people


@pytest.mark.parametrize("state", PairState)
async def test_every_step_of_everyone_from_every_state(
    programme: Programme, raw_db: asyncpg.Connection, state: PairState
) -> None:
    people = await pair_in(programme, raw_db, state)
    possible = []
    for step in DOORS:
        for role in (Role.MENTEE, Role.MENTOR, Role.STAFF):
            if role in WAYS[step].who and may(step, state):
                possible.append((step, role))
                continue
            answer = await people.ask(step, role)
            if role in WAYS[step].who:
                refused(answer, 409, "pair_not_open")
                assert answer.json()["state"] == state
            else:
                refused(answer, 403, "forbidden")
    for step, role in possible:
        if ok(await people.staff.get(people.path))["state"] != state or step == Step.ACCEPT:
            people = await pair_in(programme, raw_db, state)
        ok(await people.ask(step, role))
        came = PairState(ok(await people.staff.get(people.path))["state"])
        assert leads(step, state, came), (step, role, came)
        assert await open_pairs(raw_db, people.mentor) == (came in PLACE_TAKING)
        thread = ok(await people.mentee.get(people.path))["thread_id"]
        if thread is not None:
            shown = ok(await people.mentee.get(f"/v1/threads/{thread}"))["state"]
            assert shown == ("open" if came in TALKING else "closed")


async def refused_by(raw_db: asyncpg.Connection, sql: str, *values: object) -> str | None:
    """Which rule refuses a write when the others on the states of pairs are lifted; it is taken back in any case."""
    lifted = raw_db.transaction()
    await lifted.start()
    for rule in ("state_is_whole", "close_is_told", "talking_was_accepted"):
        await raw_db.execute(f"ALTER TABLE pair DROP CONSTRAINT ck_pair_{rule}")
    found: str | None = None
    try:
        await raw_db.execute(sql, *values)
    except asyncpg.CheckViolationError as error:
        found = error.constraint_name
    await lifted.rollback()
    return found


async def test_every_passage_in_the_database(programme: Programme, raw_db: asyncpg.Connection) -> None:
    for was in PairState:
        pair_id = (await pair_in(programme, raw_db, was)).path.rpartition("/")[2]
        for now in PairState:
            refusal = await refused_by(raw_db, "UPDATE pair SET state = $1 WHERE id = $2", now, pair_id)
            is_a_way = was == now or (was, now) in passages()
            assert refusal == (None if is_a_way else "ck_pair_state_forward"), (was, now)


@pytest.mark.parametrize("state", PairState)
async def test_a_pair_begins_only_where_it_may(
    programme: Programme, raw_db: asyncpg.Connection, state: PairState
) -> None:
    mentee, mentor = await programme.mentee(), await programme.mentor()
    insert = (
        "INSERT INTO pair (id, organisation_id, mentee_id, mentor_id, state, origin) "
        "VALUES (gen_random_uuid(), $1, $2, $3, $4, 'staff')"
    )
    refusal = await refused_by(raw_db, insert, programme.home, mentee.id, mentor.id, state)
    assert refusal == (None if (None, state) in passages() else "ck_pair_state_forward")


def test_every_step_is_asked_for_or_taken_by_time() -> None:
    assert set(DOORS) | BEGINNINGS | BY_TIME == set(Step)
    assert {Step.EXPIRE, Step.EXTEND, Step.RUN_OUT, Step.CONFIRM, Step.RETURN} == BY_TIME


def test_what_is_final_leads_nowhere_and_everything_is_reached() -> None:
    final = set(PairState) - PLACE_TAKING
    assert not any(was in final for was, _ in passages())
    assert {now for _, now in passages()} == set(PairState)


def test_a_place_is_taken_at_the_beginning_and_given_back_once() -> None:
    for was, now in passages():
        assert was is None or was in PLACE_TAKING
        assert was is not None or now in PLACE_TAKING
