"""What is in the tables: emptied for each test, and kept for whom it was much work to make."""

from io import BytesIO

import asyncpg

from rinnalla.tables import metadata

Rows = dict[str, bytes]
"""By table, as Postgres copies them out and in."""
MIGRATIONS_FILL = {"topic", "master_key_fingerprint"}
MADE = {table.name: f'"{table.name}"' for table in metadata.sorted_tables if table.name not in MIGRATIONS_FILL} | {
    "topic": "topic WHERE created_at > (SELECT min(created_at) FROM topic)"
}
_EMPTY = ";".join(["SET LOCAL session_replication_role = replica", *(f"DELETE FROM {made}" for made in MADE.values())])


async def empty(db: asyncpg.Connection) -> None:
    """Take away everything but what migrations have filled in."""
    await db.execute(f"BEGIN; {_EMPTY}; COMMIT")


async def keep(db: asyncpg.Connection) -> Rows:
    """What is in the tables now, to be put back later."""
    kept = {}
    for table, made in MADE.items():
        rows = BytesIO()
        if await db.copy_from_query(f"SELECT * FROM {made}", output=rows, format="binary") != "COPY 0":
            kept[table] = rows.getvalue()
    return kept


async def put_back(db: asyncpg.Connection, kept: Rows) -> None:
    """Nothing but these rows."""
    async with db.transaction():
        await db.execute(_EMPTY)
        for table, rows in kept.items():
            await db.copy_to_table(table, source=BytesIO(rows), format="binary")
