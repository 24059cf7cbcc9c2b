"""Looks for what is left of someone in the whole database."""

from uuid import UUID

import asyncpg

from rinnalla.tables import metadata

THE_TRAIL = "audit_entry"


async def tables_holding(raw_db: asyncpg.Connection, text: str) -> set[str]:
    """The tables in which any column of any row (ids, JSON, names, bytes as hex) has this text in it."""
    return {
        name
        for name in metadata.tables
        if await raw_db.fetchval(f'SELECT EXISTS (SELECT FROM "{name}" AS one WHERE one::text ILIKE $1)', f"%{text}%")
    }


async def keys_of(raw_db: asyncpg.Connection, account_id: UUID) -> set[str]:
    """The wrapped keys that seal what someone wrote, as hex: the account's own and one in each thread."""
    rows = await raw_db.fetch(
        "SELECT encode(wrapped_key, 'hex') FROM account WHERE id = $1 "
        "UNION ALL SELECT encode(wrapped_key, 'hex') FROM thread_member WHERE account_id = $1",
        account_id,
    )
    return {row[0] for row in rows}
