"""A question as staff write it, and as it is stored."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rinnalla.feedback import policy
from rinnalla.feedback.models import Audience, Question
from rinnalla.feedback.policy import Schedule
from rinnalla.kit.errors import FieldProblem, InvalidBody


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What staff write. `scale` is `{"type": "range", "min", "max", "step", …}` or `{"type": "yes_no", …}`."""

    titles: dict[str, str]
    scale: dict[str, Any]
    audience: Sequence[Audience]
    schedule: Schedule


def fill(question: Question, draft: Draft) -> None:
    """Write a draft into a question. Raises: InvalidBody."""
    if fault := policy.scale_fault(draft.scale):
        raise InvalidBody(FieldProblem(code="out_of_range", pointer=f"/scale/{fault}"))
    if draft.schedule.times > 1 and draft.schedule.repeat_after_days is None:
        raise InvalidBody(FieldProblem(code="required", pointer="/schedule/repeat_after_days"))
    if draft.schedule.until_value not in {None, *policy.allowed_values(draft.scale)}:
        raise InvalidBody(FieldProblem(code="out_of_range", pointer="/schedule/until_value"))
    question.titles, question.scale = draft.titles, draft.scale
    question.audience = sorted(set(draft.audience))
    question.first_after_days = draft.schedule.first_after_days
    question.repeat_after_days = draft.schedule.repeat_after_days
    question.times = draft.schedule.times
    question.remind_after_days = draft.schedule.remind_after_days
    question.reminders = draft.schedule.reminders
    question.first_after_messages = draft.schedule.first_after_messages
    question.oldest_account_days = draft.schedule.oldest_account_days
    question.repeat_after_messages = draft.schedule.repeat_after_messages
    question.repeat_min_days = draft.schedule.repeat_min_days
    question.until_value = draft.schedule.until_value
