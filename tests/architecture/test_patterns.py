"""F9: no pattern of the code can be made to take long by what a client sends: each is tried on a whole body's worth of
the very characters that it repeats. A pattern that goes back over them again and again would take minutes for that."""

import ast
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import pytest
from msgspec import Meta

from rinnalla.accounts.policy import fold_login_name, password_fault, recovery_digest
from rinnalla.kit import bodies
from rinnalla.kit.caller import Role
from rinnalla.kit.errors import InvalidBody
from rinnalla.kit.schema import In
from tests.architecture.source import FILES, name_of

SIZE = 64 * 1024
MOST_SECONDS = 0.5
"""Of the processor, however busy the machine is. What is linear takes some ten milliseconds."""
RE_FUNCTIONS = {"compile", "fullmatch", "match", "search", "findall", "finditer", "split", "sub"}
ENDS = ("", "\n", "\0", "!", "`", "@", " ", "9", "a")


def patterns_of(path: Path) -> Iterator[tuple[str, int]]:
    """Every regular expression in a file, with its flags: of `re`, and `pattern=` of what is checked on the wire."""
    tree = ast.parse(path.read_text())
    constants = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        given = [keyword.value for keyword in node.keywords if keyword.arg == "pattern"]
        flags = 0
        called = node.func
        if isinstance(called, ast.Attribute) and called.attr in RE_FUNCTIONS and ast.unparse(called.value) == "re":
            given.append(node.args[0])
            flags = sum(
                getattr(re, ast.unparse(flag).removeprefix("re."))
                for flag in node.args[1:]
                if ast.unparse(flag).startswith("re.")
            )
        for value in given:
            constant = constants.get(value.id) if isinstance(value, ast.Name) else value
            assert isinstance(constant, ast.Constant), f"{path}:{node.lineno}: a pattern that is no plain text"
            yield str(constant.value), flags


PATTERNS = sorted({(name_of(path), *pattern) for path in FILES for pattern in patterns_of(path)})


def fragments(pattern: str) -> set[str]:
    """Short texts of what a pattern speaks of: its plain parts, and characters of every kind."""
    plain = [re.sub(r"\\(.)", r"\1", part) for part in re.split(r"\(\?P?<?\w*>?|[()\[\]^$*+?{}|]", pattern) if part]
    whole = re.sub(r"\\([^\w])", r"\1", pattern.partition("(")[0].lstrip("^"))
    return {
        *plain,
        whole,
        *(part[0] for part in plain),
        "a",
        "a@",
        "9",
        " ",
        "\n",
        ".",
        "[",
        "[1",
        "`",
        "ä",
        "a,",
        "é\u0301",
    }


@pytest.mark.parametrize(("where", "pattern", "flags"), PATTERNS)
def test_a_pattern_takes_one_look_at_each_character(where: str, pattern: str, flags: int) -> None:
    compiled = re.compile(pattern, flags)
    for fragment in fragments(pattern) - {""}:
        for end in ENDS:
            text = fragment * (SIZE // len(fragment)) + end
            started = time.thread_time()
            compiled.search(text)
            assert time.thread_time() - started < MOST_SECONDS, (where, pattern, fragment, end)


class Body(In):
    text: str
    counts: dict[Annotated[str, Meta(max_length=9)], Annotated[int, Meta(ge=0)]] | None = None


@pytest.mark.parametrize(
    "part",
    [" - at `$", "`", "missing required field `", "contains unknown field `", "[1", ".a", " - at `key` in `$.counts"],
)
@pytest.mark.parametrize("end", ["", "\\n", "`", "\\u0000"])
def test_a_body_is_explained_in_one_go(part: str, end: str) -> None:
    started = time.thread_time()
    name = part * (SIZE // len(part)) + end
    many = ",".join(f'"{number}":1' for number in range(SIZE // 10))
    for body in (
        f'{{"counts":{{{many},"a":-1}},"text":""}}',
        f'{{"counts": {{"{name}": -1}}}}',
        f'{{"{name}": 1}}',
        f'{{"text": {{"{name}": 1}}}}',
        "[" * (SIZE // 2),
        '{"text":' * (SIZE // 8),
    ):
        with pytest.raises(InvalidBody) as refused:
            bodies.decode(body.encode(), Body)
        assert (
            len(refused.value.fields[0].pointer or "") <= 220
        )  # of which half is there because `~` and `/` are escaped
    assert time.thread_time() - started < MOST_SECONDS


@pytest.mark.parametrize("character", ["\ufdfa", "é\u0301", "ß", "ﬃ", "İ", "\u0344", "a", "\U0001f469\u200d"])
def test_names_and_codes_are_folded_in_one_go(character: str) -> None:
    """U+FDFA is the character that grows most: eighteen for one."""
    text = character * (SIZE // len(character))
    started = time.thread_time()
    fold_login_name(text)
    recovery_digest(text)
    password_fault(Role.STAFF, text, text)
    assert time.thread_time() - started < 4 * MOST_SECONDS  # of names forty characters come in, not tens of thousands
