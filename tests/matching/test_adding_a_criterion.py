"""A developer adds a criterion as one file, and touches no other."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from rinnalla.matching import criteria
from rinnalla.matching.criterion import Soft
from rinnalla.matching.scoring import Scoring
from rinnalla.pairs.settings import ProgrammeSettings, setting_faults
from tests.matching.people import MENTEE, MENTOR, pool_of

NEW = '''
"""An even day of birth, which nobody has studied."""

from rinnalla.matching.criterion import Evidence, Level, Reason, Soft, Texts, Told

SAID = Texts(fi="Luku.", sv="Talet.", nb="Tallet.", en="The number.")


def points(features, mentee, mentor, most):
    even = features.of_mentors("even", lambda one: one.birth_year % 2 == 0)
    return most * even[mentor]


def tell(pool, mentee, mentor):
    return Told(Reason.ALL_MET if mentor.birth_year % 2 == 0 else Reason.NONE_MET)


CRITERION = Soft(
    name="even_year",
    most=30,
    why=SAID,
    speaks_for=SAID,
    speaks_against=SAID,
    evidence=Evidence(Level.OWN_CHOICE, "None.", "This test"),
    points=points,
    tell=tell,
)
'''


@pytest.fixture
def with_one_more(tmp_path: Path) -> Iterator[criteria.Criteria]:
    (tmp_path / "even_year.py").write_text(NEW)
    criteria.__path__.append(str(tmp_path))
    yield criteria.collect()
    criteria.__path__.remove(str(tmp_path))
    sys.modules.pop("rinnalla.matching.criteria.even_year")


def test_a_new_file_is_a_new_criterion(with_one_more: criteria.Criteria) -> None:
    weights = with_one_more.standard_weights
    assert weights == {**criteria.CRITERIA.standard_weights, "even_year": 30}
    assert isinstance(with_one_more.soft[0], Soft)
    assert with_one_more.soft[0].name == "even_year"
    assert "even_year" in with_one_more.may_matter
    explained = Scoring(pool_of(MENTEE, MENTOR), weights, criteria=with_one_more).explain(0, 0)
    assert [term.points for term in explained.contributions if term.criterion == "even_year"] == [30]
    assert explained.points == 130
    assert setting_faults(ProgrammeSettings(weights={"even_year": 1}), weights) == []
