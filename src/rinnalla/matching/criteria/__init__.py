"""The criteria: one module each, whose `CRITERION` is a `Hard` or a `Soft`.

Adding one is adding a file: it is found by being here, its weight starts at its own `most`, and the settings, the
explanations and the catalogue know it by its name.
"""

import importlib
import pkgutil
from dataclasses import dataclass

from rinnalla.matching.criterion import Hard, Soft


@dataclass(frozen=True, slots=True)
class Criteria:
    """Those that rule out, by name; those that give points, the heaviest first."""

    hard: tuple[Hard, ...]
    soft: tuple[Soft, ...]

    @property
    def standard_weights(self) -> dict[str, int]:
        """The most points of each soft criterion, as its module proposes them."""
        return {criterion.name: criterion.most for criterion in self.soft}

    @property
    def may_matter(self) -> frozenset[str]:
        """Which of them a young person may say matter most."""
        return frozenset(criterion.name for criterion in self.soft if criterion.may_matter)


def collect() -> Criteria:
    """All criteria in this package."""
    found = [
        importlib.import_module(f"{__name__}.{module.name}").CRITERION for module in pkgutil.iter_modules(__path__)
    ]
    return Criteria(
        hard=tuple(sorted((one for one in found if isinstance(one, Hard)), key=lambda one: one.name)),
        soft=tuple(sorted((one for one in found if isinstance(one, Soft)), key=lambda one: (-one.most, one.name))),
    )


CRITERIA = collect()
