"""What a look at a part tells of it before its rules are run: relations that say the same of all claims."""

from __future__ import annotations

from typing import TYPE_CHECKING

from claimlogic.screening.compiling.fusing import Wide
from claimlogic.screening.compiling.names import Names
from claimlogic.screening.compiling.shaping import SHAPES
from claimlogic.screening.compiling.uniform import Cells, keys_of

if TYPE_CHECKING:
    import duckdb


class Looks:
    """What is the same in all rows of relations with one row for each shape of a part."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, names: Names) -> None:
        self._connection = connection
        self._names = names
        self._cells: dict[str, Cells | None] = {}

    def cells(self, predicate: str) -> Cells | None:
        """What each column holds, None in the place of those that differ, or tell which of several shapes a row is of.

        None where there is not one row for each shape.
        """
        if predicate not in self._cells:
            self._cells[predicate] = self._look(predicate)
        return self._cells[predicate]

    def of_one_shape(self, wide: Wide) -> Cells:
        """What each column of a wide relation holds up to the shape of its claim, which is told where all have one."""
        shape = self.cells(SHAPES)
        return (*[None] * wide.key, shape[0] if shape is not None else None)

    def _look(self, predicate: str) -> Cells | None:
        table = self._names.name(predicate)
        held = self._connection.execute(f'FROM "{table}" LIMIT 0').description or ()
        columns = [name for name, *_ in held if name.startswith("a")]
        ends = "".join(f", min({column}), max({column})" for column in columns)
        found = self._connection.execute(
            f'SELECT count(*), count(DISTINCT a0), (SELECT count(*) FROM "{self._names.name(SHAPES)}"){ends}'
            f' FROM "{table}"'
        ).fetchone()
        assert found is not None, "an aggregate of all rows is one row"
        rows, told, shapes, *values = found
        if not rows == told == shapes:
            return None
        cells: list[int | None] = [None] * (1 + max(int(column[1:]) for column in columns))
        for column, least, most in zip(columns, values[::2], values[1::2], strict=True):
            place = int(column[1:])
            cells[place] = least if least == most and (shapes == 1 or place not in keys_of(predicate)) else None
        return tuple(cells)
