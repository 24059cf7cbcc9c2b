"""A client that sends faster than anyone types is told to wait, and then closed."""

import contextlib

from websockets.exceptions import ConnectionClosed

from rinnalla.realtime import frames
from rinnalla.realtime.conversation import FRAMES_AT_ONCE
from tests.conftest import RunningService
from tests.factories import Factory
from tests.phone import Phone


async def test_a_flood_is_refused_and_closed(make: Factory, strict_service: RunningService) -> None:
    mentee, _, thread = await make.talkers()
    mentee.url = strict_service.url
    async with await Phone.let_in(mentee) as phone:
        with contextlib.suppress(ConnectionClosed):  # it may be closed before all is sent
            for _ in range(5 * FRAMES_AT_ONCE):
                await phone.say({"type": "typing", "thread_id": str(thread)})
        refused = await phone.expect(frames.Refused)
        assert (refused.frame, refused.code, refused.retryable) == ("unknown", "too_many_requests", True)
        assert refused.retry_after == 1
        assert await phone.closed_with() == frames.CloseCode.POLICY
