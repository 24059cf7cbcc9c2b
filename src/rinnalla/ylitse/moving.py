"""Moving a Ylitse service in: an export that is sound becomes people, cards, conversations, questions and answers.

First everything is looked at, the file by itself and beside what is here, and nothing is written if there is any fault.
Then it goes in, some at a time, each time a transaction: who begins again after a crash goes on where it was. Last,
people are let in: until then nobody meets half of what was theirs.
"""

from typing import Protocol

from rinnalla.accounts.service import Arrivals, Organisation, Passwords
from rinnalla.chat.service import Conversations
from rinnalla.feedback.service import ArrivedFeedback
from rinnalla.kit.database import Database
from rinnalla.kit.vault import Vault
from rinnalla.profiles.service import ArrivedCards
from rinnalla.ylitse.export_file import Export
from rinnalla.ylitse.keeping import Keeping
from rinnalla.ylitse.moved_counts import Counts
from rinnalla.ylitse.moved_plan import plan_of
from rinnalla.ylitse.moving_people import MovingPeople
from rinnalla.ylitse.moving_questions import MovingQuestions
from rinnalla.ylitse.moving_talks import MovingTalks
from rinnalla.ylitse.shelf import places_in
from rinnalla.ylitse.ways_in import WaysIn


class Watcher(Protocol):
    """Whom the moving is told to."""

    def step(self, text: str) -> None:
        """What is being done now."""
        ...


class Moving:
    """Moves one export into one programme."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        keeping: Keeping,
        passwords: Passwords,
        watcher: Watcher,
        export: Export,
        programme: Organisation,
    ) -> None:
        home, places = programme.id, places_in(programme)
        self._watcher = watcher
        self._counts = Counts(export)
        plan = plan_of(export, home, watcher.step)
        self._people = MovingPeople(
            database, Arrivals(vault), ArrivedCards(), keeping, passwords, export, plan, self._counts, home, places
        )
        self._questions = MovingQuestions(database, ArrivedFeedback(), plan.questions, self._counts, home)
        self._talks = MovingTalks(database, Conversations(vault), export, plan.talks, self._counts)

    async def check(self) -> None:
        """Add to the export's faults what does not go together with what is here."""
        self._watcher.step("Comparing it with what is here")
        await self._people.check()
        await self._talks.check()

    async def move(self, ways_in: WaysIn) -> Counts:
        """Move a sound export in, or what of it is not in yet. Raises: LoginNameTaken (in this moment)."""
        self._watcher.step("Moving topics in")
        topics = await self._people.bring_topics()
        present = await self._people.bring(topics, self._watcher.step)
        await self._talks.bring(present, self._watcher.step)
        self._watcher.step("Moving questions and answers in")
        await self._questions.bring(present)
        await self._people.let_in(ways_in, self._watcher.step)
        self._counts.ways_in = ways_in.finish()
        return self._counts
