"""What must be true when a trouble is over."""

import asyncpg

from rinnalla.app import Services
from tests.conftest import RunningService
from tests.patience import eventually

_OPEN = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'rinnalla' AND state LIKE 'idle in%'"


async def check_clean(running: RunningService, db: asyncpg.Connection) -> None:
    """Every connection comes back to its pool, and no transaction stands open in Postgres."""
    services: Services = running.app.state.services

    async def is_clean() -> bool:
        in_use = services.database.connections_in_use() + services.delivery.connections_in_use()
        return in_use == 0 and await db.fetchval(_OPEN) == 0

    await eventually(is_clean)
