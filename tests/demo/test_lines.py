"""What is said in the demo, and how a file of real lines becomes messages."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rinnalla.demo.lines import CONVERSATION, LONGEST, MENTOR, YOUNG, NotReadable, pieces, read_lines


def written(folder: Path, content: bytes) -> Path:
    path = folder / "lines.txt"
    path.write_bytes(content)
    return path


def test_the_conversation_has_twenty_messages_and_the_phone_that_drops_is_the_young_persons() -> None:
    assert len(CONVERSATION.lines) == 20
    assert CONVERSATION.lines[CONVERSATION.drop_at].speaker == YOUNG
    assert CONVERSATION.lines[CONVERSATION.drop_at + 1].speaker == MENTOR


def test_lines_are_said_in_turn_and_what_can_t_be_said_is_told(tmp_path: Path) -> None:
    script = read_lines(written(tmp_path, "\ufeffMoi 🌙\r\n\r\n  \r\nHei\x00\r\nJaa\u2028juu\r\n".encode()))
    assert [(line.speaker, line.text) for line in script.lines] == [
        (YOUNG, "Moi 🌙"),
        (MENTOR, "Hei\ufffd"),
        (YOUNG, "Jaa\u2028juu"),
    ]
    assert script.drop_at == 2
    assert script.remarks == [
        "Empty lines left out: 2.",
        "Lines with NUL, which no message may hold, sent as U+FFFD: 1.",
    ]


@pytest.mark.parametrize(("count", "drop_at"), [(1, 0), (2, 0), (3, 2), (4, 2), (7, 4)])
def test_the_connection_is_lost_in_the_middle(tmp_path: Path, count: int, drop_at: int) -> None:
    assert read_lines(written(tmp_path, b"moi\n" * count)).drop_at == drop_at


def test_a_long_line_is_said_in_several_messages_by_one_person(tmp_path: Path) -> None:
    script = read_lines(written(tmp_path, b"sana " * 1000 + b"\n" + b"x" * (LONGEST + 1)))
    assert [line.speaker for line in script.lines] == [YOUNG, YOUNG, MENTOR, MENTOR]
    assert script.lines[0].text.endswith("sana ")
    assert script.remarks == [f"Lines longer than {LONGEST} characters, said in several messages: 2."]


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=50).map(lambda text: text * 300))
def test_pieces_fit_and_lose_nothing_but_blanks(text: str) -> None:
    found = pieces(text)
    assert all(0 < len(piece) <= LONGEST and piece.strip() for piece in found)
    assert "".join("".join(found).split()) == "".join(text.replace("\x00", "\ufffd").split())


@pytest.mark.parametrize("content", [b"", b"\n\n", b"  \n\x00\n", "å".encode("latin-1")])
def test_a_file_that_says_nothing_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(NotReadable):
        read_lines(written(tmp_path, content))


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotReadable, match="No such file"):
        read_lines(tmp_path / "nowhere.txt")
