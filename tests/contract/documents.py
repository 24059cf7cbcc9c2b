"""The contract as a whole, to hold answers against: that of `/v1` and that of the Ylitse face."""

import json
from functools import cache

from rinnalla.contract_files import FOLDER
from tests.api import Contract


@cache
def whole_contract() -> Contract:
    """As it is filed: that the files say what the code does is tested by itself, and making them takes seconds."""
    rinnalla, ylitse = (json.loads((FOLDER / name).read_text("utf-8")) for name in ("rinnalla.json", "ylitse.json"))
    return Contract(rinnalla, {"/ylitse": Contract(ylitse, refusal=("application/json", "Said"))})
