"""What can be talked about. An id is for good; names may be corrected by a later migration."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_topic = sa.table("topic", sa.column("id", sa.Text), sa.column("names", JSONB), sa.column("position", sa.SmallInteger))
_LANGUAGES = ("fi", "sv", "nb", "en")
_NAMES = {
    "leaving_care": (
        "Jälkihuolto ja itsenäistyminen",
        "Eftervård och att bli självständig",
        "Ettervern og å bli selvstendig",
        "Leaving care",
    ),
    "foster_care": ("Sijaisperhe", "Familjehem", "Fosterhjem", "Foster family"),
    "residential_care": ("Lastenkoti", "Barnhem och HVB-hem", "Barnevernsinstitusjon", "Children's home"),
    "birth_parents": ("Biologiset vanhemmat", "Biologiska föräldrar", "Biologiske foreldre", "Birth parents"),
    "family": ("Perhe", "Familj", "Familie", "Family"),
    "siblings": ("Sisarukset", "Syskon", "Søsken", "Siblings"),
    "loneliness": ("Yksinäisyys", "Ensamhet", "Ensomhet", "Loneliness"),
    "friends": ("Ystävät", "Vänner", "Venner", "Friends"),
    "relationships": (
        "Seurustelu ja parisuhteet",
        "Kärlek och relationer",
        "Kjærlighet og forhold",
        "Love and relationships",
    ),
    "identity": ("Identiteetti", "Identitet", "Identitet", "Identity"),
    "lgbtq": ("Sateenkaarevuus (HLBTIQA+)", "Hbtqia+", "Skeiv (LHBTIQA+)", "LGBTQIA+"),
    "mental_health": ("Mielenterveys", "Psykisk hälsa", "Psykisk helse", "Mental health"),
    "health": ("Terveys ja keho", "Hälsa och kropp", "Helse og kropp", "Health and body"),
    "substance_use": ("Päihteet", "Alkohol och droger", "Alkohol og rus", "Alcohol and drugs"),
    "violence": ("Väkivalta", "Våld", "Vold", "Violence"),
    "housing": ("Asuminen", "Boende", "Bolig", "Housing"),
    "money": ("Raha-asiat", "Pengar", "Penger", "Money"),
    "studies": ("Opiskelu", "Studier", "Studier", "Studies"),
    "work": ("Työ", "Jobb", "Jobb", "Work"),
    "everyday_skills": ("Arjen taidot", "Att klara vardagen", "Å klare hverdagen", "Everyday skills"),
    "authorities": (
        "Asiointi viranomaisten kanssa",
        "Kontakt med myndigheter",
        "Kontakt med det offentlige",
        "Dealing with authorities",
    ),
    "immigration": (
        "Muutto uuteen maahan",
        "Att flytta till ett nytt land",
        "Å flytte til et nytt land",
        "Moving to a new country",
    ),
    "language": ("Uuden kielen oppiminen", "Att lära sig ett nytt språk", "Å lære et nytt språk", "A new language"),
    "parenthood": ("Vanhemmuus", "Föräldraskap", "Foreldreskap", "Being a parent"),
    "free_time": ("Vapaa-aika", "Fritid", "Fritid", "Free time"),
}


def upgrade() -> None:
    op.bulk_insert(
        _topic,
        [
            {"id": topic, "names": dict(zip(_LANGUAGES, names, strict=True)), "position": position}
            for position, (topic, names) in enumerate(_NAMES.items(), start=1)
        ],
    )


def downgrade() -> None:
    op.execute(sa.delete(_topic).where(_topic.c.id.in_(_NAMES)))
