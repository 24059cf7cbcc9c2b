"""Pairs are made within one programme: its staff know both and answer for both."""

from rinnalla.matching.criterion import Evidence, Hard, Level, Texts
from rinnalla.matching.features import Bools, Features, Ints


def rules_out(features: Features, mentee: Ints, mentor: Ints) -> Bools:
    theirs, ours = features.codes("organisation_id", "organisation_id")
    return theirs[mentee] != ours[mentor]


CRITERION = Hard(
    name="other_programme",
    why=Texts(
        fi="Pari muodostetaan saman ohjelman sisällä.",
        sv="Par bildas inom ett och samma program.",
        nb="Par dannes innenfor ett og samme program.",
        en="Pairs are made within one programme.",
    ),
    evidence=Evidence(
        Level.CONSENSUS,
        "The same staff member supports both sides of a pair.",
        "Elements of Effective Practice for Mentoring, 5th ed., standard 11",
    ),
    rules_out=rules_out,
)
