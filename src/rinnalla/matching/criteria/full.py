"""Only mentors with a free place."""

from rinnalla.matching.criterion import Evidence, Hard, Level, Texts
from rinnalla.matching.features import Bools, Features, Ints


def rules_out(features: Features, mentee: Ints, mentor: Ints) -> Bools:
    free = features.of_mentors("free places", lambda one: max(one.capacity - one.open_pairs, 0))
    return free[mentor] == 0


CRITERION = Hard(
    name="full",
    why=Texts(
        fi="Mentorilla on oltava vapaa paikka: kukaan ei kanna enempää kuin on luvannut.",
        sv="Mentorn ska ha en ledig plats: ingen bär mer än hen har lovat.",
        nb="Mentoren må ha en ledig plass: ingen bærer mer enn de har lovet.",
        en="The mentor must have a free place: nobody carries more than they offered.",
    ),
    evidence=Evidence(
        Level.MODERATE,
        "Support to mentors makes mentoring in foster care work better; an overloaded mentor is no support.",
        "Poon, Christensen, Rhodes 2021 (9 programmes, n = 55,561)",
    ),
    rules_out=rules_out,
)
