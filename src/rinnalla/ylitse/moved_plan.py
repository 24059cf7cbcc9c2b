"""All that an export asks for, put together; what is wrong with it is noted in the export."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from rinnalla.ylitse.export_file import Export, SkillRecord
from rinnalla.ylitse.moved_people import People
from rinnalla.ylitse.moved_questions import Questions
from rinnalla.ylitse.moved_talks import Talks


@dataclass(frozen=True, slots=True)
class Plan:
    """`skills`: names of those that are in use."""

    people: People
    skills: list[str]
    talks: Talks
    questions: Questions


def plan_of(export: Export, home: UUID, tell: Callable[[str], None]) -> Plan:
    """Look at a whole export by itself."""
    tell("Looking at the people of the export")
    people = People(export, home)
    skills = _skills(export)
    tell("Looking at its contacts and messages")
    talks = Talks(export, people, home)
    tell("Looking at its questions and answers")
    return Plan(people, skills, talks, Questions(export, people, home))


def _skills(export: Export) -> list[str]:
    seen: set[str] = set()
    names = []
    for place, record in export.sound(SkillRecord, "skills"):
        if record.id in seen:
            export.faults.add(f"/skills/{place}/id", "duplicate")
        seen.add(record.id)
        if record.active:
            names.append(record.name)
    return names
