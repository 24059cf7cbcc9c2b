"""A broken export is refused whole, and so is one that does not go together with what is here."""

import asyncpg
import pytest

from tests.factories import Factory
from tests.ylitse.moving.mover import Mover, rows_of
from tests.ylitse.moving.old_service import OldService, bcrypt_hash
from tests.ylitse.moving.test_broken_exports import again, put, small

NO_SUCH_FOLDER = (
    "/no/such/folder/ways can't be written: No such file or directory. See to it and begin again with the same export: "
    "whoever is not let in yet gets a line then."
)


async def test_every_fault_is_listed_and_nothing_is_moved(
    mover: Mover, make: Factory, raw_db: asyncpg.Connection
) -> None:
    await make.mentee(login_name="Aino")
    before = await rows_of(raw_db)
    old = small()
    for break_it in (put("messages", 0, content=""), put("users", 1, role="mentee"), again("messages", 1)):
        break_it(old.lists)
    done = mover.run(old)
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        "/accounts/0/login_name: taken_here",
        "/messages/0/content: too_short",
        "/messages/2/id: duplicate",
        "/users/1/role: other_role",
    ]
    assert done.stderr.splitlines()[-1] == "4 faults: nothing was moved in."
    assert not mover.ways_in.exists()
    assert await rows_of(raw_db) == before


async def test_nobody_is_moved_into_two_programmes(mover: Mover, make: Factory) -> None:
    old = small()
    old.person("mentee", "veera", user_id="9a0c3f25-4f89-41d3-84e0-0305e82c3302")
    mover.moved(old)
    other = await make.organisation()
    told = mover.run(old, "--organisation", str(other))
    assert told.returncode == 1
    assert told.stdout.splitlines() == [
        "/accounts/0/login_name: taken_here",
        "/accounts/1/login_name: taken_here",
        "/accounts/2/login_name: taken_here",
        "/accounts/3: in_another_programme",
    ]


async def test_who_is_something_else_in_a_later_file_is_not_taken_for_it(mover: Mover) -> None:
    old = OldService()
    old.person("mentee", "aino", stored=bcrypt_hash())
    mover.moved(old)
    (account,), (user,) = old.lists["accounts"], old.lists["users"]
    account["role"] = user["role"] = "admin"
    assert mover.refused(old) == ["/accounts/0/role: other_role_here"]


async def test_the_name_of_someone_who_has_left_since_may_be_anothers(
    mover: Mover, make: Factory, raw_db: asyncpg.Connection
) -> None:
    old = small()
    mover.moved(old)
    await raw_db.execute("DELETE FROM account WHERE login_name = 'aino'")
    await make.mentee(login_name="Aino")
    counts = mover.moved(old)
    assert counts["accounts"] == (3, 0, 2, 1)
    assert counts["messages"] == (2, 0, 0, 2)


async def test_a_conversation_that_went_on_here_is_not_put_into_another_order(
    mover: Mover, raw_db: asyncpg.Connection
) -> None:
    old = small()
    mover.moved(old)
    mentee, mentor = old.lists["users"][0]["id"], old.lists["users"][1]["id"]
    old.message(mentee, mentor, "Vielä yksi.", 3)
    assert mover.refused(old) == ["/messages/2: conversation_went_on_here"]
    assert await raw_db.fetchval("SELECT count(*) FROM message") == 2


def test_it_may_only_be_looked_at(mover: Mover) -> None:
    done = mover.run(small(), "--check")
    assert (done.returncode, done.stdout) == (0, "It can be moved in: there is no fault in it.\n")
    assert mover.moved(small())["accounts"][1] == 3


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("--organisation", "No such place"), "There is no such organisation: make it with create-organisation first."),
        (("--ways-in", "/no/such/folder/ways"), NO_SUCH_FOLDER),
    ],
)
def test_what_can_t_be_done_is_said_before_anything_is(mover: Mover, arguments: tuple[str, ...], why: str) -> None:
    done = mover.run(small(), *arguments)
    assert (done.returncode, done.stderr.splitlines()[-1]) == (1, why)


def test_a_file_that_others_can_read_gets_no_secrets(mover: Mover) -> None:
    mover.ways_in.write_text("")
    mover.ways_in.chmod(0o644)
    done = mover.run(small())
    assert done.returncode == 1
    assert "can be read by others" in done.stderr
    assert mover.ways_in.read_text() == ""
