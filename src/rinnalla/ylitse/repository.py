"""Every query on what only this face keeps."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.feedback.service import Question
from rinnalla.kit.caller import Caller
from rinnalla.kit.database import any_of
from rinnalla.kit.ids import new_id
from rinnalla.ylitse.models import (
    Belongings,
    DeletedContact,
    Happening,
    HappeningCount,
    OldestVersion,
    OwnWords,
    ReportStatus,
    YesNo,
)
from rinnalla.ylitse.wordings import Wording
from rinnalla.ylitse.yes_no import YesNoValues


@dataclass(frozen=True, slots=True)
class Happened:
    """Something to be counted: with which topic, or whose profile."""

    name: Happening
    topic_id: str | None = None
    mentor_id: UUID | None = None


async def own_belongings(db: AsyncSession, account_id: UUID) -> Belongings | None:
    """What someone whom the asking code has found to be the caller has told us here."""
    return await db.scalar(select(Belongings).where(Belongings.account_id == account_id))


async def keep_belongings(db: AsyncSession, account_id: UUID, **values: object) -> None:
    """Write down some of what belongs to the caller."""
    statement = insert(Belongings).values(account_id=account_id, **values)
    await db.execute(statement.on_conflict_do_update(index_elements=["account_id"], set_=values))


async def deleted_threads(db: AsyncSession, caller: Caller, thread_ids: Collection[UUID]) -> set[UUID]:
    """Those of the threads that the caller calls deleted."""
    query = select(DeletedContact.thread_id).where(
        DeletedContact.account_id == caller.account_id, DeletedContact.thread_id.in_(thread_ids)
    )
    return set(await db.scalars(query))


async def mark_deleted(db: AsyncSession, caller: Caller, thread_id: UUID, *, deleted: bool) -> None:
    """Remember that the caller calls a thread of theirs deleted, or forget it."""
    if deleted:
        statement = insert(DeletedContact).values(thread_id=thread_id, account_id=caller.account_id)
        await db.execute(statement.on_conflict_do_nothing())
    else:
        await db.execute(
            delete(DeletedContact).where(
                DeletedContact.thread_id == thread_id, DeletedContact.account_id == caller.account_id
            )
        )


async def wordings(db: AsyncSession, account_ids: Collection[UUID]) -> dict[UUID, Wording]:
    """The own words of those of these mentors who have some: for whoever may see their cards."""
    query = select(OwnWords.account_id, OwnWords.languages, OwnWords.channels, OwnWords.gender).where(
        OwnWords.account_id.in_(account_ids)
    )
    return {one.account_id: Wording(one.languages, one.channels, one.gender) for one in await db.execute(query)}


async def keep_wordings(db: AsyncSession, wordings: Mapping[UUID, Wording]) -> None:
    """Write down the own words of mentors whose cards the asking code may change."""
    for account_id, wording in wordings.items():
        values = {
            "languages": list(wording.languages),
            "channels": list(wording.channels),
            "gender": wording.gender,
        }
        statement = insert(OwnWords).values(account_id=account_id, **values)
        await db.execute(statement.on_conflict_do_update(index_elements=["account_id"], set_=values))


async def report_statuses(db: AsyncSession, states: Mapping[UUID, str]) -> dict[UUID, str]:
    """What staff called these states of reports which the asking code has found to be the caller's to read."""
    found = await db.scalars(select(ReportStatus).where(ReportStatus.report_id == any_of(states)))
    return {one.report_id: one.status for one in found if one.state == states[one.report_id]}


async def keep_report_status(db: AsyncSession, report_id: UUID, state: str, status: str) -> None:
    """Write down what a report's state is called."""
    values = {"state": state, "status": status}
    statement = insert(ReportStatus).values(report_id=report_id, **values)
    await db.execute(statement.on_conflict_do_update(index_elements=["report_id"], set_=values))


async def yes_no_values(db: AsyncSession, question_ids: Collection[UUID]) -> dict[UUID, YesNoValues]:
    """The numbers of those of these questions that have numbers of their own, and are still answered by yes or no. They
    are nobody's secret."""
    query = select(YesNo).join(Question, Question.id == YesNo.question_id)
    query = query.where(YesNo.question_id.in_(question_ids), Question.scale["type"].astext == "yes_no")
    return {one.question_id: YesNoValues(one.yes, one.no) for one in await db.scalars(query)}


async def keep_yes_no(db: AsyncSession, values: Mapping[UUID, YesNoValues]) -> None:
    """Write down the numbers of new questions."""
    db.add_all([YesNo(question_id=question_id, yes=one.yes, no=one.no) for question_id, one in values.items()])
    await db.flush()


async def oldest_versions(db: AsyncSession) -> Sequence[OldestVersion]:
    """The oldest versions that are served: for everyone who is signed in."""
    return (await db.scalars(select(OldestVersion).order_by(OldestVersion.client))).all()


async def set_oldest_version(db: AsyncSession, client: str, version: str) -> None:
    statement = insert(OldestVersion).values(client=client, version=version)
    await db.execute(statement.on_conflict_do_update(index_elements=["client"], set_={"version": version}))


async def count(db: AsyncSession, happened: Mapping[Happened, int]) -> None:
    """So many times more today, in one order lest two who count at once wait for each other. Who did it is not asked
    and not kept."""
    if not happened:
        return
    rows = [
        {"id": new_id(), "day": func.current_date(), "times": times, **asdict(one)}
        for one, times in sorted(happened.items(), key=lambda item: str(item[0]))
    ]
    statement = insert(HappeningCount).values(rows)
    await db.execute(
        statement.on_conflict_do_update(
            index_elements=["day", "name", "topic_id", "mentor_id"],
            set_={"times": HappeningCount.times + statement.excluded.times},
        )
    )
