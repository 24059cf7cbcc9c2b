"""Whatever people there were and whatever they said: a sound export moves in once and its counts add up, and with a
fault anywhere it is refused whole."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar
from uuid import uuid4

import asyncpg
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from rinnalla import moving_in
from rinnalla.app import Services
from rinnalla.kit.clock import SystemClock
from rinnalla.kit.settings import Settings
from rinnalla.ylitse.export_file import opened
from rinnalla.ylitse.moved_counts import Counts
from tests.factories import Factory
from tests.ylitse.moving.mover import rows_of
from tests.ylitse.moving.old_service import OldService, argon2_hash, bcrypt_hash

T = TypeVar("T")
NOT_NEEDED = {"email", "phone", "password_hash"}
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=20).filter(
    str.strip
)
genders = st.sampled_from(["", "female", " Male", "other", "jokin muu"])
hashes = st.sampled_from([argon2_hash, bcrypt_hash])


@st.composite
def old_services(draw: st.DrawFn) -> OldService:
    """Some mentees, some mentors, and what some of them said to each other. Names are new each time."""
    old, mark = OldService(uuid4().hex), uuid4().hex[:12]
    active = st.booleans()
    people = {
        role: [
            old.person(role, f"{role}-{mark}-{number}", stored=draw(hashes)(), active=draw(active))
            for number in range(draw(st.integers(1, 3)))
        ]
        for role in ("mentee", "mentor")
    }
    for mentor in people["mentor"]:
        old.mentor(mentor).update(is_vacationing=draw(active), active=draw(active), gender=draw(genders))
    for name in ("Asuminen", "Raha-asiat"):
        old.skill(name, active=draw(active))
    asked = [old.question(active=draw(active)), old.question(until=3)]
    for mentee in people["mentee"]:
        for minutes, value in enumerate(draw(st.lists(st.none() | st.integers(1, 5), max_size=4))):
            old.answer(draw(st.sampled_from(asked)), mentee, value, minutes)
        for mentor in people["mentor"]:
            both = [(mentee, mentor), (mentor, mentee)]
            for owner, other in draw(st.sets(st.sampled_from(both))):
                old.contact(owner, other, draw(st.sampled_from(["ok", "archived", "banned", "deleted"])))
            for text in draw(st.lists(texts, max_size=6)):
                pair, minutes = draw(st.sampled_from(both)), draw(st.integers(0, 5))
                old.message(*pair, text, minutes, opened=draw(active), active=draw(active))
    return old


@st.composite
def faults(draw: st.DrawFn, old: OldService) -> tuple[str, int]:
    """Put one fault into an export; where."""
    name = draw(st.sampled_from([name for name, records in old.lists.items() if records]))
    place = draw(st.integers(0, len(old.lists[name]) - 1))
    record = old.lists[name][place]
    field = draw(st.sampled_from(sorted(record.keys() - NOT_NEEDED)))
    kind = draw(st.sampled_from(["missing", "wrong", "unknown", "twice"]))
    if kind == "missing":
        del record[field]
    elif kind == "wrong":
        record[field] = 1.5
    elif kind == "unknown":
        record["shoe_size"] = 38
    else:
        place = len(old.lists[name])
        old.lists[name].append(record)
    return name, place


class Silent:
    """A watcher who looks away."""

    def step(self, text: str) -> None:
        pass

    def warning(self, text: str) -> None:
        pass


@pytest.fixture
async def home(make: Factory) -> str:
    return str(await make.organisation())


def with_services(settings: Settings, work: Callable[[Services, asyncpg.Connection], Awaitable[T]]) -> T:
    """In an event loop of its own, as each example is a test of its own."""

    async def main() -> T:
        services = Services(settings, SystemClock())
        raw_db = await asyncpg.connect(str(settings.database_url).replace("+asyncpg", ""))
        try:
            return await work(services, raw_db)
        finally:
            await raw_db.close()
            await services.close()

    with asyncio.Runner() as runner:
        return runner.run(main())


async def moved(services: Services, old: OldService, home: str) -> Counts:
    with TemporaryDirectory() as folder, opened(old.write(Path(folder, "export.json"))) as export:
        ways_in = Path(folder, "ways")
        counts = await moving_in.move_export(services, Silent(), export, home, ways_in, look_only=False)
        assert counts is not None
        return counts


few = examples(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@few
@given(old=old_services())
def test_a_sound_export_moves_in_once(settings: Settings, home: str, topics_as_before: None, old: OldService) -> None:
    async def work(services: Services, raw_db: asyncpg.Connection) -> None:
        before = await rows_of(raw_db)
        first = await moved(services, old, home)
        between = await rows_of(raw_db)
        again = await moved(services, old, home)
        assert await rows_of(raw_db) == between
        for name, records in old.lists.items():
            assert first[name].adds_up
            assert again[name].adds_up
            assert first[name].read == again[name].read == len(records)
            assert again[name].moved == 0
        assert between["message"] - before["message"] == first["messages"].moved
        assert between["account"] - before["account"] == first["accounts"].moved == len(old.lists["accounts"])
        sent = [
            (row["thread_id"], row["created_at"])
            for row in await raw_db.fetch("SELECT thread_id, created_at FROM message ORDER BY thread_id, seq")
        ]
        assert sent == sorted(set(sent))

    with_services(settings, work)


@few
@given(data=st.data(), old=old_services())
def test_with_a_fault_it_is_refused_whole(
    settings: Settings, home: str, topics_as_before: None, data: st.DataObject, old: OldService
) -> None:
    name, place = data.draw(faults(old))

    async def work(services: Services, raw_db: asyncpg.Connection) -> None:
        before = await rows_of(raw_db)
        with pytest.raises(moving_in.HasFaults) as refused:
            await moved(services, old, home)
        assert any(fault.pointer.startswith(f"/{name}/{place}") for fault in refused.value.faults)
        assert await rows_of(raw_db) == before

    with_services(settings, work)
