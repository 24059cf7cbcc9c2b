"""A small world in which everyone can be tried at every door."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from asyncpg import Connection

from tests.api import Api
from tests.factories import Factory, Person
from tests.tables import Rows, Tables

SIGNED_IN = ("mentee", "mentor", "mentee2", "mentor2", "staff", "staff2", "admin")
COLUMNS = ("nobody", *SIGNED_IN)
GONE = ("suspended", "deleted")
KEPT_SECONDS = 300
"""Access tokens live for twice as long."""


@dataclass
class Scene:
    """`mentee` and `mentor` are a pair with a thread, `mentee2` and `mentor2` another one of the same organisation
    (`home`) as `staff`; `staff2` works for another. `suspended` and `deleted` still hold tokens that were good.

    What a row prepares beyond that is put into `made`, by name.
    """

    make: Factory
    raw_db: Connection
    home: UUID
    elsewhere: UUID
    nobody: Api
    mentee: Person
    mentor: Person
    mentee2: Person
    mentor2: Person
    staff: Person
    staff2: Person
    admin: Person
    suspended: Person
    deleted: Person
    thread_id: UUID
    made: dict[str, Any]

    def who(self, name: str) -> Api:
        person: Api = getattr(self, name)
        return person


async def new_scene(make: Factory, raw_db: Connection) -> Scene:
    home, elsewhere = await make.organisation(), await make.organisation()
    mentee, mentor = await make.mentee(home), await make.mentor(home)
    mentee2, mentor2 = await make.mentee(home), await make.mentor(home)
    suspended, deleted = await make.mentee(home), await make.mentee(home)
    await raw_db.execute("UPDATE account SET state = 'suspended' WHERE id = $1", suspended.id)
    await raw_db.execute("DELETE FROM account WHERE id = $1", deleted.id)
    await make.thread(mentee2, mentor2)
    return Scene(
        make=make,
        raw_db=raw_db,
        home=home,
        elsewhere=elsewhere,
        nobody=make.nobody,
        mentee=mentee,
        mentor=mentor,
        mentee2=mentee2,
        mentor2=mentor2,
        staff=await make.staff(home),
        staff2=await make.staff(elsewhere),
        admin=await make.admin(),
        suspended=suspended,
        deleted=deleted,
        thread_id=await make.thread(mentee, mentor),
        made={},
    )


Given = Callable[[Scene], Awaitable[None]] | None
"""What prepares a scene beyond what is in each."""


@dataclass(frozen=True)
class Kept:
    """A scene, and what it consists of in the database."""

    scene: Scene
    rows: Rows
    since: float

    @property
    def is_fresh(self) -> bool:
        return time.monotonic() - self.since < KEPT_SECONDS


class Scenes:
    """Prepares each kind of scene once and puts it back for all who want the same: as if nobody had been there."""

    def __init__(self, make: Factory, raw_db: Connection, tables: Tables, kept: dict[Given, Kept]) -> None:
        self._make = make
        self._raw_db = raw_db
        self._tables = tables
        self._kept = kept

    async def prepared(self, given: Given) -> Scene:
        """A scene in which nothing has happened but what `given` prepares. Any before it is gone."""
        kept = self._kept.get(given)
        if kept is None or not kept.is_fresh:
            kept = self._kept[given] = await self._prepare(given)
        await self._tables.put_back(kept.rows)
        people: dict[str, Any] = {name: self._make.again(getattr(kept.scene, name)) for name in (*SIGNED_IN, *GONE)}
        return replace(kept.scene, make=self._make, raw_db=self._raw_db, nobody=self._make.nobody, **people)

    async def _prepare(self, given: Given) -> Kept:
        await self._tables.empty()
        scene = await new_scene(self._make, self._raw_db)
        if given:
            await given(scene)
        return Kept(scene, await self._tables.keep(), time.monotonic())
