"""News come by wake-ups, at once, and not only by the look that a process has every few seconds."""

from rinnalla.kit.settings import Settings
from rinnalla.realtime import frames
from rinnalla.realtime.news import ThreadGone
from tests.api import ok
from tests.chat.test_sending import say
from tests.conftest import RunningService
from tests.factories import Factory
from tests.phone import Phone
from tests.realtime.test_presence import show

SOON_SECONDS = 5.0


def test_nobody_waits_longer_than_that_for_what_no_word_told(settings: Settings) -> None:
    assert settings.look_seconds <= SOON_SECONDS


async def test_what_another_process_says_is_heard(make: Factory, service_that_never_looks: RunningService) -> None:
    """Events, how far the other side is, that they are writing, and that a session is over."""
    mentee, mentor, thread = await make.talkers()
    for person in (mentee, mentor):
        await show(person, "hidden", read_marks=True)
    mentor_here = make.again(mentor)
    mentor_here.url = service_that_never_looks.url
    async with await Phone.let_in(mentor_here, after=0) as phone, await Phone.let_in(mentee) as young:
        await phone.until(frames.CaughtUp)
        sent = ok(await say(mentor, thread, "oletko siellä?"), 201)
        assert str((await phone.event(frames.MessageEvent)).message.id) == sent["id"]
        await young.say({"type": "typing", "thread_id": str(thread)})
        await phone.until(frames.TypingNotice)
        ok(await mentee.put(f"/v1/threads/{thread}/read", {"up_to_seq": 1}))
        while (await phone.until(frames.OtherSide))[1].other_read_seq != 1:
            pass
        ok(await mentee.put(f"/v1/threads/{thread}/filing", {"filing": "blocked"}))
        assert (await phone.event(ThreadGone)).thread_id == thread
        ok(await mentor.delete(f"/v1/sessions/{mentor.session_id}"), 204)
        assert await phone.closed_with() == frames.CloseCode.UNAUTHENTICATED
