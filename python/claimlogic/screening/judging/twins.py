"""Two versions of the rules over the same parts: a part is coded once, and what both conclude alike concluded once."""

from __future__ import annotations

from claimlogic.screening.judging.answers import Judged
from claimlogic.screening.judging.bulk import BulkJudge
from claimlogic.screening.part import Part


class Twins:
    """Judges parts by two versions in one connection.

    Their published facts must stand beside each other (see ``Published``), their tables have prefixes of their own,
    and their parts must look alike.
    """

    def __init__(self, base: BulkJudge, draft: BulkJudge) -> None:
        self._base = base
        self._draft = draft

    def judge(self, part: Part) -> tuple[Judged, Judged]:
        """The answers of both on a part, in the place of those on the part before."""
        base = self._base.compiled(part)
        draft = self._draft.compiled(part, base)
        self._base.code(part, base.coding.with_(draft.coding))
        before = self._base.concluded(base)
        return before, self._draft.concluded(draft, beside=self._base)
