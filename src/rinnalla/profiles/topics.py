"""Topics, as those who may change the list of them do."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.kit.caller import Caller, Role
from rinnalla.kit.database import take_turns
from rinnalla.kit.limits import Limit, Limits
from rinnalla.kit.schema import LANGUAGES
from rinnalla.kit.trail import AuditAction, record
from rinnalla.profiles import repository
from rinnalla.profiles.errors import TopicCarried, TopicNotFound
from rinnalla.profiles.models import Topic
from rinnalla.profiles.policy import distinct, topic_id_for, topic_named

NEW_TOPICS = Limit("new_topic", 40, timedelta(days=1).total_seconds())
CHANGE = "topics"
KEEPERS = {Role.STAFF, Role.ADMIN}


class Topics:
    """The list of what can be talked about. It is one for all programmes."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits

    async def all(self, db: AsyncSession) -> Sequence[Topic]:
        """In the order they are shown."""
        return await repository.topics(db)

    async def make_known(self, db: AsyncSession, caller: Caller, names: Sequence[str], language: str) -> list[str]:
        """The ids of the topics with these names, each once. A name that none has yet becomes a new topic's, in every
        language until someone translates it. Raises: TooManyRequests."""
        known = _names(await repository.topics(db))
        if any(topic_named(name, known.items(), language) is None for name in names):
            await take_turns(db, CHANGE)  # of two who bring the same name at once the second finds it there
            known = _names(await repository.topics(db))
        found = []
        for name in names:
            topic_id = topic_named(name, known.items(), language)
            if topic_id is None:
                await self._limits.take_within(db, NEW_TOPICS, [caller.account_id])
                topic_id, known_as = topic_id_for(name, known), dict.fromkeys(LANGUAGES, name.strip())
                await repository.add_topic(db, topic_id, known_as)
                if caller.role in KEEPERS:
                    await record(db, caller, AuditAction.TOPIC_MADE_KNOWN, topic_id)
                known[topic_id] = known_as
            found.append(topic_id)
        return distinct(found)

    async def remove(self, db: AsyncSession, caller: Caller, topic_id: str) -> None:
        """Take a topic off the list, and off the cards and wishes of the caller's programme.

        Raises: TopicNotFound, TopicCarried (by someone of another programme).
        """
        await take_turns(db, CHANGE)
        if await repository.carried_elsewhere(db, caller, topic_id):
            raise TopicCarried
        if not await repository.remove_topic(db, topic_id):
            raise TopicNotFound
        await record(db, caller, AuditAction.TOPIC_REMOVED, topic_id)


def _names(topics: Sequence[Topic]) -> dict[str, dict[str, str]]:
    return {topic.id: topic.names for topic in topics}
