"""What is shown once must be whole and readable, on a terminal and in a file."""

import pytest

from rinnalla.kit.caller import Role
from rinnalla.kit.ids import new_id
from rinnalla.screen import Screen
from rinnalla.setup import FirstAdministrator, NewStaff
from tests.factories import TOTP_SECRET

STAFF = NewStaff(
    id=new_id(),
    role=Role.ADMIN,
    login_name="admin [bold]",
    organisation="Rinnalla",
    organisation_is_new=True,
    totp_secret=TOTP_SECRET,
)


@pytest.fixture(params=["1", "0"], ids=["terminal", "file"])
def narrow(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TTY_COMPATIBLE", request.param)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "60")


def test_secrets_are_shown_whole(narrow: None, capsys: pytest.CaptureFixture[str]) -> None:
    with Screen() as screen:
        screen.step("Starting Postgres")
        screen.step("Bringing the tables up to date")
        screen.first_administrator(FirstAdministrator(STAFF, "one-time word"))
        screen.serving("http://127.0.0.1:8000")
    shown = capsys.readouterr().out
    for whole in ("admin [bold]", "one-time word", TOTP_SECRET, STAFF.totp_uri, "ready on http://127.0.0.1:8000"):
        assert any(whole in line for line in shown.splitlines()), whole


def test_results_and_the_rest_go_different_ways(narrow: None, capsys: pytest.CaptureFixture[str]) -> None:
    with Screen() as screen:
        screen.step("Starting Postgres")
        screen.line("Tidied [all].")
        screen.refusal("Not [today].")
    shown = capsys.readouterr()
    assert "Tidied [all]." in shown.out
    assert "Not [today]." in shown.err
    assert "Starting Postgres" in shown.err
