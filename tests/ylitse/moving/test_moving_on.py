"""The moving in is killed in the middle, and begun again."""

from pathlib import Path

import asyncpg

from tests import command
from tests.patience import eventually
from tests.ylitse.moving.mover import Mover
from tests.ylitse.moving.old_service import OldService, bcrypt_hash

CONVERSATIONS, MESSAGES = 6, 1500


def large() -> OldService:
    """Conversations that are each longer than a piece."""
    old = OldService()
    mentor = old.person("mentor", "outi", stored=bcrypt_hash())
    for number in range(CONVERSATIONS):
        mentee = old.person("mentee", f"aino {number}")
        for place in range(MESSAGES):
            old.message(mentee, mentor, f"viesti {place}", place)
    return old


async def test_who_begins_again_goes_on(mover: Mover, raw_db: asyncpg.Connection, tmp_path: Path) -> None:
    old = large()
    old.write(mover.file)
    files = {name: tmp_path / name for name in ("typed", "output", "errors")}
    files["typed"].touch()

    async def half_done() -> bool:
        return bool(await raw_db.fetchval("SELECT count(*) > 0 FROM message"))

    running = command.Command(*mover.arguments, environment=mover.environment, **files)
    await eventually(half_done)
    running.kill()
    running.wait()
    await raw_db.fetchval("SELECT pg_sleep(0.1)")  # what Postgres had in hand is over
    begun = await raw_db.fetchval("SELECT count(*) FROM message")
    assert 0 < begun < CONVERSATIONS * MESSAGES
    assert set(await raw_db.fetch("SELECT state FROM account WHERE role = 'mentee'")) == {("invited",)}

    counts = mover.moved(old)
    total = CONVERSATIONS * MESSAGES
    assert counts["messages"] == (total, total - begun, begun, 0)
    assert counts["accounts"] == (CONVERSATIONS + 1, 0, CONVERSATIONS + 1, 0)
    rows = await raw_db.fetch(
        "SELECT thread.state, thread.last_seq, count(*), max(seq), sum(seq), count(DISTINCT message.created_at) "
        "FROM thread JOIN message ON message.thread_id = thread.id GROUP BY thread.id"
    )
    assert [tuple(row) for row in rows] == [
        ("open", MESSAGES, MESSAGES, MESSAGES, MESSAGES * (MESSAGES + 1) // 2, MESSAGES)
    ] * CONVERSATIONS
    assert len(mover.told_ways()) == CONVERSATIONS


async def test_a_line_that_a_crash_has_cut_hides_no_other(mover: Mover) -> None:
    old = OldService()
    old.person("mentee", "aino")
    mover.ways_in.write_text('{"login_name":"aino","role":"mentee","password":"old"}\n{"login_na')
    mover.ways_in.chmod(0o600)
    mover.moved(old)
    assert mover.told_ways().keys() == {"aino"}
    assert mover.told_ways()["aino"]["password"] != "old"


async def test_two_do_not_move_in_at_once(mover: Mover, raw_db: asyncpg.Connection) -> None:
    await raw_db.fetchval("SELECT pg_advisory_lock(hashtextextended('moving in', 0))")
    done = mover.run(OldService())
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "Someone is moving in already: wait until that is done."
