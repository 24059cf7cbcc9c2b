"""What is wrong with an export is told where it is: everything, and nothing of what stands there."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from rinnalla.ylitse.export_faults import Fault
from rinnalla.ylitse.export_file import NotAnExport, opened
from rinnalla.ylitse.moved_plan import plan_of
from tests.ylitse.moving.old_service import OldService, bcrypt_hash

HOME = UUID("01938c2e-4b5a-7c3d-9e1f-2a3b4c5d6e7f")
Lists = dict[str, list[dict[str, Any]]]


def small() -> OldService:
    """Two who have talked, and someone of staff: all is well with them."""
    old = OldService()
    mentee, mentor = old.person("mentee", "aino", stored=bcrypt_hash()), old.person("mentor", "outi")
    old.person("admin", "johanna")
    old.contact(mentee, mentor)
    old.contact(mentor, mentee)
    old.message(mentee, mentor, "Moi.", 1)
    old.message(mentor, mentee, "No moi.", 2)
    old.skill("Asuminen")
    old.answer(old.question(), mentee, 3, 10)
    return old


def faults_of(old: OldService, folder: Path) -> Sequence[Fault]:
    with opened(old.write(folder / "export.json")) as export:
        plan_of(export, HOME, lambda _: None)
        return sorted(export.faults.found)


def put(name: str, index: int, /, **fields: Any) -> Callable[[Lists], None]:
    return lambda lists: lists[name][index].update(fields)


def without(name: str, index: int, field: str) -> Callable[[Lists], None]:
    def take(lists: Lists) -> None:
        del lists[name][index][field]

    return take


def again(name: str, index: int, /, **fields: Any) -> Callable[[Lists], None]:
    return lambda lists: lists[name].append({**lists[name][index], **fields})


def drop(name: str, index: int) -> Callable[[Lists], None]:
    def take(lists: Lists) -> None:
        del lists[name][index]

    return take


def talks_with_oneself(lists: Lists) -> None:
    lists["messages"][0]["recipient_id"] = lists["messages"][0]["sender_id"]
    lists["contacts"][0]["id"] = lists["contacts"][0]["user_id"]


def talks_with_staff(lists: Lists) -> None:
    lists["messages"][0]["recipient_id"] = lists["users"][2]["id"]
    lists["contacts"][0].update(id=lists["users"][2]["id"], role="admin")


def of_another(lists: Lists) -> None:
    lists["mentors"][0]["user_id"] = lists["users"][0]["id"]


def answer_on_no_step(lists: Lists) -> None:
    """Then the value that was given is on no step, either: that is told when the question is sound."""
    lists["questions"][0]["rules"]["answer"]["max"]["value"] = 0


def two_users(lists: Lists) -> None:
    lists["users"].append({**lists["users"][0], "id": "another"})


def a_mentee_with_a_profile(lists: Lists) -> None:
    lists["mentors"].append(
        {
            **lists["mentors"][0],
            "id": "another",
            "account_id": lists["accounts"][0]["id"],
            "user_id": lists["users"][0]["id"],
        }
    )


def all_that_can_be_wrong_with_a_question(lists: Lists) -> None:
    lists["questions"][0]["rules"]["recipients"] = ["admin"]
    lists["questions"][0]["rules"]["answer"]["max"]["value"] = 0


def rules_of_wrong_shapes(lists: Lists) -> None:
    lists["questions"][0]["created"] = "1999-01-01T00:00:00Z"
    rules = lists["questions"][0]["rules"]
    rules["recipients"], rules["answer"]["step"] = ["boss", "king"], 0
    rules["answer"]["max"]["labels"]["fi"] = ""
    rules["schedule"]["repetitions"]["times"] = -1
    del rules["titles"]["en"]


def rules_with_more(lists: Lists) -> None:
    rules = lists["questions"][0]["rules"]
    rules["titles"]["sv"], rules["mood"], rules["answer"]["min"]["labels"]["sv"] = "Hur mår du?", "kind", "min"
    rules["schedule"]["repetitions"]["not/known"] = {"a": 1}


def waits_for(value: int) -> Callable[[Lists], None]:
    again = {"type": "until_value", "comparison": "exact", "value": value, "days_since_previous_answer": 30}
    return lambda lists: lists["questions"][0]["rules"]["schedule"].update(repetitions=again)


BROKEN: list[tuple[Callable[[Lists], Any], list[str]]] = [
    (lambda lists: lists.pop("answers"), ["/answers: required"]),
    (lambda lists: lists.update(reports=[]), ["/reports: unknown_list"]),
    (put("accounts", 0, role="boss"), ["/accounts/0/role: invalid_value"]),
    (put("accounts", 0, login_name="x" * 61), ["/accounts/0/login_name: too_long"]),
    (put("accounts", 0, login_name=" aino"), ["/accounts/0/login_name: invalid_format"]),
    (put("accounts", 0, login_name="a\0no"), ["/accounts/0/login_name: invalid_format"]),
    (put("accounts", 0, login_name="OUTI"), ["/accounts/1/login_name: duplicate"]),
    (put("accounts", 0, password_hash="kissa"), ["/accounts/0/password_hash: invalid_format"]),
    (put("accounts", 0, email="ei ole"), ["/accounts/0/email: invalid_format"]),
    (put("accounts", 0, shoe_size=38), ["/accounts/0/shoe_size: unknown_field"]),
    (put("accounts", 0, active="yes"), ["/accounts/0/active: wrong_type"]),
    (put("accounts", 0, created="yesterday"), ["/accounts/0/created: invalid_value"]),
    (put("accounts", 0, created="2199-01-01T00:00:00Z"), ["/accounts/0/created: out_of_range"]),
    (put("accounts", 0, created="1999-01-01T00:00:00Z"), ["/accounts/0/created: out_of_range"]),
    (put("accounts", 0, created="0001-01-01T00:00:00+02:00"), ["/accounts/0/created: out_of_range"]),
    (put("accounts", 0, updated="9999-12-31T23:59:59-02:00"), ["/accounts/0/updated: out_of_range"]),
    (
        put("accounts", 0, created="1999-01-01T00:00:00Z", updated="2199-01-01T00:00:00Z", active=1),
        ["/accounts/0/active: wrong_type", "/accounts/0/created: out_of_range", "/accounts/0/updated: out_of_range"],
    ),
    (without("accounts", 0, "updated"), ["/accounts/0/updated: required"]),
    (
        put("accounts", 0, role="boss", active=1, login_name="", created=None),
        [
            "/accounts/0/active: wrong_type",
            "/accounts/0/created: wrong_type",
            "/accounts/0/login_name: invalid_format",
            "/accounts/0/role: invalid_value",
        ],
    ),
    (put("users", 0, display_name=" "), ["/users/0/display_name: invalid_format"]),
    (put("users", 0, account_id="nobody"), ["/accounts/0: has_no_user", "/users/0/account_id: unknown_reference"]),
    (put("users", 0, role="mentor"), ["/users/0/role: other_role"]),
    (two_users, ["/users/3/account_id: duplicate"]),
    (drop("mentors", 0), ["/accounts/1: has_no_mentor"]),
    (a_mentee_with_a_profile, ["/accounts/0: is_no_mentor"]),
    (of_another, ["/mentors/0/user_id: other_person"]),
    (put("mentors", 0, story="x" * 4001), ["/mentors/0/story: too_long"]),
    (
        put("mentors", 0, languages=["", "sv", 7, "x" * 61], skills=["Asuminen"] * 41 + [" "], active=None),
        [
            "/mentors/0/active: wrong_type",
            "/mentors/0/languages/0: too_short",
            "/mentors/0/languages/2: wrong_type",
            "/mentors/0/languages/3: too_long",
            "/mentors/0/skills: too_long",
            "/mentors/0/skills/41: invalid_format",
        ],
    ),
    (put("mentors", 0, birth_year=90), ["/mentors/0/birth_year: out_of_range"]),
    (put("skills", 0, name=""), ["/skills/0/name: invalid_format"]),
    (again("skills", 0), ["/skills/1/id: duplicate"]),
    (again("questions", 0), ["/questions/1/id: duplicate"]),
    (
        put("questions", 0, rules={}),
        [f"/questions/0/rules/{name}: required" for name in ("answer", "recipients", "schedule", "titles")],
    ),
    (
        all_that_can_be_wrong_with_a_question,
        [
            "/questions/0/rules/answer/max: out_of_range",
            "/questions/0/rules/recipients: invalid_value",
        ],
    ),
    (
        rules_of_wrong_shapes,
        [
            "/questions/0/created: out_of_range",
            "/questions/0/rules/answer/max/labels/fi: too_short",
            "/questions/0/rules/answer/step: out_of_range",
            "/questions/0/rules/recipients/0: invalid_format",
            "/questions/0/rules/recipients/1: invalid_format",
            "/questions/0/rules/schedule/repetitions/times: out_of_range",
            "/questions/0/rules/titles/en: required",
        ],
    ),
    (
        rules_with_more,
        [
            "/questions/0/rules/answer/min/labels/sv: unknown_field",
            "/questions/0/rules/mood: unknown_field",
            "/questions/0/rules/schedule/repetitions/not~1known: unknown_field",
            "/questions/0/rules/titles/sv: unknown_field",
        ],
    ),
    (waits_for(6), ["/questions/0/rules/schedule/repetitions/value: out_of_range"]),
    (waits_for(3), []),
    (answer_on_no_step, ["/questions/0/rules/answer/max: out_of_range"]),
    (put("answers", 0, value=6), ["/answers/0/value: out_of_range"]),
    (put("answers", 0, question_id="none"), ["/answers/0/question_id: unknown_reference"]),
    (put("answers", 0, user_id="nobody"), ["/answers/0/user_id: unknown_reference"]),
    (again("answers", 0), ["/answers/1/id: duplicate"]),
    (put("contacts", 0, status="friend"), ["/contacts/0/status: invalid_value"]),
    (put("contacts", 0, role="mentee"), ["/contacts/0/role: other_role"]),
    (put("contacts", 0, id="nobody"), ["/contacts/0/id: unknown_reference"]),
    (again("contacts", 0), ["/contacts/2: duplicate"]),
    (again("messages", 0), ["/messages/2/id: duplicate"]),
    (again("messages", 0, created="2022-01-01T00:00:00Z"), ["/messages/2/id: duplicate"]),
    (put("messages", 0, content="x" * 4001), ["/messages/0/content: too_long"]),
    (put("messages", 0, content=" \n"), ["/messages/0/content: invalid_format"]),
    (put("messages", 0, content="moi\0"), ["/messages/0/content: invalid_value"]),
    (put("messages", 0, sender_id="nobody"), ["/messages/0/sender_id: unknown_reference"]),
    (put("messages", 0, created="2199-01-01T00:00:00Z"), ["/messages/0/created: out_of_range"]),
    (talks_with_oneself, ["/contacts/0: with_oneself", "/messages/0: with_oneself"]),
    (talks_with_staff, ["/contacts/0: no_mentee_and_mentor", "/messages/0: no_mentee_and_mentor"]),
    (put("messages", 0, **{"a/b~c" * 3: 1}), ["/messages/0/a~1b~0ca~1b~0ca~1b~0c: unknown_field"]),
]


@pytest.mark.parametrize(("break_it", "told"), BROKEN)
def test_a_fault_is_told_where_it_is_and_only_there(
    break_it: Callable[[Lists], None], told: list[str], tmp_path: Path
) -> None:
    old = small()
    assert faults_of(old, tmp_path) == []
    break_it(old.lists)
    assert [str(fault) for fault in faults_of(old, tmp_path)] == told


REPEATED = [
    (
        '{"id": "accounts-',
        '{"role": "boss", "id": "accounts-',
        ["/accounts/0/role: duplicate", "/accounts/0/role: invalid_value"],
    ),
    (
        '"login_name": ',
        '"login_name": 7, "login_name": ',
        ["/accounts/0/login_name: duplicate", "/accounts/0/login_name: wrong_type"],
    ),
    ('"content": "Moi."', '"content": "Hei.", "content": "Moi."', ["/messages/0/content: duplicate"]),
    ('"fi": "Mit', '"fi": "Miten menee?", "fi": "Mit', ["/questions/0/rules/titles/fi: duplicate"]),
    ('"skills": [{', '"skills": [], "skills": [{', ["/skills: duplicate"]),
]


@pytest.mark.parametrize(("there", "instead", "told"), REPEATED)
def test_what_stands_there_twice_is_a_fault_and_not_dropped(
    there: str, instead: str, told: list[str], tmp_path: Path
) -> None:
    path = small().write(tmp_path / "export.json")
    path.write_text(path.read_text("utf-8").replace(there, instead, 1), "utf-8")
    with opened(path) as export:
        plan_of(export, HOME, lambda _: None)
        assert [str(fault) for fault in sorted(export.faults.found)] == told


@pytest.mark.parametrize(
    "content",
    ["", "[]", "null", "{", '{"accounts": {}}', '{"accounts": [1', "\ufeff{}", '{"a": []} x', '{"a": [' + "[" * 99_000],
)
def test_what_is_no_export_is_said_in_one_line(content: str, tmp_path: Path) -> None:
    path = tmp_path / "export.json"
    path.write_text(content)
    with pytest.raises(NotAnExport) as refused, opened(path):
        pass
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("record", ["1", "null", "[]", '"x"', "{}"])
def test_a_record_that_is_none_is_told(record: str, tmp_path: Path) -> None:
    old = small()
    old.lists["skills"] = [json.loads(record)]
    assert {fault.pointer.split("/")[2] for fault in faults_of(old, tmp_path)} == {"0"}
