"""All tables in one place, for migrations and tests."""

from rinnalla.accounts import models as accounts
from rinnalla.chat import models as chat
from rinnalla.feedback import models as feedback
from rinnalla.kit import events, keyring, limits, sockets, trail
from rinnalla.kit.database import Model
from rinnalla.matching import models_followups as follow_ups
from rinnalla.matching import models_runs as runs
from rinnalla.pairs import models as pairs
from rinnalla.pairs import models_members as pair_members
from rinnalla.pairs import models_settings as pair_settings
from rinnalla.profiles import models as profiles
from rinnalla.safeguarding import models as safeguarding
from rinnalla.support import models as support
from rinnalla.support import models_transitions as transitions
from rinnalla.ylitse import models as ylitse
from rinnalla.ylitse import models_moved as moved

__all__ = ["metadata"]
_OWNERS = (
    accounts,
    chat,
    events,
    feedback,
    follow_ups,
    keyring,
    limits,
    moved,
    pair_members,
    pair_settings,
    pairs,
    profiles,
    runs,
    safeguarding,
    sockets,
    support,
    trail,
    transitions,
    ylitse,
)

metadata = Model.metadata
