"""Nobody who is away today. The first and the last day count."""

from rinnalla.matching.criterion import Evidence, Hard, Level, Texts
from rinnalla.matching.features import MISSING, Bools, Features, Ints


def rules_out(features: Features, mentee: Ints, mentor: Ints) -> Bools:
    first = features.of_mentors("away_from", lambda one: one.away_from and one.away_from.toordinal())
    last = features.of_mentors("away_until", lambda one: one.away_until and one.away_until.toordinal())
    today = features.pool.today.toordinal()
    return (first[mentor] != MISSING) & (first[mentor] <= today) & (today <= last[mentor])


CRITERION = Hard(
    name="away",
    why=Texts(
        fi="Poissa oleva mentori ei voi aloittaa nyt.",
        sv="En mentor som är borta kan inte börja nu.",
        nb="En mentor som er borte, kan ikke begynne nå.",
        en="A mentor who is away can't begin now.",
    ),
    evidence=Evidence(
        Level.CONSENSUS,
        "First contact within two weeks, two or more in the first month.",
        "Elements of Effective Practice for Mentoring, 4th ed.",
    ),
    rules_out=rules_out,
)
