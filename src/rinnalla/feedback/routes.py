"""Questions over HTTP."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, PathParameter

from rinnalla.feedback import schemas as wire
from rinnalla.feedback.errors import (
    AlreadyAnswered,
    QuestionHasAnswers,
    QuestionNotDue,
    QuestionNotFound,
    QuestionRetired,
)
from rinnalla.feedback.models import MAX_ROUNDS
from rinnalla.feedback.service import Feedback
from rinnalla.kit.access import Asking, Db, only
from rinnalla.kit.caller import Role
from rinnalla.kit.contract import refusals
from rinnalla.kit.errors import EditedMeanwhile, PreconditionRequired
from rinnalla.kit.etags import expected_version, versioned
from rinnalla.kit.pages import PAGE_SIZE, cut, decode_cursor
from rinnalla.kit.params import PageCursor

FOR_STAFF = only(Role.STAFF)
FOR_THE_ASKED = only(Role.MENTEE, Role.MENTOR)
RoundNumber = Annotated[int, PathParameter(ge=1, le=MAX_ROUNDS, description="Which time the question is asked")]


@post(
    "/v1/questions",
    operation_id="writeQuestion",
    summary="A new question to mentees, mentors or both",
    tags=["Feedback"],
    opt=FOR_STAFF,
)
async def write_question(
    data: JSONBody[wire.QuestionEdit], db: Db, caller: Asking, feedback: NamedDependency[Feedback]
) -> Response[wire.QuestionBody]:
    question = await feedback.write(db, caller, wire.draft(data))
    return versioned(wire.question_body(question), question.version, status_code=201)


@get(
    "/v1/questions",
    operation_id="listQuestions",
    summary="The questions of your programme, newest first",
    tags=["Feedback"],
    opt=FOR_STAFF,
)
async def list_questions(
    db: Db, caller: Asking, feedback: NamedDependency[Feedback], cursor: PageCursor = None
) -> wire.QuestionList:
    before = decode_cursor(cursor, tuple[UUID])[0] if cursor else None
    page = cut(await feedback.questions(db, caller, before, PAGE_SIZE + 1), PAGE_SIZE, "id")
    return wire.QuestionList(items=[wire.question_body(one) for one in page.items], next_cursor=page.next_cursor)


@get(
    "/v1/questions/due",
    operation_id="listDueQuestions",
    summary="What you are asked now",
    tags=["Feedback"],
    opt=FOR_THE_ASKED,
)
async def list_due_questions(db: Db, caller: Asking, feedback: NamedDependency[Feedback]) -> wire.DueQuestionList:
    due = await feedback.due(db, caller)
    return wire.DueQuestionList(items=[wire.due_question_body(one) for one in due], next_cursor=None)


@get(
    "/v1/questions/{question_id:uuid}",
    operation_id="getQuestion",
    summary="One question",
    tags=["Feedback"],
    opt=FOR_STAFF,
    responses=refusals(QuestionNotFound),
)
async def get_question(
    db: Db, caller: Asking, feedback: NamedDependency[Feedback], question_id: FromPath[UUID]
) -> Response[wire.QuestionBody]:
    question = await feedback.question(db, caller, question_id)
    return versioned(wire.question_body(question), question.version)


@put(
    "/v1/questions/{question_id:uuid}",
    operation_id="editQuestion",
    summary="Change a question; its scale only as long as nobody has answered",
    tags=["Feedback"],
    opt=FOR_STAFF,
    responses=refusals(QuestionNotFound, QuestionHasAnswers, QuestionRetired, EditedMeanwhile, PreconditionRequired),
)
async def edit_question(
    request: Request[Any, Any, Any],
    data: JSONBody[wire.QuestionEdit],
    db: Db,
    caller: Asking,
    feedback: NamedDependency[Feedback],
    question_id: FromPath[UUID],
) -> Response[wire.QuestionBody]:
    question = await feedback.edit(db, caller, question_id, expected_version(request), wire.draft(data))
    return versioned(wire.question_body(question), question.version)


@delete(
    "/v1/questions/{question_id:uuid}",
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


@get(
    "/v1/questions/{question_id:uuid}/results",
    operation_id="getResults",
    summary="What may be told of the answers",
    tags=["Feedback"],
    opt=FOR_STAFF,
    responses=refusals(QuestionNotFound),
)
async def get_results(
    db: Db, caller: Asking, feedback: NamedDependency[Feedback], question_id: FromPath[UUID]
) -> wire.ResultsBody:
    return wire.results_body(await feedback.results(db, caller, question_id))


@put(
    "/v1/questions/{question_id:uuid}/answers/{round_number:int}",
    operation_id="answerQuestion",
    summary="Answer a question that you are asked; the same answer may be sent again",
    tags=["Feedback"],
    opt=FOR_THE_ASKED,
    responses=refusals(QuestionNotDue, AlreadyAnswered),
)
async def answer_question(
    data: JSONBody[wire.AnswerGiven],
    db: Db,
    caller: Asking,
    feedback: NamedDependency[Feedback],
    question_id: FromPath[UUID],
    round_number: RoundNumber,
) -> wire.AnswerBody:
    return wire.answer_body(await feedback.answer(db, caller, question_id, round_number, data.value))


@post(
    "/v1/questions/{question_id:uuid}/skip",
    operation_id="skipQuestion",
    summary="Not now; it may come back later",
    tags=["Feedback"],
    opt=FOR_THE_ASKED,
    status_code=204,
    responses=refusals(QuestionNotDue),
)
async def skip_question(
    db: Db, caller: Asking, feedback: NamedDependency[Feedback], question_id: FromPath[UUID]
) -> None:
    await feedback.skip(db, caller, question_id)


ROUTES = [
    write_question,
    list_questions,
    list_due_questions,
    get_question,
    edit_question,
    retire_question,
    get_results,
    answer_question,
    skip_question,
]
