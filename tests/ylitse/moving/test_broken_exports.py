"""A broken export is refused whole, with everything that is wrong with it; and nothing is told of what stands there."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from rinnalla.ylitse.export_file import Fault, NotAnExport, opened
from rinnalla.ylitse.moved_plan import plan_of
from tests.factories import Factory
from tests.ylitse.moving.mover import Mover, rows_of
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
    (put("mentors", 0, birth_year=90), ["/mentors/0/birth_year: out_of_range"]),
    (put("skills", 0, name=""), ["/skills/0/name: invalid_format"]),
    (again("skills", 0), ["/skills/1/id: duplicate"]),
    (again("questions", 0), ["/questions/1/id: duplicate"]),
    (put("questions", 0, rules={}), ["/questions/0/rules/recipients: required"]),
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


@pytest.mark.parametrize(
    "content", ["", "[]", "null", "{", '{"accounts": {}}', '{"accounts": [1', "\ufeff{}", '{"a": []} x']
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


async def test_every_fault_is_listed_and_nothing_is_moved(
    mover: Mover, make: Factory, raw_db: asyncpg.Connection
) -> None:
    await make.mentee(login_name="Aino")
    before = await rows_of(raw_db)
    old = small()
    for break_it in (put("messages", 0, content=""), put("users", 1, role="mentee"), again("messages", 1)):
        break_it(old.lists)
    done = mover.run(old)
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        "/accounts/0/login_name: taken_here",
        "/messages/0/content: too_short",
        "/messages/2/id: duplicate",
        "/users/1/role: other_role",
    ]
    assert done.stderr.splitlines()[-1] == "4 faults: nothing was moved in."
    assert not mover.ways_in.exists()
    assert await rows_of(raw_db) == before


async def test_nobody_is_moved_into_two_programmes(mover: Mover, make: Factory) -> None:
    old = small()
    old.person("mentee", "veera", user_id="9a0c3f25-4f89-41d3-84e0-0305e82c3302")
    mover.moved(old)
    other = await make.organisation()
    told = mover.run(old, "--organisation", str(other))
    assert told.returncode == 1
    assert told.stdout.splitlines() == [
        "/accounts/0/login_name: taken_here",
        "/accounts/1/login_name: taken_here",
        "/accounts/2/login_name: taken_here",
        "/accounts/3: in_another_programme",
    ]


async def test_a_conversation_that_went_on_here_is_not_put_into_another_order(
    mover: Mover, raw_db: asyncpg.Connection
) -> None:
    old = small()
    mover.moved(old)
    mentee, mentor = old.lists["users"][0]["id"], old.lists["users"][1]["id"]
    old.message(mentee, mentor, "Vielä yksi.", 3)
    assert mover.refused(old) == ["/messages/2: conversation_went_on_here"]
    assert await raw_db.fetchval("SELECT count(*) FROM message") == 2


def test_it_may_only_be_looked_at(mover: Mover) -> None:
    done = mover.run(small(), "--check")
    assert (done.returncode, done.stdout) == (0, "It can be moved in: there is no fault in it.\n")
    assert mover.moved(small())["accounts"][1] == 3


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("--organisation", "No such place"), "There is no such organisation: make it with create-organisation first."),
        (("--ways-in", "/no/such/folder/ways"), "/no/such/folder/ways can't be written: No such file or directory."),
    ],
)
def test_what_can_t_be_done_is_said_before_anything_is(mover: Mover, arguments: tuple[str, ...], why: str) -> None:
    done = mover.run(small(), *arguments)
    assert (done.returncode, done.stderr.splitlines()[-1]) == (1, why)


def test_a_file_that_others_can_read_gets_no_secrets(mover: Mover) -> None:
    mover.ways_in.write_text("")
    mover.ways_in.chmod(0o644)
    done = mover.run(small())
    assert done.returncode == 1
    assert "can be read by others" in done.stderr
    assert mover.ways_in.read_text() == ""
