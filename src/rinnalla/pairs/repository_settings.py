"""Every query on the settings of programmes."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.pairs.models_settings import MatchingSettingsVersion


async def newest(db: AsyncSession, organisation_id: UUID) -> MatchingSettingsVersion | None:
    """What holds in a programme now, without a caller: every member's pair goes by it."""
    return await db.scalar(
        select(MatchingSettingsVersion)
        .where(MatchingSettingsVersion.organisation_id == organisation_id)
        .order_by(MatchingSettingsVersion.version.desc())
        .limit(1)
    )
