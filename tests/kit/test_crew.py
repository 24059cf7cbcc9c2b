"""Processes that die are replaced, unless that helps nobody; those that don't leave are made to."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from rinnalla.kit.crew import EARLY_DEATHS_ALLOWED


@contextmanager
def crew(name: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.kit.crews", name]
    with subprocess.Popen(  # noqa: S603 - our own command
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("name", ["dies", "ready_and_dies"])
def test_when_all_die_of_their_start_it_is_said_and_given_up(name: str) -> None:
    with crew(name) as process:
        said, logged = process.communicate(timeout=60)
    assert process.returncode == 1
    assert said.splitlines()[-1].startswith("The worker processes end as soon as they are started")
    deaths = [json.loads(line) for line in logged.splitlines() if "worker_ended" in line]
    for number in (1, 2):
        assert [death["code"] for death in deaths if death["worker"] == number][:EARLY_DEATHS_ALLOWED] == [3] * 5


def test_while_another_serves_it_is_not_given_up() -> None:
    with crew("one_dies") as process:
        assert process.stderr is not None
        deaths = 0
        for line in process.stderr:
            deaths += "worker_ended" in line
            if deaths > EARLY_DEATHS_ALLOWED:
                break
        assert process.poll() is None
        process.terminate()
        assert process.wait(30) == 0


def test_who_does_not_leave_is_killed_in_the_end() -> None:
    with crew("deaf") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.terminate()
        assert process.stdout.readline() == "leaving\n"
        process.terminate()
        assert process.wait(30) == 0


def test_when_one_dies_as_all_are_asked_to_leave_the_others_leave() -> None:
    with crew("stays") as process:
        _, logged = process.communicate(timeout=30)
    assert process.returncode == 0, logged
    assert "Traceback" not in logged
