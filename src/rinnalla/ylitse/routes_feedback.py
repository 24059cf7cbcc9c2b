"""Reports, questions and events."""

from uuid import UUID

from litestar import delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from rinnalla.accounts.errors import AccountNotFound
from rinnalla.feedback.errors import AlreadyAnswered, QuestionNotDue, QuestionNotFound
from rinnalla.feedback.service import Feedback
from rinnalla.kit.access import ANYONE_SIGNED_IN, Asking, Db, only
from rinnalla.kit.caller import Role
from rinnalla.profiles.service import Cards
from rinnalla.safeguarding.errors import ReportNotFound
from rinnalla.ylitse import happenings, ids
from rinnalla.ylitse import schemas as record
from rinnalla.ylitse import schemas_bodies as wire
from rinnalla.ylitse import schemas_feedback as asked
from rinnalla.ylitse.keeping import Keeping
from rinnalla.ylitse.questions import Questions
from rinnalla.ylitse.refusals import refusals
from rinnalla.ylitse.reports import Reports
from rinnalla.ylitse.shelf import Shelf

FOR_MEMBERS = only(Role.MENTEE, Role.MENTOR)
FOR_STAFF = only(Role.STAFF)
FOR_REPORTERS = only(Role.MENTEE, Role.MENTOR, Role.STAFF)


@post(
    "/reports",
    operation_id="report",
    summary="Tell the programme that something is wrong with someone",
    tags=["Safety"],
    opt=FOR_REPORTERS,
    responses=refusals(AccountNotFound),
)
async def report(
    data: JSONBody[wire.NewReport], db: Db, caller: Asking, reports: NamedDependency[Reports]
) -> record.Report:
    reported = ids.account_of_user(data.reported_user_id)
    return await reports.report(db, caller, reported, data.report_reason, data.contact_field)


@get(
    "/reports",
    operation_id="listReports",
    summary="The reports to your programme, 500 at the most, the open ones first; that you read them is recorded",
    tags=["Safety"],
    opt=FOR_STAFF,
)
async def list_reports(db: Db, caller: Asking, reports: NamedDependency[Reports]) -> wire.Reports:
    return wire.Reports(resources=await reports.all(db, caller))


@put(
    "/reports/{report_id:uuid}",
    operation_id="moveReport",
    summary="Say where following a report up stands",
    tags=["Safety"],
    opt=FOR_STAFF,
    responses=refusals(ReportNotFound),
)
async def move_report(
    data: JSONBody[wire.ReportMove],
    db: Db,
    caller: Asking,
    reports: NamedDependency[Reports],
    report_id: FromPath[UUID],
) -> record.Report:
    return await reports.move(db, caller, report_id, data.status)


@get(
    "/feedback/needs_answers",
    operation_id="listDueQuestions",
    summary="What you are asked now; what is not answered counts as skipped",
    tags=["Feedback"],
    opt=ANYONE_SIGNED_IN,
)
async def list_due_questions(db: Db, caller: Asking, questions: NamedDependency[Questions]) -> asked.DueQuestions:
    return asked.DueQuestions(resources=await questions.ask(db, caller))


@post(
    "/feedback/answer",
    operation_id="answerQuestion",
    summary="Answer what you were asked; the same answer may be sent again",
    tags=["Feedback"],
    opt=FOR_MEMBERS,
    responses=refusals(QuestionNotDue, AlreadyAnswered),
)
async def answer_question(
    data: JSONBody[asked.Answered], db: Db, caller: Asking, questions: NamedDependency[Questions]
) -> record.Said:
    await questions.answer(db, caller, data.answer_id, data.value)
    return record.Said(message="Answer stored.")


@get(
    "/feedback/questions",
    operation_id="listQuestions",
    summary="The questions of your programme that are asked",
    tags=["Feedback"],
    opt=FOR_STAFF,
)
async def list_questions(db: Db, caller: Asking, questions: NamedDependency[Questions]) -> asked.Questions:
    return asked.Questions(resources=await questions.all(db, caller))


@post(
    "/feedback/questions",
    operation_id="writeQuestion",
    summary="A new question to mentees, mentors or both",
    tags=["Feedback"],
    opt=FOR_STAFF,
)
async def write_question(
    data: JSONBody[asked.NewQuestion], db: Db, caller: Asking, questions: NamedDependency[Questions]
) -> asked.Question:
    return await questions.write(db, caller, data.rules)


@delete(
    "/feedback/questions/{question_id:uuid}",
    operation_id="retireQuestion",
    summary="Ask a question no more; its results stay",
    tags=["Feedback"],
    opt=FOR_STAFF,
    responses=refusals(QuestionNotFound),
)
async def retire_question(
    db: Db, caller: Asking, feedback: NamedDependency[Feedback], question_id: FromPath[UUID]
) -> None:
    await feedback.retire(db, caller, question_id)


@post(
    "/events",
    operation_id="countEvents",
    summary="Count what was done, among what everyone did; who did it is not kept",
    tags=["Feedback"],
    opt=ANYONE_SIGNED_IN,
)
async def count_events(
    data: JSONBody[wire.Events],
    db: Db,
    caller: Asking,
    keeping: NamedDependency[Keeping],
    shelf: NamedDependency[Shelf],
    cards: NamedDependency[Cards],
    language: NamedDependency[str],
) -> record.Said:
    await keeping.count(db, caller, await happenings.countable(db, data, shelf, cards, language))
    return record.Said(message="Counted.")


FEEDBACK_ROUTES = [
    report,
    list_reports,
    move_report,
    list_due_questions,
    answer_question,
    list_questions,
    write_question,
    retire_question,
    count_events,
]
