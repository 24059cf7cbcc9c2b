"""A Ylitse service that existed before, as an export has it: what it kept of whom, record by record."""

import json
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import bcrypt
from argon2 import PasswordHasher, Type

PASSWORD = "kolme kissaa ja kuu"
BEGAN = datetime(2021, 3, 4, 5, 6, 7, tzinfo=UTC)


@cache
def argon2_hash() -> str:
    """As a service with parameters of its own stored it."""
    return PasswordHasher(time_cost=1, memory_cost=64, parallelism=2, type=Type.I).hash(PASSWORD)


@cache
def bcrypt_hash() -> str:
    return bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()


def stamp(minutes: int) -> str:
    """So many minutes after it began."""
    return (BEGAN + timedelta(minutes=minutes)).isoformat().replace("+00:00", "Z")


class OldService:
    """Lists of records. Ids are opaque, as theirs are."""

    def __init__(self, mark: str = "R1u2cGtTGIEz5Slwn8dvVXYJWOyQSQ7v") -> None:
        """`mark` is in all its ids."""
        self._mark = mark
        self.lists: dict[str, list[dict[str, Any]]] = {
            name: []
            for name in ("accounts", "users", "mentors", "skills", "contacts", "messages", "questions", "answers")
        }
        self._numbers = count(1)

    def _add(self, name: str, /, **fields: Any) -> dict[str, Any]:
        record = {"id": f"{name}-{next(self._numbers)}-{self._mark}", **fields}
        self.lists[name].append(record)
        return record

    def person(
        self, role: str, name: str, *, stored: str | None = None, user_id: str | None = None, **more: Any
    ) -> str:
        """Someone; the id of their user. `more` changes the account."""
        times = {"active": True, "created": stamp(0), "updated": stamp(1)}
        account = self._add("accounts", role=role, login_name=name, **{**times, **more})
        if stored is not None:
            account["password_hash"] = stored
        user = self._add("users", account_id=account["id"], display_name=name.title(), role=role, **times)
        user["id"] = user_id or user["id"]
        if role == "mentor":
            self._add(
                "mentors",
                user_id=user["id"],
                account_id=account["id"],
                display_name=name.title(),
                birth_year=1990,
                gender="female",
                region="Uusimaa",
                story="Asuin kolmessa perheessä.",
                languages=["Finnish", "sv"],
                skills=["Asuminen", "Kalastus"],
                communication_channels=["chat", "phone"],
                is_vacationing=False,
                status_message="Vastaan iltaisin",
                **times,
            )
        return str(user["id"])

    def mentor(self, user_id: str) -> dict[str, Any]:
        """The profile of a mentor, to be changed."""
        return next(record for record in self.lists["mentors"] if record["user_id"] == user_id)

    def skill(self, name: str, *, active: bool = True) -> None:
        self._add("skills", name=name, active=active, created=stamp(0), updated=stamp(0))

    def contact(self, owner: str, other: str, status: str = "ok") -> None:
        user = next(record for record in self.lists["users"] if record["id"] == other)
        record = self._add(
            "contacts", user_id=owner, display_name=user["display_name"], role=user["role"], status=status
        )
        record["id"] = other

    def message(self, sender: str, recipient: str, content: str, minutes: int, **more: Any) -> str:
        fields = {"opened": True, "active": True, "created": stamp(minutes), **more}
        record = self._add("messages", sender_id=sender, recipient_id=recipient, content=content, **fields)
        return str(record["id"])

    def question(self, *, active: bool = True, until: int | None = None, yes_no: tuple[int, int] | None = None) -> str:
        """Asked of everyone, again and again; its id. `yes_no`: its numbers for yes and no, if it asks for that."""
        again: dict[str, Any] = {"type": "until_value", "comparison": "exact", "value": until}
        if until is None:
            again = {
                "type": "predefined",
                "times": 3,
                "messages_since_previous_answer": 0,
                "min_days_since_previous_answer": 0,
            }
        ends = {end: {"value": value, "labels": {"fi": end, "en": end}} for end, value in (("min", 1), ("max", 5))}
        answer: dict[str, Any] = {"type": "range", "step": 1, **ends}
        if yes_no is not None:
            sides = zip(("yes", "no"), yes_no, strict=True)
            answer = {"type": "yes-no"} | {
                side: {"value": value, "labels": {"fi": side, "en": side}} for side, value in sides
            }
        rules = {
            "recipients": ["mentee", "mentor"],
            "titles": {"fi": "Mitä kuuluu?", "en": "How are you?"},
            "answer": answer,
            "schedule": {
                "first": {
                    "days_since_registration": 0,
                    "sent_messages_threshold": 0,
                    "max_old_account_in_days": 3650,
                },
                "remind_times_when_skipped": 1,
                "remind_interval_days": 7,
                "repetitions": {**again, "days_since_previous_answer": 30},
            },
        }
        return str(self._add("questions", rules=rules, active=active, created=stamp(0))["id"])

    def answer(self, question: str, user: str, value: int | None, minutes: int) -> None:
        self._add("answers", question_id=question, user_id=user, value=value, created=stamp(minutes))

    def write(self, path: Path) -> Path:
        path.write_text(json.dumps(self.lists, ensure_ascii=False), "utf-8")
        return path
