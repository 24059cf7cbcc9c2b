"""What a run keeps of each person, so that a decision can be explained when much has changed since: sealed under that
person's own key, and about themselves only. Whom someone chose or never wants to meet is left out: it would tell of
others, and stay when those have left."""

from dataclasses import replace
from uuid import UUID

import msgspec

from rinnalla.kit.vault import Sealed, Vault, WrappedKey
from rinnalla.matching.exclusions import Exclusions
from rinnalla.matching.pool import MenteeSide, MentorSide
from rinnalla.matching.scoring import Contribution


def own_part(side: MenteeSide | MentorSide) -> MenteeSide | MentorSide:
    """What of a side is about that person alone, and theirs to change: how many pairs a mentor has is not."""
    if isinstance(side, MenteeSide):
        return replace(side, choices=(), again_with=None, never=frozenset())
    return replace(side, never=frozenset(), open_pairs=0)


class Freezer:
    """Seals and opens what a run keeps."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def side(self, key: WrappedKey, run_id: UUID, side: MenteeSide | MentorSide) -> Sealed:
        """What a run knew of someone."""
        return self._vault.seal(key, _json(own_part(side)), f"matching-run:{run_id}:{side.account_id}")

    def mentee(self, key: WrappedKey, run_id: UUID, account_id: UUID, sealed: Sealed) -> MenteeSide:
        """What a run knew of a young person."""
        text = self._vault.open(key, sealed, f"matching-run:{run_id}:{account_id}")
        return msgspec.json.decode(text, type=MenteeSide)

    def mentor(self, key: WrappedKey, run_id: UUID, account_id: UUID, sealed: Sealed) -> MentorSide:
        """What a run knew of a mentor."""
        text = self._vault.open(key, sealed, f"matching-run:{run_id}:{account_id}")
        return msgspec.json.decode(text, type=MentorSide)

    def reasons(self, key: WrappedKey, run_id: UUID, mentee_id: UUID, reasons: list[Contribution]) -> Sealed:
        """Why someone was proposed: it names what they wish for."""
        return self._vault.seal(key, _json(reasons), f"matching-run-reasons:{run_id}:{mentee_id}")

    def open_reasons(self, key: WrappedKey, run_id: UUID, mentee_id: UUID, sealed: Sealed | None) -> list[Contribution]:
        """Why someone was proposed."""
        if sealed is None:
            return []
        text = self._vault.open(key, sealed, f"matching-run-reasons:{run_id}:{mentee_id}")
        return msgspec.json.decode(text, type=list[Contribution])

    def exclusions(self, key: WrappedKey, run_id: UUID, mentee_id: UUID, exclusions: Exclusions) -> Sealed:
        """What ruled mentors out for someone: it tells of their wishes, and of private ones that there are."""
        return self._vault.seal(key, _json(exclusions), f"matching-run-exclusions:{run_id}:{mentee_id}")

    def open_exclusions(
        self, key: WrappedKey, run_id: UUID, mentee_id: UUID, sealed: Sealed | None
    ) -> Exclusions | None:
        """What ruled mentors out for someone; None of a run that did not keep it yet."""
        if sealed is None:
            return None
        text = self._vault.open(key, sealed, f"matching-run-exclusions:{run_id}:{mentee_id}")
        return msgspec.json.decode(text, type=Exclusions)

    def why(self, key: WrappedKey, run_id: UUID, mentee_id: UUID, text: str) -> Sealed:
        """Why staff looked past something."""
        return self._vault.seal(key, text, f"matching-run-why:{run_id}:{mentee_id}")

    def open_why(self, key: WrappedKey, run_id: UUID, mentee_id: UUID, sealed: Sealed | None) -> str | None:
        """Why staff looked past something."""
        return None if sealed is None else self._vault.open(key, sealed, f"matching-run-why:{run_id}:{mentee_id}")


def _json(what: object) -> str:
    return msgspec.json.encode(what).decode()
