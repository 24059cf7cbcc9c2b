"""When a crisis line counts as confirmed, and what makes a list of them faulty."""

from datetime import date, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rinnalla.guidance.policy import Freshness, faults, freshness, is_always_open, languages_of
from rinnalla.guidance.sources import CrisisLine, LineCountry, LineKind, crisis_lines

TODAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (-1, "fresh"),
        (0, "fresh"),
        (90, "fresh"),
        (91, "stale"),
        (180, "stale"),
        (181, "unconfirmed"),
        (9999, "unconfirmed"),
    ],
)
def test_a_line_grows_stale(days: int, expected: str) -> None:
    assert freshness(TODAY - timedelta(days=days), TODAY) == expected


def test_a_line_that_nobody_verified_is_unconfirmed() -> None:
    assert freshness(None, TODAY) == Freshness.UNCONFIRMED


@given(st.dates(), st.dates(), st.dates())
def test_a_line_never_grows_fresher_by_itself(verified_at: date, one: date, other: date) -> None:
    order = list(Freshness)
    earlier, later = sorted((one, other))
    assert order.index(freshness(verified_at, earlier)) <= order.index(freshness(verified_at, later))


def test_the_lines_that_are_shipped_have_no_fault() -> None:
    assert faults(crisis_lines()) == []


def test_every_country_ends_with_its_emergency_number_and_has_someone_at_night() -> None:
    for country in LineCountry:
        here = [line for line in crisis_lines() if line.country == country]
        assert (here[-1].kind, here[-1].contacts[0].address) == (LineKind.EMERGENCY, "112")
        assert any(is_always_open(line) for line in here if line.kind == LineKind.CRISIS_LINE)
        assert all(line.source for line in here)


def changed(line: CrisisLine, **fields: object) -> CrisisLine:
    return msgspec.structs.replace(line, **fields)


def test_faults_are_found() -> None:
    lines = crisis_lines()
    without_swedish = [line for line in lines if line.country != LineCountry.SE]
    assert faults(without_swedish) == ["SE does not end with 112", "SE has nobody to talk to at night"]
    assert faults([lines[0], *lines]) == [f"{lines[0].id} is there twice"]
    assert "NO does not end with 112" in faults(lines[:-1])
    assert faults([changed(lines[0], age_min=30, age_max=20), *lines[1:]]) == [f"{lines[0].id} is for nobody's age"]
    contact = next(contact for line in lines for contact in line.contacts if contact.hours)
    both = msgspec.structs.replace(contact, always_open=True)
    assert faults([changed(lines[0], contacts=[both]), *lines[1:]]) == [f"{lines[0].id} is always open and has hours"]


def test_languages_are_those_of_all_contacts() -> None:
    (mieli,) = (line for line in crisis_lines() if line.id == "fi-mieli")
    assert languages_of(mieli) == ["fi", "sv", "ar", "en", "uk", "ru"]
