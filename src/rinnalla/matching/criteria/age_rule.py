"""The programme's age rule: how old a mentor must be, and how much older than the young person. Whose birth year is not
told is not ruled out by it: staff know the people they approve."""

from rinnalla.matching.criterion import Evidence, Hard, Level, Texts
from rinnalla.matching.features import MISSING, Bools, Features, Ints


def rules_out(features: Features, mentee: Ints, mentor: Ints) -> Bools:
    rule = features.pool.age_rule
    born = features.of_mentors("birth_year", lambda one: one.birth_year)[mentor]
    young_born = features.of_mentees("birth_year", lambda one: one.birth_year)[mentee]
    too_young = features.pool.today.year - born < rule.mentor_age_min
    too_close = (young_born != MISSING) & (young_born - born < rule.mentor_years_older_min)
    return (born != MISSING) & (too_young | too_close)


CRITERION = Hard(
    name="age_rule",
    why=Texts(
        fi="Ohjelman ikäraja koskee mentoreita.",
        sv="Programmets åldersgräns gäller mentorerna.",
        nb="Programmets aldersgrense gjelder mentorene.",
        en="The programme's age rule holds for mentors.",
    ),
    evidence=Evidence(
        Level.RULE,
        "Mentors are adults; a trial with mentors of 19-25 for mentees of 14-18 advised older ones.",
        "Mezey et al. 2015, Health Technology Assessment 19(85)",
    ),
    rules_out=rules_out,
)
