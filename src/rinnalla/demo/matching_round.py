"""The matching round: thirty people wait, twelve mentors have places for some of them, and staff decide."""

import asyncio
import secrets
import time
from collections import Counter
from collections.abc import Awaitable, Collection, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from uuid import uuid4

from rinnalla.demo import crowd
from rinnalla.demo.crowd import Guest
from rinnalla.demo.person import Answer, Person
from rinnalla.demo.stage import Marks, Stage, StepFailed, must_be

RUNS = "/v1/staff/matching-runs"
AT_ONCE = 6
"""People who come in, or leave, at the same time."""
PATIENCE_SECONDS = 120
LOOK_SECONDS = 0.2
REASONS_SHOWN = 2


class MatchingRound:
    """Everyone in the round, and the worker who matches. `programme` is where the worker works."""

    def __init__(self, url: str, stage: Stage, worker: Person, programme: str) -> None:
        self._url = url
        self._stage = stage
        self._worker = worker
        self._programme = programme
        self._nobody = Person(url, stage)
        self._young: dict[str, Person] = {}
        self._passwords: dict[str, str] = {}
        self._capacity: dict[str, int] = {}
        self._names: dict[str, str] = {}

    async def play(self, also_ours: Collection[str]) -> None:
        """The whole round. `also_ours`: mentors of the story who may get a proposal too. Nothing is proposed to anyone
        who is not of the demo. Raises: StepFailed."""
        step = self._stage.step
        young, mentors = crowd.draw()
        self._stage.chapter("Matching everybody who waits")
        with step(f"{len(young)} young people say what would help, and ask to be paired"):
            await self._come_in("came in", [self._join(guest) for guest in young])
        with step(f"{len(mentors)} mentors with {sum(one.said['capacity'] for one in mentors)} places come in"):
            await self._come_in("came in", [self._enlist(guest) for guest in mentors])
        with step("The worker has everyone looked at together; the service goes on answering meanwhile"):
            run = await self._until_ready(await self._start())
        before = await self._outcomes(run)
        self._show(before)
        with step("The same people and the same seed give the same proposals"):
            again = await self._until_ready(await self._start(run.body["seed"]))
            same = _who(before) == _who(await self._outcomes(again))
            must_be("the same proposals", same, "others")
            await self._worker.call("DELETE", f"{RUNS}/{again.body['id']}", if_match=again.etag)
        run, after = await self._change_one(run, before)
        self._show_change(run, before, after)
        if strangers := _strangers(after, self._young.keys(), self._capacity.keys() | set(also_ours)):
            with step("Others wait, or mentor, here too: nothing is proposed, the run is discarded"):
                await self._worker.call("DELETE", f"{RUNS}/{run.body['id']}", if_match=run.etag)
            self._stage.note(f"{strangers} people of this programme are not the demo's")
        else:
            await self._release(run, after)

    async def take_away(self) -> None:
        """Everyone of the round leaves. Whoever can't be reached stays."""
        leaving = [self._leave(person) for person in self._young.values()]
        leaving += [self._remove(mentor_id) for mentor_id in self._capacity]
        await self._together(leaving)
        await self._nobody.close()

    # Coming in

    async def _join(self, guest: Guest) -> None:
        name, password = f"{guest.name.lower()}-{secrets.token_hex(3)}", secrets.token_urlsafe(18)
        body = {"nickname": name, "password": password, "organisation_id": self._programme}
        made = (await self._nobody.call("POST", "/v1/accounts", body, expect=HTTPStatus.CREATED)).body
        person = Person(self._url, self._stage)
        person.id = made["account"]["id"]
        person.keep(made["tokens"])
        self._young[person.id], self._passwords[person.id] = person, password
        self._names[person.id] = guest.name
        await person.edit("/v1/wishes", guest.said)
        await person.call("PUT", "/v1/waiting")

    async def _enlist(self, guest: Guest) -> None:
        body: dict[str, Any] = {"display_name": guest.name}
        made = (await self._worker.call("POST", "/v1/mentors", body, expect=HTTPStatus.CREATED)).body
        mentor_id = made["mentor"]["card"]["id"]
        self._capacity[mentor_id], self._names[mentor_id] = guest.said["capacity"], guest.name
        body = {
            "invitation": made["invitation"],
            "login_name": f"{guest.name.lower()}-{secrets.token_hex(3)}",
            "password": secrets.token_urlsafe(18),
        }
        path = "/v1/invitations/accept"
        mentor = Person(self._url, self._stage)
        try:
            mentor.keep((await self._nobody.call("POST", path, body, expect=HTTPStatus.CREATED)).body["tokens"])
            await mentor.edit("/v1/mentors/me", guest.said)
        finally:
            await mentor.close()
        shown_on = {"on": str(datetime.now(UTC).date())}
        await self._worker.call("PUT", f"/v1/mentors/{mentor_id}/screening", shown_on)
        await self._worker.call("PUT", f"/v1/mentors/{mentor_id}/approval")

    async def _come_in(self, done: str, coming: Sequence[Awaitable[None]]) -> None:
        with self._stage.progress(len(coming), done) as marks:
            await self._together(coming, marks)

    async def _together(self, deeds: Sequence[Awaitable[None]], marks: Marks | None = None) -> None:
        turns = asyncio.Semaphore(AT_ONCE)

        async def one(deed: Awaitable[None]) -> None:
            async with turns:
                await deed
            if marks is not None:
                marks.advance(1)

        await asyncio.gather(*(one(deed) for deed in deeds))

    # The run

    async def _start(self, seed: int | None = None) -> Answer:
        body = {"client_id": str(uuid4()), "seed": seed}
        return await self._worker.call("POST", RUNS, body, expect=HTTPStatus.CREATED)

    async def _until_ready(self, run: Answer) -> Answer:
        until = time.monotonic() + PATIENCE_SECONDS
        while run.body["state"] in {"queued", "solving"}:
            if time.monotonic() > until:
                raise StepFailed("a run that is ready", f"{run.body['state']} after {PATIENCE_SECONDS} s")
            await asyncio.sleep(LOOK_SECONDS)
            run = await self._worker.call("GET", f"{RUNS}/{run.body['id']}")
        must_be("a run that is ready", run.body["state"] == "ready", str(run.body["failure"] or run.body["state"]))
        return run

    async def _outcomes(self, run: Answer) -> list[dict[str, Any]]:
        found, cursor = [], ""
        while True:
            page = (await self._worker.call("GET", f"{RUNS}/{run.body['id']}/proposals?limit=100{cursor}")).body
            found += page["items"]
            if page["next_cursor"] is None:
                break
            cursor = f"&cursor={page['next_cursor']}"
        must_be("terms that add up", all(_adds_up(one) for one in found), "a score that is not their sum")
        places = Counter(one["mentor"]["id"] for one in found if one["mentor"])
        over = [mentor for mentor, taken in places.items() if taken > self._capacity.get(mentor, taken)]
        must_be("no mentor with more than they can carry", not over, f"{len(over)}")
        return found

    async def _change_one(self, run: Answer, outcomes: list[dict[str, Any]]) -> tuple[Answer, list[dict[str, Any]]]:
        """Propose another mentor to one person, whom nothing rules out, and solve again around that."""
        path = f"{RUNS}/{run.body['id']}"
        with self._stage.step("The worker knows better about one of them, and fixes another mentor"):
            mentee, mentor = await self._another_mentor(outcomes)
            fixed = await self._worker.call(
                "PUT", f"{path}/proposals/{mentee}", {"mentor_id": mentor, "reason": None}, if_match=run.etag
            )
        self._stage.note(f"{self._names.get(mentee, '?')} is to be proposed {fixed.body['mentor']['display_name']}")
        with self._stage.step("Everyone is looked at again, around what is fixed"):
            solving = await self._worker.call("POST", f"{path}/solve", if_match=fixed.etag)
            run = await self._until_ready(solving)
            outcomes = await self._outcomes(run)
            got = next(one["mentor"] for one in outcomes if one["mentee"]["id"] == mentee)
            must_be("the mentor whom the worker fixed", got is not None and got["id"] == mentor, "another")
        return run, outcomes

    async def _another_mentor(self, outcomes: list[dict[str, Any]]) -> tuple[str, str]:
        for one in outcomes:
            if one["mentor"] is None or one["mentee"]["id"] not in self._young:
                continue
            path = f"/v1/staff/mentees/{one['mentee']['id']}/suggestions"
            suggested = (await self._worker.call("GET", path)).body["items"]
            for other in suggested:
                if other["mentor"]["id"] != one["mentor"]["id"] and other["mentor"]["id"] in self._capacity:
                    return one["mentee"]["id"], other["mentor"]["id"]
        raise StepFailed("someone with a second possible mentor", "nobody")

    async def _release(self, run: Answer, outcomes: list[dict[str, Any]]) -> None:
        proposed = [one for one in outcomes if one["mentor"] is not None]
        path = f"{RUNS}/{run.body['id']}/release"
        with self._stage.step(f"The worker releases the round: {len(proposed)} proposals at once"):
            released = await self._worker.call("POST", path, if_match=run.etag)
            must_be("a released run", released.body["state"] == "released", released.body["state"])
        with self._stage.step("Each of them has one proposal, and can say yes, not now, or no"):
            await self._together([self._has_one(one) for one in proposed if one["mentee"]["id"] in self._young])
        waiting = len(outcomes) - len(proposed)
        self._stage.note(f"{waiting} go on waiting: they come earlier in the next round")

    async def _has_one(self, outcome: dict[str, Any]) -> None:
        pairs = (await self._young[outcome["mentee"]["id"]].call("GET", "/v1/pairs")).body["items"]
        states = [pair["state"] for pair in pairs if pair["mentor"]["id"] == outcome["mentor"]["id"]]
        must_be("one proposal", states == ["proposed"], str(states))

    # Leaving

    async def _leave(self, person: Person) -> None:
        with suppress(StepFailed):
            await person.call(
                "POST",
                "/v1/account/departure",
                {"password": self._passwords[person.id]},
                expect=HTTPStatus.NO_CONTENT,
            )
        await person.close()

    async def _remove(self, mentor_id: str) -> None:
        with suppress(StepFailed):
            await self._worker.call("DELETE", f"/v1/people/{mentor_id}", expect=HTTPStatus.NO_CONTENT)

    # What the audience sees

    def _show(self, outcomes: list[dict[str, Any]]) -> None:
        rows = [
            (
                one["mentee"]["display_name"].partition("-")[0].capitalize(),
                one["mentor"]["display_name"] if one["mentor"] else "—",
                str(one["score"]) if one["mentor"] else "",
                _reasons(one) if one["mentor"] else one["outcome"].replace("_", " "),
            )
            for one in outcomes
        ]
        self._stage.table(("young person", "mentor", "of 100", "most of it from"), rows)

    def _show_change(self, run: Answer, before: list[dict[str, Any]], after: list[dict[str, Any]]) -> None:
        moved = sum(one != other for one, other in zip(_who(before), _who(after), strict=True))
        points = [sum(one["score"] for one in outcomes if one["mentor"]) for outcomes in (before, after)]
        self._stage.note(
            f"{moved} proposals are others than before; the whole has {points[1]} points, it had {points[0]}"
        )
        self._stage.note(
            f"{run.body['possible_pairs']} pairs are possible, {run.body['proposals']} of {run.body['mentees']} people "
            f"have a proposal; weights: {run.body['settings']}"
        )


def _who(outcomes: list[dict[str, Any]]) -> list[tuple[str, str | None]]:
    return [(one["mentee"]["id"], one["mentor"]["id"] if one["mentor"] else None) for one in outcomes]


def _adds_up(outcome: dict[str, Any]) -> bool:
    return bool(sum(term["points"] for term in outcome["contributions"]) == outcome["score"])


def _strangers(outcomes: list[dict[str, Any]], young: Collection[str], mentors: Collection[str]) -> int:
    found = {one["mentee"]["id"] for one in outcomes} - set(young)
    found |= {one["mentor"]["id"] for one in outcomes if one["mentor"]} - set(mentors)
    return len(found)


def _reasons(outcome: dict[str, Any]) -> str:
    gave = (term for term in outcome["contributions"] if term["points"] > 0)
    terms = sorted(gave, key=lambda term: -int(term["points"]))[:REASONS_SHOWN]
    return ", ".join(f"{term['criterion'].replace('_', ' ')} {term['points']}/{term['most']}" for term in terms)
