"""Matching runs, as staff have them made."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx

from rinnalla.app import Services
from tests.api import ok
from tests.factories import Person
from tests.patience import eventually
from tests.programme import Programme

RUNS = "/v1/staff/matching-runs"


@dataclass
class Run:
    """One run, and the staff member who looks at it."""

    staff: Person
    services: Services
    id: str

    @property
    def path(self) -> str:
        return f"{RUNS}/{self.id}"

    async def now(self) -> dict[str, Any]:
        body: dict[str, Any] = ok(await self.staff.get(self.path))
        return body

    async def is_ready(self) -> dict[str, Any]:
        """Wait until the machine has done its part."""

        async def done() -> bool:
            await self.services.machine.turn()
            return (await self.now())["state"] not in {"queued", "solving"}

        await eventually(done)
        return await self.now()

    async def found(self, **query: Any) -> dict[str, dict[str, Any]]:
        """What came out, by young person."""
        body = ok(await self.staff.get(f"{self.path}/proposals", params=query))
        return {one["mentee"]["id"]: one for one in body["items"]}

    async def paired(self) -> dict[str, str]:
        """Who is proposed to whom."""
        return {mentee: one["mentor"]["id"] for mentee, one in (await self.found(proposed=True)).items()}

    async def decide(self, method: str, what: str = "", body: Any = None, by: Person | None = None) -> httpx.Response:
        """Change the run as it is now."""
        return await (by or self.staff).edit(method, f"{self.path}{what}", body, read_from=self.path)

    async def fix(self, mentee: Person, mentor: Person, reason: str | None = None) -> httpx.Response:
        body = {"mentor_id": str(mentor.id), "reason": reason}
        return await self.decide("PUT", f"/proposals/{mentee.id}", body)

    async def strike(self, mentee: Person) -> httpx.Response:
        return await self.decide("DELETE", f"/proposals/{mentee.id}")

    async def solve_again(self) -> dict[str, Any]:
        ok(await self.decide("POST", "/solve"))
        return await self.is_ready()

    async def release(self) -> httpx.Response:
        return await self.decide("POST", "/release")


async def started(programme: Programme, seed: int | None = 1) -> Run:
    """A run that waits to be solved."""
    return await started_by(programme.staff, programme.make.services, seed)


async def started_by(staff: Person, services: Services, seed: int | None = 1) -> Run:
    body = {"client_id": str(uuid4()), "seed": seed}
    return Run(staff, services, ok(await staff.post(RUNS, body), 201)["id"])


async def ready_run(staff: Person, services: Services) -> str:
    """The id of a run that is ready."""
    run = await started_by(staff, services)
    await run.is_ready()
    return run.id


async def solved(programme: Programme, seed: int | None = 1) -> Run:
    """A run that is ready."""
    run = await started(programme, seed)
    assert (await run.is_ready())["state"] == "ready"
    return run
