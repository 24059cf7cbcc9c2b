"""What is no frame of ours is refused; who goes on with it is closed, and never as if the fault were ours."""

import logging

import asyncpg
import pytest
from websockets.frames import Frame, Opcode

from rinnalla.realtime import frames
from tests.factories import Factory
from tests.phone import Phone
from tests.wire import Wire

BAD_FRAMES: list[str | bytes] = [
    "", " ", "null", "[]", "{}", "{", '"auth"', "NaN", '{"type":"dance"}', '{"type":null}', b"", b"\x00\xff",
    b'{"type":"typing"}', "[" * 30_000, '{"type":"resume","after":-1}', '{"type":"resume","after":1.5}',
    '{"type":"resume","after":' + "9" * 30 + "}", '{"type":"typing","thread_id":"x"}', '{"type":"auth","extra":1}',
    '{"type":"hello"}',
]  # fmt: skip
IN_A_ROW = 6


@pytest.mark.parametrize("frame", BAD_FRAMES)
async def test_a_bad_frame_is_refused_and_the_socket_lives(make: Factory, frame: str | bytes) -> None:
    mentee, _, thread = await make.talkers()
    async with await Phone.let_in(mentee) as phone:
        await phone.socket.send(frame)
        assert (await phone.expect(frames.Refused)).code == "invalid_body"
        await phone.send(thread, "yhä täällä")
        await phone.expect(frames.Ack)


async def test_more_than_five_bad_frames_in_a_row_close_the_socket(make: Factory) -> None:
    mentee = await make.mentee()
    async with await Phone.let_in(mentee) as phone:
        for frame in BAD_FRAMES[-IN_A_ROW:]:
            await phone.socket.send(frame)
        for _ in range(IN_A_ROW):
            await phone.expect(frames.Refused)
        assert await phone.closed_with() == frames.CloseCode.BAD_FRAMES


async def test_binary_frames_are_counted_like_other_bad_ones(make: Factory) -> None:
    mentee = await make.mentee()
    async with await Phone.let_in(mentee) as phone:
        for _ in range(IN_A_ROW):
            await phone.socket.send(b'{"type":"resume","after":0}')
        assert await phone.closed_with() == frames.CloseCode.BAD_FRAMES


BROKEN = [
    (Frame(Opcode.TEXT, b"\xff\xfe").serialize(mask=True), 1007),
    (Frame(Opcode.TEXT, b'{"type":"\xc3"}').serialize(mask=True), 1007),
    (Frame(Opcode.TEXT, b"\xed\xa0\x80").serialize(mask=True), 1007),  # half of a pair: a surrogate
    (Frame(Opcode.TEXT, b"{}").serialize(mask=False), 1002),
    (b"\xc1\x82mask{}", 1002),  # compressed, which was not agreed on
    (Frame(Opcode.CONT, b"{}").serialize(mask=True), 1002),
    (b"\x83\x80mask", 1002),  # an opcode that does not exist
    (b"\x89\xfe\x00\x7emask" + b" " * 126, 1002),  # a ping larger than pings are
]


@pytest.mark.parametrize(("sent", "code"), BROKEN, ids=range(len(BROKEN)))  # masks are drawn anew each time
async def test_what_is_no_text_and_no_frame_closes_the_socket_without_a_word_in_our_log(
    make: Factory, caplog: pytest.LogCaptureFixture, sent: bytes, code: int
) -> None:
    mentee = await make.mentee()
    with caplog.at_level(logging.ERROR):
        async with await Wire.let_in(mentee) as known, await Wire.upgraded(mentee.url) as stranger:
            await known.send(sent)
            await stranger.send(sent)
            assert {await known.closed_with(), await stranger.closed_with()} == {code}
    assert [record.name for record in caplog.records if record.levelno >= logging.ERROR] == []


async def test_a_failure_of_ours_while_someone_is_let_in_says_nothing_of_itself(
    make: Factory, raw_db: asyncpg.Connection
) -> None:
    mentee = await make.mentee()
    await raw_db.execute("ALTER TABLE session RENAME TO mislaid")
    try:
        async with await Phone.open(mentee) as phone:
            await phone.say({"type": "auth", "access_token": mentee.token})
            assert await phone.closed_with() == frames.CloseCode.INTERNAL
            assert phone.socket.close_reason == ""
    finally:
        await raw_db.execute("ALTER TABLE mislaid RENAME TO session")
