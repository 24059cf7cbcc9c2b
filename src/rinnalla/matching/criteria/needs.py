"""What the young person needs, against what the mentor can help with. All points when no topic is unmet, half of them
when one is, a third when two are."""

from rinnalla.matching.criterion import Evidence, Level, Soft, Texts, Told, compare, one_more
from rinnalla.matching.features import Features, Ints
from rinnalla.matching.pool import MenteeSide, MentorSide, Pool


def points(features: Features, mentee: Ints, mentor: Ints, most: int) -> Ints:
    return most // (1 + features.overlap("topics").unmet(mentee, mentor))


def tell(pool: Pool, mentee: MenteeSide, mentor: MentorSide) -> Told:
    return compare(mentee.topics, mentor.topics)


CRITERION = Soft(
    name="needs",
    most=25,
    why=Texts(
        fi="Läheisyys syntyy avusta, josta on käytännössä hyötyä.",
        sv="Närhet växer ur hjälp som är till nytta i praktiken.",
        nb="Nærhet vokser av hjelp som er til nytte i praksis.",
        en="Closeness grows out of help that is of practical use.",
    ),
    speaks_for=Texts(
        fi="Mentori voi auttaa asioissa, joista nuori haluaa puhua.",
        sv="Mentorn kan hjälpa med det som den unga vill tala om.",
        nb="Mentoren kan hjelpe med det den unge vil snakke om.",
        en="The mentor can help with what the young person wants to talk about.",
    ),
    speaks_against=Texts(
        fi="Osa aiheista, joista nuori haluaa puhua, puuttuu mentorilta.",
        sv="Mentorn saknar ämnen som den unga vill tala om.",
        nb="Mentoren mangler temaer som den unge vil snakke om.",
        en="Some of what the young person wants to talk about is not among the mentor's topics.",
    ),
    evidence=Evidence(
        Level.MODERATE,
        "Programmes did better where the mentor's background fits the young person's goals; closeness comes from "
        "practical support received.",
        "DuBois et al. 2011 (meta-analysis); Schenk 2020 (N = 53)",
    ),
    points=points,
    tell=tell,
    nearer=one_more("topics"),
)
