"""A day in the life of the app: sixty contacts, people who write all the time, and at the end what the database has."""

import asyncio

import asyncpg
import pytest

from rinnalla.chat.policy import message_context
from rinnalla.kit.vault import Sealed, WrappedKey
from rinnalla.ylitse.ids import user_id
from tests.api import ok
from tests.factories import Factory, Person
from tests.ylitse.app import App
from tests.ylitse.client import user
from tests.ylitse.test_feedback import rules
from tests.ylitse.test_messages import say

CONTACTS = 60
WRITERS = 8


async def chatter(writer: Person, mentor: Person, thread: str, messages: int) -> None:
    """Half of it by this face, half by the other; until each is stored."""
    for number in range(messages):
        text = f"{writer.login_name} {number}"
        if number % 2:
            while (await say(writer, mentor, text)).status_code == 503:
                pass
        else:
            body = {"client_id": f"00000000-0000-4000-8000-{number:012}", "text": text}
            while (await writer.post(f"/v1/threads/{thread}/messages", body)).status_code == 503:
                pass


@pytest.mark.timeout(600)
async def test_a_day(make: Factory, raw_db: asyncpg.Connection) -> None:
    home = await make.organisation()
    mentor, staff = await make.mentor(home), await make.staff(home)
    mentees = [await make.mentee(home) for _ in range(CONTACTS)]
    threads = [await make.thread(mentee, mentor) for mentee in mentees]
    for mentee, thread in zip(mentees[:WRITERS], threads, strict=False):
        await chatter(mentee, mentor, str(thread), 23)
    for mentee in mentees[WRITERS:]:
        ok(await say(mentee, mentor, f"moi, {mentee.login_name}"), 201)
    ok(await staff.post("/ylitse/feedback/questions", rules(recipients=["mentor"])), 201)

    async with App(mentor.url, mentor.contract) as app:
        await app.log_in(mentor.login_name)
        await app.start()
        assert len(app.contacts) == CONTACTS
        assert len(app.messages) == WRITERS * 10 + CONTACTS - WRITERS

        writing = [
            asyncio.create_task(chatter(mentee, mentor, str(thread), 40))
            for mentee, thread in zip(mentees[WRITERS : 2 * WRITERS], threads[WRITERS:], strict=False)
        ]
        first, archived, banned, deleted, leaver = (user(mentee) for mentee in mentees[:5])
        await app.scroll_up(first)
        assert len(app.of(first)) == 23
        await app.file(**{archived: "archived", banned: "banned", deleted: "deleted"})
        assert (await say(mentees[2], mentor, "kuuleeko")).status_code == 403  # as to someone who has left
        await app.open(app.of(first)[-1])
        await app.say(first, "luin kaiken")
        assert await app.answer_questions(4) == 1
        assert await app.answer_questions(4) == 0
        report = {"reported_user_id": banned, "contact_field": "", "report_reason": "Hän uhkaili."}
        ok(await app.ask("POST", "/reports", report), 201)
        app.tokens["access_token"] = "expired"
        while not all(task.done() for task in writing):
            await app.poll()
        await asyncio.gather(*writing)
        ok(await mentees[4].delete(f"/ylitse/accounts/{mentees[4].id}"), 204)
        ok(await say(mentees[0], mentor, "hyvää yötä"), 201)
        while await app.poll():
            pass
        for person in app.contacts.keys() - {leaver}:
            await app.scroll_up(person)
        assert app.refreshed == 1

        gone = {one["id"] for one in app.of(leaver)}
        kept = {key: one for key, one in app.messages.items() if key not in gone}
        assert await everything(make, raw_db, mentor) == {
            key: (one["sender_id"], one["recipient_id"], one["content"]) for key, one in kept.items()
        }
        await app.start()
        statuses = {contact["id"]: contact["status"] for contact in app.contacts.values() if contact["id"] != leaver}
        assert statuses == {
            user(mentee): {archived: "archived", banned: "banned", deleted: "deleted"}.get(user(mentee), "ok")
            for mentee in mentees
            if user(mentee) != leaver
        }
        unopened = [one for one in app.of(first) if one["recipient_id"] == user(mentor) and not one["opened"]]
        assert [one["content"] for one in unopened] == ["hyvää yötä"]
        for mentee in mentees[WRITERS : 2 * WRITERS]:
            order = [one["id"] for one in app.of(user(mentee))]
            rows = await raw_db.fetch(
                "SELECT message.id FROM message JOIN thread ON thread.id = thread_id WHERE mentee_id = $1 ORDER BY seq",
                mentee.id,
            )
            assert order == [str(row["id"]) for row in rows]
    assert len(ok(await staff.get("/v1/reports"))["items"]) == 1
    assert await raw_db.fetchval("SELECT value FROM answer") == 4


async def everything(make: Factory, raw_db: asyncpg.Connection, person: Person) -> dict[str, tuple[str, str, str]]:
    """All that is stored of someone's conversations, opened: sender, recipient and text by id."""
    rows = await raw_db.fetch(
        """
        SELECT message.id, thread_id, author_id, mentee_id, mentor_id, body, author.wrapped_key
        FROM message JOIN thread ON thread.id = thread_id
        JOIN thread_member AS author USING (thread_id) WHERE author.account_id = author_id AND mentor_id = $1
        """,
        person.id,
    )
    found = {}
    for row in rows:
        context = message_context(row["id"], row["thread_id"], row["author_id"])
        text = make.services.vault.open(WrappedKey(row["wrapped_key"]), Sealed(row["body"]), context)
        other = row["mentee_id"] if row["author_id"] == row["mentor_id"] else row["mentor_id"]
        found[str(row["id"])] = (user_id(row["author_id"]), user_id(other), text)
    return found
