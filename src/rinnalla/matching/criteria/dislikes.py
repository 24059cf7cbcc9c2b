"""What neither of them likes: half for one thing in common, all for two or more. Naming more gives more in common."""

import numpy as np

from rinnalla.matching.criterion import Evidence, Level, Soft, Texts, Told, compare, one_more
from rinnalla.matching.features import Features, Ints
from rinnalla.matching.pool import MenteeSide, MentorSide, Pool

ENOUGH = 2


def points(features: Features, mentee: Ints, mentor: Ints, most: int) -> Ints:
    dislikes = features.overlap("dislikes")
    shared = most * np.minimum(dislikes.common(mentee, mentor), ENOUGH) // ENOUGH
    return np.where(dislikes.asked[mentee] > 0, shared, most)


def tell(pool: Pool, mentee: MenteeSide, mentor: MentorSide) -> Told:
    return compare(mentee.dislikes, mentor.dislikes)


CRITERION = Soft(
    name="dislikes",
    most=5,
    why=Texts(
        fi="Myös se yhdistää, mistä kumpikaan ei pidä.",
        sv="Också det som ingen av dem tycker om förenar.",
        nb="Også det ingen av dem liker, knytter sammen.",
        en="What neither of them likes binds as well.",
    ),
    speaks_for=Texts(
        fi="He eivät pidä samoista asioista.",
        sv="De ogillar samma saker.",
        nb="De misliker de samme tingene.",
        en="They dislike the same things.",
    ),
    speaks_against=Texts(
        fi="Yhteisiä inhokkeja on vähän tai ei lainkaan.",
        sv="De ogillar få eller inga saker gemensamt.",
        nb="De misliker få eller ingen av de samme tingene.",
        en="They dislike few of the same things, or none.",
    ),
    evidence=Evidence(
        Level.MODERATE,
        "In more than 9,000 matches, those with shared dislikes lasted longer than those with shared interests; "
        "shown for length only.",
        "Raposa et al. 2019",
    ),
    points=points,
    tell=tell,
    nearer=one_more("dislikes"),
)
