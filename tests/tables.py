"""What is in the tables: emptied for each test, and kept where it was much work to make."""

from io import BytesIO

import asyncpg

from rinnalla.tables import metadata

Rows = dict[str, bytes]
"""By table, as Postgres copies them out and in."""
MIGRATIONS_FILL = {"topic", "master_key_fingerprint"}
SAID_BY_PROCESSES = "node"
"""Said anew whenever it is missing, also between the emptying of its table and the putting back."""
MADE = {table.name: f'"{table.name}"' for table in metadata.sorted_tables if table.name not in MIGRATIONS_FILL} | {
    "topic": "topic WHERE created_at > (SELECT min(created_at) FROM topic)"
}
TRIES = 5
EMPTY = ";".join(["SET LOCAL session_replication_role = replica", *(f"DELETE FROM {made}" for made in MADE.values())])


class Tables:
    """All that there is but what migrations have filled in. Over one connection for the whole run: each new one would
    first have to read what all these tables look like, and that takes longer than all else here."""

    def __init__(self, db: asyncpg.Connection) -> None:
        self._db = db

    async def empty(self) -> None:
        """All of them; once more, should what the last test left under way stand in the way of it."""
        for _ in range(TRIES):
            try:
                async with self._db.transaction():
                    await self._db.execute(EMPTY)
            except asyncpg.DeadlockDetectedError:
                continue
            return
        raise TimeoutError("The tables could not be emptied: something goes on writing to them.")

    async def keep(self) -> Rows:
        """What is in the tables now, to be put back later."""
        kept = {}
        for table, made in MADE.items():
            if table == SAID_BY_PROCESSES:
                continue
            rows = BytesIO()
            if await self._db.copy_from_query(f"SELECT * FROM {made}", output=rows, format="binary") != "COPY 0":
                kept[table] = rows.getvalue()
        return kept

    async def put_back(self, kept: Rows) -> None:
        """These rows, and no others."""
        async with self._db.transaction():
            await self._db.execute(EMPTY)
            for table, rows in kept.items():
                await self._db.copy_to_table(table, source=BytesIO(rows), format="binary")
