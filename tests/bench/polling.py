"""Two thousand people whose apps ask every five seconds for what is new, beside people who write: what does a poll
cost, and what a message?

Costs are the processor's time of the service and of its Postgres together, in three stretches: only polls, only
messages, both. Nearly every poll finds nothing, as in life.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import psutil
from rich.console import Console
from rich.progress import track

from rinnalla.ylitse.ids import user_id
from tests.bench.scene import Scene
from tests.factories import Person
from tests.living import family
from tests.overload.raw import Client

PEOPLE = 2000
POLL_EVERY_SECONDS = 5.0
SENDS_A_SECOND = 100
SECONDS = 20.0
WARM_UP_SECONDS = 6.0
MENTEES_EACH = 19
OK, STORED, LATER = 200, 201, 503


@dataclass(frozen=True, slots=True)
class Talker:
    """Someone with an app; `last` is the message that it knows last."""

    person: Person
    thread: UUID
    last: str


@dataclass
class Stretch:
    """How many milliseconds each poll and each send took, how many were told to come again, how many failed, and the
    cost in seconds of processor."""

    name: str
    polls: list[float] = field(default_factory=list)
    sends: list[float] = field(default_factory=list)
    put_off: int = 0
    failed: int = 0
    cost: float = 0.0

    @property
    def broken(self) -> bool:
        """Whether anything was answered that no app goes on from."""
        return self.failed > 0

    def count(self, status: int | None, wanted: int) -> None:
        """One answer, or none at all."""
        self.put_off += status == LATER
        self.failed += status not in {wanted, LATER}


async def polling(scene: Scene, console: Console) -> list[Stretch]:
    """Only polls, only messages, both; before that, as much as it takes until plans are made and code is warm."""
    talkers = await _talkers(scene, console)
    with console.status("Warming up"):
        await _stretch(scene, talkers, Stretch("warm-up"), WARM_UP_SECONDS, polls=True, sends=True)
    stretches = []
    for name, polls, sends in (("polls", True, False), ("messages", False, True), ("both", True, True)):
        with console.status(f"Polling: {name}"):
            stretches.append(await _stretch(scene, talkers, Stretch(name), SECONDS, polls=polls, sends=sends))
    return stretches


async def _talkers(scene: Scene, console: Console) -> list[Talker]:
    """Each mentor talks with some mentees, and everyone has heard something."""
    talkers: list[Talker] = []
    groups = range(PEOPLE // (MENTEES_EACH + 1))
    async with scene.people() as people:
        home = await people.organisation()
        for _ in track(groups, "People who poll", console=console, transient=True):
            mentor = await people.mentor(home)
            for _ in range(MENTEES_EACH):
                mentee = await people.mentee(home)
                thread = await people.thread(mentee, mentor)
                path, body = f"/v1/threads/{thread}/messages", {"client_id": str(uuid4()), "text": "moi"}
                answer = await mentee.http.post(path, json=body)
                last = answer.raise_for_status().json()["id"]
                talkers.append(Talker(mentee, thread, last))
                await mentee.http.aclose()
            talkers.append(Talker(mentor, thread, last))
    return talkers


async def _stretch(
    scene: Scene, talkers: Sequence[Talker], seen: Stretch, seconds: float, *, polls: bool, sends: bool
) -> Stretch:
    before, until = _cost(scene), time.monotonic() + seconds
    work = []
    if polls:
        work += [_poll_on(scene, one, place, seen, until) for place, one in enumerate(talkers)]
    if sends:
        work += [_send_on(scene, talkers[place], place, seen, until) for place in range(SENDS_A_SECOND)]
    await asyncio.gather(*work)
    seen.cost = _cost(scene) - before
    return seen


async def _poll_on(scene: Scene, one: Talker, place: int, seen: Stretch, until: float) -> None:
    """Goes on from the last message that it was told, as the app does."""
    last = one.last
    await asyncio.sleep(POLL_EVERY_SECONDS * place / PEOPLE)
    async with Client(scene.node.url, one.person.token) as client:
        while time.monotonic() < until:
            due = time.monotonic() + POLL_EVERY_SECONDS
            path = f"/ylitse/users/{user_id(one.person.id)}/messages?from_message_id={last}&desc=false&max=10"
            found = await _timed(client, "GET", path, None, seen.polls)
            seen.count(found and found[0], OK)
            if found and found[1]:
                last = found[1][-1]["id"]
            await asyncio.sleep(due - time.monotonic())


async def _send_on(scene: Scene, one: Talker, place: int, seen: Stretch, until: float) -> None:
    """One message a second."""
    await asyncio.sleep(place / SENDS_A_SECOND)
    async with Client(scene.node.url, one.person.token) as client:
        while time.monotonic() < until:
            due = time.monotonic() + 1.0
            body = {"client_id": str(uuid4()), "text": "kuuluuko?"}
            found = await _timed(client, "POST", f"/v1/threads/{one.thread}/messages", body, seen.sends)
            seen.count(found and found[0], STORED)
            await asyncio.sleep(due - time.monotonic())


async def _timed(
    client: Client, method: str, path: str, body: dict[str, str] | None, took: list[float]
) -> tuple[int, list[dict[str, str]]] | None:
    """The status and what was listed. A connection that the service closed in its sleep is opened anew, once."""
    started = time.perf_counter()
    for _ in range(2):
        try:
            answer = await client.ask(method, path, body)
        except (OSError, EOFError):
            continue
        took.append((time.perf_counter() - started) * 1000)
        return answer.status, answer.json.get("resources", [])
    return None


def _cost(scene: Scene) -> float:
    """Seconds of processor that the service and its Postgres have taken."""
    pids = family(scene.node.process.pid) + scene.postgres.processes
    return sum(sum(_times(process)) for process in pids)


def _times(process: psutil.Process) -> tuple[float, float]:
    """Its own, and of the children that have ended."""
    try:
        known = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0, 0.0
    return known.user + known.system, known.children_user + known.children_system
