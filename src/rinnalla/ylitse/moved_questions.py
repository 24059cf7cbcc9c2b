"""What was asked in an export, and what people answered; or what is wrong with it."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from rinnalla.feedback.service import Draft, allowed_values
from rinnalla.kit.errors import InvalidBody
from rinnalla.ylitse.export_file import AnswerRecord, Export, QuestionRecord, in_utc
from rinnalla.ylitse.moved_ids import question_id
from rinnalla.ylitse.moved_people import People
from rinnalla.ylitse.questions import draft_of
from rinnalla.ylitse.yes_no import YesNoValues, values_of


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with what people answered: when, and what; None: nothing. `answers` are by person. `yes_no`: the
    numbers that it had of its own for yes and no."""

    id: UUID
    draft: Draft
    yes_no: YesNoValues | None
    active: bool
    created_at: datetime
    answers: dict[UUID, list[tuple[datetime, int | None]]] = field(default_factory=dict)


class Questions:
    """All questions, by their old ids."""

    def __init__(self, export: Export, people: People, home: UUID) -> None:
        self._export = export
        self._people = people
        self._ids: set[str] = set()
        self.all: dict[str, Asked] = {}
        for place, record in export.sound(QuestionRecord, "questions"):
            self._read_question(place, record, home)
        seen: set[str] = set()
        for place, answer in export.sound(AnswerRecord, "answers"):
            if answer.id in seen:
                export.faults.add(f"/answers/{place}/id", "duplicate")
            seen.add(answer.id)
            self._read_answer(f"/answers/{place}", answer)
        for asked in self.all.values():
            for answers in asked.answers.values():
                answers.sort(key=lambda given: given[0])

    def _read_question(self, place: int, record: QuestionRecord, home: UUID) -> None:
        pointer = f"/questions/{place}"
        if record.id in self._ids:
            self._export.faults.add(f"{pointer}/id", "duplicate")
            return
        self._ids.add(record.id)
        try:
            draft = draft_of(record.rules)
        except InvalidBody as error:
            for problem in error.fields:
                self._export.faults.add(f"{pointer}{problem.pointer}", problem.code)
            return
        ours = question_id(home, record.id, record.created)
        yes_no = values_of(record.rules.answer)
        self.all[record.id] = Asked(ours, draft, yes_no, record.active, in_utc(record.created))

    def _read_answer(self, pointer: str, record: AnswerRecord) -> None:
        faults = self._export.faults
        person = self._people.known(f"{pointer}/user_id", record.user_id)
        if record.question_id not in self._ids and not self._export.is_unsound("questions", record.question_id):
            faults.add(f"{pointer}/question_id", "unknown_reference")
        asked = self.all.get(record.question_id)
        if asked is None or person is None:
            return
        value = record.value
        if value is not None:
            value = asked.yes_no.kept(value) if asked.yes_no else value
            if value is None or value not in allowed_values(asked.draft.scale):
                faults.add(f"{pointer}/value", "out_of_range")
        asked.answers.setdefault(person.id, []).append((in_utc(record.created), value))
