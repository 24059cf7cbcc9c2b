"""Who could be a good mentor for whom, as staff and young people ask for it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.kit import log
from rinnalla.kit.caller import Caller
from rinnalla.matching.changes import Changes
from rinnalla.matching.criteria import CRITERIA, Criteria
from rinnalla.matching.deciding import Deciding
from rinnalla.matching.errors import SuggestionsNotShown
from rinnalla.matching.followups import FollowUps
from rinnalla.matching.frozen import Freezer
from rinnalla.matching.gathering import Gathered, Gathering
from rinnalla.matching.machine import Machine, Patience
from rinnalla.matching.preparing import Preparing
from rinnalla.matching.ranking import Change, Judging, Ranking
from rinnalla.matching.runs import Runs
from rinnalla.matching.scoring import Explanation
from rinnalla.pairs.errors import MenteeNotFound
from rinnalla.pairs.service import MatchingSettings, SettingsInForce, TurningAway, WaitingList
from rinnalla.profiles.service import CardView, Contradiction, of_wishes

__all__ = [
    "Changes",
    "Deciding",
    "FollowUps",
    "Freezer",
    "Gathered",
    "Gathering",
    "Machine",
    "Matching",
    "Patience",
    "Preparing",
    "Runs",
    "Suggestions",
]
SHOWN_TO_MENTEES = 5
"""A few to look at, not a ranking of everybody."""


@dataclass(frozen=True, slots=True)
class Suggested:
    """A mentor who could fit, with everything that speaks for and against it."""

    card: CardView
    explanation: Explanation


@dataclass(frozen=True, slots=True)
class Excluded:
    """A mentor who is ruled out, with what may be told of why."""

    card: CardView
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Suggestions:
    """A stretch of a ranking, the best first, with what belongs to all of it. `left` is how many come after it."""

    in_force: SettingsInForce
    suggested: Sequence[Suggested]
    left: int
    excluded: Sequence[Excluded]
    changes: Sequence[tuple[Change, CardView]]
    contradictions: Sequence[Contradiction]
    failed: Sequence[str]


class Matching:
    """Advises; people decide."""

    def __init__(
        self,
        gathering: Gathering,
        waiting_list: WaitingList,
        turning_away: TurningAway,
        settings: MatchingSettings,
        criteria: Criteria = CRITERIA,
    ) -> None:
        self._gathering = gathering
        self._waiting_list = waiting_list
        self._turning_away = turning_away
        self._settings = settings
        self._criteria = criteria

    def criteria(self) -> Criteria:
        """Everything that matching goes by."""
        return self._criteria

    async def suggestions(
        self, db: AsyncSession, caller: Caller, mentee_id: UUID, skip: int, limit: int
    ) -> Suggestions:
        """All mentors of the programme, judged for someone who waits in it. Raises: MenteeNotFound."""
        await self._waiting_list.wishes_of(db, caller, mentee_id)
        gathered = await self._gathering.gather(db, caller.home, [mentee_id])
        if not gathered.pool.mentees:  # has left in this moment
            raise MenteeNotFound
        return self._judge(gathered, mentee_id, skip, limit)

    async def own_suggestions(self, db: AsyncSession, caller: Caller) -> Sequence[Suggested]:
        """The mentors who fit the caller best, but for those who have turned the caller away. What mentors say to
        nobody that they can't carry is not weighed: a name that goes when a topic is named would tell it. Nobody, while
        a rule fails: who can't be told so is not shown whom it would have kept away.

        Raises: SuggestionsNotShown.
        """
        if not (await self._settings.in_force(db, caller.home)).settings.mentees_see_suggestions:
            raise SuggestionsNotShown
        gathered = await self._gathering.gather(db, caller.home, [caller.account_id])
        if not gathered.pool.mentees:  # has left in this moment
            return ()
        out_of_reach = await self._turning_away.from_whom(db, caller)
        mentors = (
            replace(mentor, cannot_carry=frozenset())
            for mentor in gathered.pool.mentors
            if mentor.account_id not in out_of_reach
        )
        shown = replace(gathered, pool=replace(gathered.pool, mentors=tuple(mentors)))
        found = self._judge(shown, caller.account_id, 0, SHOWN_TO_MENTEES)
        rules = {criterion.name for criterion in self._criteria.hard}
        return () if rules.intersection(found.failed) else found.suggested

    def _judge(self, gathered: Gathered, mentee_id: UUID, skip: int, limit: int) -> Suggestions:
        judging = Judging(gathered.pool, gathered.in_force.settings.weights, self._criteria)
        ranking: Ranking = judging.rank(skip, limit)
        if ranking.failed:
            log.warning("criteria_failed", reason=",".join(ranking.failed))
        cards = [gathered.cards[mentor.account_id] for mentor in gathered.pool.mentors]
        approved = {card.account_id: card for card in cards if card.approved}
        return Suggestions(
            in_force=gathered.in_force,
            suggested=[Suggested(cards[index], why) for index, why in ranking.explained.items()],
            left=max(len(ranking.order) - skip - limit, 0),
            excluded=[Excluded(cards[index], reasons) for index, reasons in ranking.excluded.items()],
            changes=[(change, cards[change.mentor]) for change in ranking.changes],
            # Without the private list, which is told to nobody but its owner.
            contradictions=of_wishes(gathered.wishes[mentee_id], approved, (), gathered.pool.today),
            failed=ranking.failed,
        )
