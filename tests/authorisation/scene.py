"""A small world in which everyone can be tried at every door."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from asyncpg import Connection

from tests.api import Api
from tests.factories import Factory, Person

SIGNED_IN = ("mentee", "mentor", "mentee2", "mentor2", "staff", "staff2", "admin")
COLUMNS = ("nobody", *SIGNED_IN)
GONE = ("suspended", "deleted")


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
