"""A mentor's private wishes: topics that they can't carry, and the age of those whom they take. An age that the young
person did not tell is not ruled out; a birth year leaves two possible ages, of which one within the wish is enough."""

from rinnalla.matching.criterion import Evidence, Hard, Level, Texts
from rinnalla.matching.features import MISSING, Bools, Features, Ints

NO_LIMIT = 1000


def rules_out(features: Features, mentee: Ints, mentor: Ints) -> Bools:
    too_heavy = features.overlap("topics", "cannot_carry").common(mentee, mentor) > 0
    born = features.of_mentees("birth_year", lambda one: one.birth_year)[mentee]
    lowest = features.of_mentors("mentee_age_min", lambda one: one.mentee_age_min or 0)[mentor]
    highest = features.of_mentors(
        "mentee_age_max", lambda one: NO_LIMIT if one.mentee_age_max is None else one.mentee_age_max
    )[mentor]
    oldest = features.pool.today.year - born
    return too_heavy | ((born != MISSING) & ((oldest < lowest) | (oldest - 1 > highest)))


CRITERION = Hard(
    name="mentor_wishes",
    why=Texts(
        fi="Mentori saa sanoa, mitä hän ei jaksa kantaa.",
        sv="En mentor får säga vad hen inte orkar bära.",
        nb="En mentor får si hva de ikke orker å bære.",
        en="A mentor may say what they can't carry.",
    ),
    evidence=Evidence(
        Level.PRACTICE,
        "Peers understand the experience; guard both sides against what reopens it.",
        "Scottish Government, peer mentoring report",
    ),
    rules_out=rules_out,
    private=True,
)
