"""The contract as a whole, to hold answers against: that of `/v1` and that of the Ylitse face."""

import json
from functools import cache

from rinnalla import contract_files
from tests.api import Contract


@cache
def whole_contract() -> Contract:
    """Made of the code, as the files in `openapi/` are."""
    ylitse = Contract(json.loads(contract_files.documents()["ylitse.json"]), refusal=("application/json", "Said"))
    return Contract(json.loads(contract_files.documents()["rinnalla.json"]), {"/ylitse": ylitse})
