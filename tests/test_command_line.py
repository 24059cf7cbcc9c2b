"""What each `rinnalla` command does, says and answers."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
import pyotp
import pytest

from rinnalla.kit.settings import Settings
from tests import command
from tests.node import free_port

PASSWORD = "kolme kissaa ja kuu"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
BY_SCRIPT = ("--role", "staff", "--login-name", "anna", "--totp-secret", SECRET, "--password-stdin")
READY = re.compile(r"Rinnalla is ready on (\S+)")


class Machine:
    """An environment of settings to run the command in."""

    def __init__(self, **settings: object) -> None:
        self._environment = command.environment(**settings)

    def run(self, *arguments: str, typed: str = "", **more: str) -> subprocess.CompletedProcess[str]:
        return command.run(*arguments, environment={**self._environment, **more}, typed=typed)

    @contextmanager
    def serving(self, told: list[str]) -> Iterator[tuple[subprocess.Popen[str], str]]:
        """A running service and its URL, once it is ready; what it told until then is added to `told`."""
        process = subprocess.Popen(
            [sys.executable, "-m", "rinnalla", "serve"], env=self._environment, stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        try:
            for line in process.stdout:
                told.append(line.rstrip())
                if ready := READY.match(line):
                    yield process, ready[1]
                    break
        finally:
            process.kill()
            process.wait(10)
            process.stdout.close()


def log_in(url: str, name: str, secret: str, **more: str) -> httpx.Response:
    body = {"login_name": name, "password": PASSWORD, "totp_code": pyotp.TOTP(secret).now(), **more}
    return httpx.post(f"{url}/v1/sessions", json=body)


def told_value(told: list[str], name: str) -> str:
    return next(line.partition(": ")[2] for line in told if line.strip().startswith(f"{name}:"))


def postgres_of(folder: Path) -> list[int]:
    pgdata = str(folder / "postgres")
    return [process.pid for process in psutil.process_iter(["cmdline"]) if pgdata in (process.info["cmdline"] or ())]


@pytest.fixture
def beside(postgres_url: str, data_folder: Path, settings: Settings, clean: None) -> Machine:
    """A machine that uses the Postgres and the keys of the test run."""
    return Machine(RINNALLA_DATA=data_folder, DATABASE_URL=postgres_url)


def test_a_service_is_set_up_used_killed_and_stopped(own_data: Path) -> None:
    machine = Machine(RINNALLA_DATA=own_data, RINNALLA_PORT=free_port(), RINNALLA_DRAIN_SECONDS=0)
    told: list[str] = []
    with machine.serving(told) as (_, url):
        password, secret = told_value(told, "one-time password"), told_value(told, "TOTP secret")
        refused = log_in(url, "admin", secret, password=password)
        assert refused.json()["code"] == "password_change_required"
        assert log_in(url, "admin", secret, password=password, new_password=PASSWORD).status_code == 201
        beside = machine.run("create-staff", *BY_SCRIPT, typed=PASSWORD + "\n")
        assert (beside.returncode, beside.stdout) == (0, "Created staff 'anna' in 'Rinnalla'.\n")
        assert log_in(url, "anna", SECRET).status_code == 201
        taken = machine.run("serve")
        assert taken.returncode == 2
        assert taken.stderr.startswith("RINNALLA_PORT: ")

    # It was killed: Postgres still runs, and the next start takes it over.
    assert len(postgres_of(own_data)) == 1
    told = []
    with machine.serving(told) as (process, url):
        assert len(told) == 1
        assert httpx.post(f"{url}/v1/accounts", json={"nickname": "tuuli", "password": PASSWORD}).status_code == 201
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    assert postgres_of(own_data) == []
    assert {path.name: oct(path.stat().st_mode)[-3:] for path in own_data.glob("*.key")} == {
        "master.key": "600",
        "token.key": "600",
    }


def test_a_number_that_now_belongs_to_another_process_does_not_hinder_the_start(own_data: Path) -> None:
    machine = Machine(RINNALLA_DATA=own_data)
    assert machine.run("migrate").returncode == 0
    (own_data / "postgres" / "postmaster.pid").write_text(f"{os.getpid()}\n")
    (own_data / "postgres" / ".handle_pids.json").write_text("not json")
    assert machine.run("tidy").stdout == "Tidied.\n"
    assert postgres_of(own_data) == []


def test_staff_is_made_with_an_organisation_and_a_second_factor(beside: Machine) -> None:
    arguments = ("--role", "staff", "--login-name", "mari", "--organisation", "Toinen koti", "--password-stdin")
    made = beside.run("create-staff", *arguments, typed=PASSWORD)
    assert made.returncode == 0, made.stderr
    lines = made.stdout.splitlines()
    assert lines[:2] == ["Created organisation 'Toinen koti'.", "Created staff 'mari' in 'Toinen koti'."]
    assert told_value(lines, "TOTP secret") in told_value(lines, "For an authenticator app")


def test_staff_is_made_by_answering_questions(beside: Machine) -> None:
    made = beside.run("create-staff", typed=f"admin\nylläpitäjä\n{PASSWORD}\n{PASSWORD}\n", TTY_COMPATIBLE="1")
    assert made.returncode == 0, made.stderr
    assert "Created admin 'ylläpitäjä' above all organisations." in made.stdout
    assert "otpauth://totp/Rinnalla:yll%C3%A4pit%C3%A4j%C3%A4?secret=" in made.stdout


def test_a_password_that_can_t_be_had_is_asked_for_again(beside: Machine) -> None:
    typed = ["staff", "mari", "lyhyt", PASSWORD, "kolme koiraa ja kuu", PASSWORD, PASSWORD]
    made = beside.run("create-staff", typed="".join(f"{line}\n" for line in typed))
    assert made.returncode == 0, made.stderr
    assert "The password is too short or too easy to guess." in made.stdout
    assert "The two are not the same." in made.stdout


def test_settings_are_read_before_anything_is_asked(beside: Machine) -> None:
    stopped = beside.run("create-staff", RINNALLA_PORT="eight")
    assert (stopped.returncode, stopped.stdout) == (2, "")
    assert stopped.stderr.startswith("RINNALLA_PORT ")


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        (PASSWORD, "The TOTP secret must be base32 (A-Z and 2-7) of at least 16 characters."),
        ("lyhyt", "The password is too short or too easy to guess. A password needs 15 characters or more"),
    ],
)
def test_what_can_t_be_used_is_said_in_one_line(beside: Machine, typed: str, why: str) -> None:
    secret = "JBSWY3DP" if typed == PASSWORD else SECRET
    refused = beside.run("create-staff", *BY_SCRIPT, "--totp-secret", secret, typed=typed)
    assert refused.returncode == 1
    assert refused.stderr.startswith(why)
    assert refused.stderr.count("\n") == 1


def test_names_are_given_once(beside: Machine) -> None:
    assert beside.run("create-staff", *BY_SCRIPT, typed=PASSWORD).returncode == 0
    again = beside.run("create-staff", *BY_SCRIPT, typed=PASSWORD)
    assert (again.returncode, again.stderr.splitlines()[-1]) == (1, "Someone has this name already.")
    assert beside.run("create-organisation", "Rinnalla").returncode == 1
    assert beside.run("create-organisation", "Följeslagare", "--country", "SE").stdout.startswith(
        "Created organisation"
    )


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"RINNALLA_PORT": "eight"}, "RINNALLA_PORT is 'eight': set it to a whole number"),
        ({"RINNALLA_PROT": "8000"}, "RINNALLA_PROT is no setting of Rinnalla: did you mean RINNALLA_PORT?"),
        ({"RINNALLA_HOST": "no such place"}, "RINNALLA_HOST is 'no such place': set it to an address"),
        ({"RINNALLA_HOST": "192.0.2.1"}, "RINNALLA_HOST is '192.0.2.1': set it to an address"),
        (
            {"RINNALLA_DATA": "/dev/null/data"},
            "RINNALLA_DATA: /dev/null/data/postgres can't be used (Not a directory)",
        ),
        (
            {"DATABASE_URL": "postgresql://a:secret@127.0.0.1:1/b"},
            "DATABASE_URL: postgresql://a:***@127.0.0.1:1/b can't be used: it refused the connection",
        ),
        (
            {"DATABASE_URL": "postgresql://a@127.0.0.1:99999/b"},
            "DATABASE_URL: postgresql://a@127.0.0.1:99999/b can't be used: there is no such port.",
        ),
        (
            {"DATABASE_URL": "postgresql://a@nowhere.invalid/b"},
            "DATABASE_URL: postgresql://a@nowhere.invalid/b can't be used: there is no such host.",
        ),
    ],
)
def test_settings_that_make_no_sense_stop_the_start(settings: dict[str, str], why: str, tmp_path: Path) -> None:
    stopped = Machine(**{"RINNALLA_DATA": tmp_path, **settings}).run("serve")
    assert stopped.returncode == 2
    assert stopped.stderr.splitlines()[-1].startswith(why)
    assert "Traceback" not in stopped.stderr
    assert stopped.stdout == ""


@pytest.mark.parametrize(
    ("right", "wrong", "why"),
    [
        ("/postgres?", "/nowhere?", "there is no such database."),
        ("postgres@", "nobody@", "wrong password or user."),
    ],
)
def test_what_a_database_refuses_is_said_in_words(
    postgres_url: str, tmp_path: Path, right: str, wrong: str, why: str
) -> None:
    stopped = Machine(RINNALLA_DATA=tmp_path, DATABASE_URL=postgres_url.replace(right, wrong)).run("migrate")
    assert stopped.returncode == 2
    assert stopped.stderr.endswith(f" can't be used: {why}\n")


def test_the_contract_and_the_migrations_are_what_the_code_says(beside: Machine) -> None:
    for arguments in (("openapi", "--check"), ("check-migrations",)):
        checked = beside.run(*arguments)
        assert checked.returncode == 0, checked.stderr
