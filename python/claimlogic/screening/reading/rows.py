"""One row of claims in SQL: from the columns of a naming to fields of one form, with the reasons against a row.

What is not said is NULL. Days are INTEGER YYYYMMDD; modifiers and diagnoses are texts with bars between them, to be
taken apart once for each that differs. Of a birth date only the age on the day of service goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from claimlogic.claims import shapes
from claimlogic.screening.reading.columns import BY_CLAIM
from claimlogic.screening.reading.quarantine import bits_sql
from claimlogic.screening.reading.sources import Source
from claimlogic.sql_text import named, quoted

# The columns of a row once it is read, with their types. "file" and "row" tell where it stands.
ROW = {
    "file": "INTEGER",
    "row": "BIGINT",
    "claim_id": "VARCHAR",
    "data_source": "VARCHAR",
    "L": "INTEGER",
    "form": "VARCHAR",
    "billed_by": "VARCHAR",
    "setting": "VARCHAR",
    "opps": "VARCHAR",
    "place": "VARCHAR",
    "bill_type": "VARCHAR",
    "payer": "VARCHAR",
    "age": "INTEGER",
    "code": "VARCHAR",
    "units": "INTEGER",
    "no_units": "BOOLEAN",
    "date": "INTEGER",
    "span_days": "INTEGER",
    "modifiers": "VARCHAR",
    "diagnoses": "VARCHAR",
    "diagnosis_version": "VARCHAR",
    "diagnosis_pointer": "VARCHAR",
    "line_diagnosis": "VARCHAR",
    "provider": "VARCHAR",
    "group": "VARCHAR",
    "specialty": "VARCHAR",
    "session": "VARCHAR",
    "site": "VARCHAR",
    "revenue_code": "VARCHAR",
    "documented": "VARCHAR",
    "undocumented": "VARCHAR",
    "faults": "UINTEGER",
}

# NCH_CLM_TYPE_CD: which form a claim of CMS's files travels on.
_CLAIM_TYPES = {
    **dict.fromkeys(("71", "72", "81", "82"), "professional"),
    **dict.fromkeys(("10", "20", "30", "40", "50", "60", "61", "62", "63", "64"), "institutional"),
}
# Anaesthesia counted in time: MJ of an 837, 2 in CARR_LINE_MTUS_CD. The anaesthetic is one service, however long.
_TIME_BASES = ("MJ", "2")
_WRITTEN_DAYS = "['%Y%m%d', '%d-%b-%Y', '%d%b%Y']"
_YES = "('yes', 'true', '1')"
_NO = "('no', 'false', '0')"
_SPLIT = r"'[\s,;:|]+'"
_SEGMENT = 45  # lines of a DE-SynPUF claim before the next segment begins


def row_sql(source: Source, words: Mapping[str, frozenset[str]], relation: str) -> str:
    """The SELECT that reads the rows of ``relation`` (SQL) into the columns of ``ROW``.

    The relation has the columns that are taken of ``source``, and file and row, which tell where a row stands.
    ``words`` are those that the vocabulary knows, by kind.
    """
    reader = _Reader(source, words)
    inner = f"SELECT file, row, {reader.fields()} FROM {relation}"
    if source.columns.naming == BY_CLAIM:
        inner = f"SELECT * EXCLUDE item, {reader.items()} FROM ({inner}) WHERE item.code IS NOT NULL OR item.n = 1"
    typed = f"SELECT *, {reader.days()} FROM ({inner})"
    columns = ", ".join(f"{reader.final(name)}::{kind} AS {named(name)}" for name, kind in ROW.items())
    return f"SELECT {columns} FROM ({typed})"


def claim_key_sql(source: Source) -> tuple[str, str]:
    """The SQL of what tells claims apart: the claim's id, and the data source that it is unique in."""
    return _Reader(source, {}).key()


class _Reader:
    """The SQL of one naming's fields, in two steps: as they are written, then as they are meant."""

    def __init__(self, source: Source, words: Mapping[str, frozenset[str]]) -> None:
        self._source = source
        self._taken = source.columns.taken
        self._words = words

    def has(self, field: str) -> bool:
        return field in self._taken

    def key(self) -> tuple[str, str]:
        return self._claim_id(), self._text("data_source")

    # ---- as they are written --------------------------------------------------------------------------------------

    def fields(self) -> str:
        """Every field that is taken, as text (days as dates), NULL where it is empty."""
        found = {"claim_id": self._claim_id(), "form": self._form(), "modifiers": self._joined("modifier")}
        found["diagnoses"] = self._joined("diagnosis", keep_places=self.has("diagnosis_pointer"))
        plain = (
            "data_source place billed_by setting opps payer diagnosis_version diagnosis_pointer specialty session site"
            " unit_basis revenue_code"
        )
        if self._source.columns.naming == BY_CLAIM:
            found["item"] = self._items()
        else:
            plain += " code line_diagnosis provider group"
        for field in plain.split():
            found[field] = self._text(field)
        found["bill_type"] = " || ".join(_text(name) for name in self._taken.get("bill_type", ())) or "NULL"
        found["documented"], found["undocumented"] = self._listed("documented"), self._listed("undocumented")
        for field in ("line_number", "units", "age", "segment"):
            found[f"{field}_given"] = self._given(field)
            found[f"{field}_number"] = self._number(field)
        for field in ("date", "last_date", "claim_date", "claim_last_date", "birth_date"):
            found[f"{field}_given"] = self._given(field)
            found[f"{field}_day"] = self._day(field)
        return ", ".join(f"{sql} AS {named(name)}" for name, sql in found.items())

    def items(self) -> str:
        """The fields of a line that stands beside others in the row of its claim."""
        own = {name: f"item.{named(name)}" for name in ("code", "line_diagnosis", "provider", "group")}
        return ", ".join(f"{sql} AS {named(name)}" for name, sql in own.items()) + ", item.n AS n"

    def _column(self, field: str) -> str | None:
        name = self._source.columns.one(field)
        return None if name is None else named(name)

    def _text(self, field: str) -> str:
        name = self._source.columns.one(field)
        return "NULL" if name is None else _text(name)

    def _given(self, field: str) -> str:
        column = self._column(field)
        if column is None:
            return "false"
        return f"{self._text(field)} IS NOT NULL" if self._is_text(field) else f"{column} IS NOT NULL"

    def _is_text(self, field: str) -> bool:
        name = self._source.columns.one(field)
        return name is not None and self._source.types[name].startswith(("VARCHAR", "ENUM"))

    def _number(self, field: str) -> str:
        column = self._column(field)
        if column is None:
            return "NULL::DOUBLE"
        return f"TRY_CAST({self._text(field)} AS DOUBLE)" if self._is_text(field) else f"CAST({column} AS DOUBLE)"

    def _day(self, field: str) -> str:
        name = self._source.columns.one(field)
        if name is None:
            return "NULL::DATE"
        if self._source.types[name].startswith(("DATE", "TIMESTAMP")):
            return f"CAST({named(name)} AS DATE)"
        text = self._text(field)
        return f"coalesce(TRY_CAST({text} AS DATE), CAST(TRY_STRPTIME({text}, {_WRITTEN_DAYS}) AS DATE))"

    def _claim_id(self) -> str:
        if not self._source.columns.naming.startswith("lds"):
            return self._text("claim_id")
        # CLAIM_NO tells claims apart within one year and one type of claim.
        year = f"CAST(year({self._day('claim_date')}) AS VARCHAR)"
        return f"concat_ws('-', {self._text('claim_id')}, {year}, {self._text('form')})"

    def _form(self) -> str:
        naming = self._source.columns.naming
        if naming == "tuva":
            return f"lower({self._text('form')})"
        usual = "professional" if naming.endswith("carrier") or self.has("line_diagnosis") else "institutional"
        if not self.has("form"):
            return quoted(usual)
        cases = " ".join(f"WHEN {quoted(code)} THEN {quoted(form)}" for code, form in _CLAIM_TYPES.items())
        return f"CASE {self._text('form')} {cases} END"

    def _joined(self, field: str, keep_places: bool = False) -> str:
        told = [_text(name) for name in self._taken.get(field, ())]
        if keep_places:
            told = [f"coalesce({each}, '')" for each in told]
        told += [self._listed(f"{field}_list")] if self.has(f"{field}_list") else []
        return f"nullif(concat_ws('|', {', '.join(told)}), '')" if told else "NULL"

    def _listed(self, field: str) -> str:
        name = self._source.columns.one(field)
        if name is None:
            return "NULL"
        if self._source.types[name].endswith("[]"):
            return f"nullif(array_to_string({named(name)}, '|'), '')"
        return f"nullif(trim(regexp_replace({_text(name)}, {_SPLIT}, '|', 'g'), '|'), '')"

    def _items(self) -> str:
        numbered = {
            field: {int(name.rsplit("_", 1)[1]): _text(name) for name in self._taken.get(field, ())}
            for field in ("code", "line_diagnosis", "provider")
        }
        told = []
        for n in sorted(numbered["code"]):
            cells = ", ".join(f"{field}: {cell.get(n, 'NULL::VARCHAR')}" for field, cell in numbered.items())
            told.append(f'{{n: {n}, {cells}, "group": NULL::VARCHAR}}')
        return f"unnest([{', '.join(told)}])"

    # ---- as they are meant ----------------------------------------------------------------------------------------

    def days(self) -> str:
        """First and last day of the line: its own, or else those of its claim."""
        return (
            "CASE WHEN date_given THEN date_day ELSE claim_date_day END AS first_day, "
            "CASE WHEN date_given THEN CASE WHEN last_date_given THEN last_date_day ELSE date_day END "
            "WHEN claim_last_date_given THEN claim_last_date_day ELSE claim_date_day END AS last_day"
        )

    def final(self, name: str) -> str:
        """The value of a column of ``ROW``."""
        special: dict[str, Callable[[], str]] = {
            "data_source": lambda: "coalesce(data_source, '')",
            "L": self._line_number,
            "opps": lambda: f"CASE WHEN lower(opps) IN {_YES} THEN 'yes' WHEN lower(opps) IN {_NO} THEN 'no' END",
            "bill_type": lambda: "left(ltrim(bill_type, '0'), 2)",
            "payer": lambda: "payer" if self._source.columns.naming == "tuva" or self.has("payer") else "'medicare'",
            "age": self._age,
            "units": self._units,
            "no_units": lambda: "code IS NOT NULL AND NOT units_given",
            "date": lambda: _as_number("first_day"),
            "span_days": lambda: "CASE WHEN last_day > first_day THEN last_day - first_day + 1 END",
            "provider": lambda: 'coalesce(provider, "group")',
            "diagnosis_version": lambda: "'9'" if self._source.columns.naming == BY_CLAIM else "diagnosis_version",
            "revenue_code": lambda: "lpad(revenue_code, 4, '0')",
            "faults": self._faults,
        }
        return special[name]() if name in special else named(name)

    def _line_number(self) -> str:
        if self._source.columns.naming == BY_CLAIM:
            return f"n + {_SEGMENT} * (coalesce(segment_number, 1) - 1)"
        return f"CASE WHEN {_whole('line_number_number', 1, shapes.MAX_LINE_NUMBER)} THEN line_number_number END"

    def _units(self) -> str:
        time = ", ".join(map(quoted, _TIME_BASES))
        number = f"CASE WHEN {_whole('units_number', 1, shapes.MAX_UNITS)} THEN units_number END"
        return f"CASE WHEN NOT units_given OR unit_basis IN ({time}) THEN 1 ELSE {number} END"

    def _age(self) -> str:
        age = f"CASE WHEN {_whole('age_number', 0, shapes.MAX_AGE)} THEN age_number END"
        if not self.has("birth_date") or self.has("age"):
            return age
        on, born = _as_number("first_day"), _as_number("birth_date_day")
        return f"{on} // 10000 - {born} // 10000 - CASE WHEN {on} % 10000 < {born} % 10000 THEN 1 ELSE 0 END"

    def _faults(self) -> str:
        conditions = {
            "no_claim_id": "claim_id IS NULL",
            "bad_line_number": f"({self._line_number()}) IS NULL",
            "bad_form": "form IS NULL OR form NOT IN ('professional', 'institutional')",
            "no_date": "code IS NOT NULL AND NOT date_given AND NOT claim_date_given",
            "bad_date": f"code IS NOT NULL AND ({self._bad_days()})",
            "date_turned": "code IS NOT NULL AND last_day < first_day",
            "bad_units": "code IS NOT NULL AND units_given AND NOT coalesce("
            f"{_whole('units_number', 1, shapes.MAX_UNITS)}, false)",
            "bad_code": "NOT regexp_full_match(code, '[0-9A-Z]{1,15}')",
            "short_code": "length(code) < 5 AND regexp_full_match(code, '[0-9]+')",
        }
        if self.has("modifier") or self.has("modifier_list"):
            conditions["bad_modifier"] = r"NOT regexp_full_match(modifiers, '[0-9A-Z]{2}(\|[0-9A-Z]{2})*')"
        if self.has("place"):
            conditions["bad_place"] = f"NOT regexp_full_match(place, {quoted(shapes.PLACE_OF_SERVICE.pattern)})"
        if self.has("bill_type"):
            digits = "[1-9][0-9]" if len(self._taken["bill_type"]) == 2 else shapes.BILL_TYPE.pattern
            conditions["bad_bill_type"] = f"NOT regexp_full_match(bill_type, {quoted(digits)})"
        if self.has("revenue_code"):
            conditions["bad_revenue_code"] = (
                f"code IS NOT NULL AND NOT regexp_full_match(revenue_code, {quoted(shapes.REVENUE_CODE.pattern)})"
            )
        if self.has("age") or self.has("birth_date"):
            conditions["bad_age"] = self._bad_age()
        if bad := self._bad_words():
            conditions["bad_word"] = bad
        return bits_sql(conditions)

    def _bad_days(self) -> str:
        given = [field for field in ("date", "last_date") if self.has(field)]
        told = [f"({field}_given AND {field}_day IS NULL)" for field in given]
        told += [
            f"(NOT date_given AND {field}_given AND {field}_day IS NULL)"
            for field in ("claim_date", "claim_last_date")
            if self.has(field)
        ]
        return " OR ".join([*told, f"first_day < DATE '{shapes.FIRST_YEAR:04}-01-01'", "last_day > DATE '9999-12-31'"])

    def _bad_age(self) -> str:
        if self.has("age"):
            return f"age_given AND NOT coalesce({_whole('age_number', 0, shapes.MAX_AGE)}, false)"
        outside = f"({self._age()}) NOT BETWEEN 0 AND {shapes.MAX_AGE}"
        return f"birth_date_given AND code IS NOT NULL AND coalesce({outside}, true)"

    def _bad_words(self) -> str:
        kinds = {"billed_by": "biller", "setting": "setting"}
        told = [
            f"{field} NOT IN ({', '.join(map(quoted, sorted(self._words[kind])))})"
            for field, kind in kinds.items()
            if self.has(field)
        ]
        if self.has("opps"):
            told.append(f"(lower(opps) NOT IN {_YES} AND lower(opps) NOT IN {_NO})")
        items = "|".join(sorted(self._words["item"]))
        told += [
            rf"NOT regexp_full_match({field}, '({items})(\|({items}))*')"
            for field in ("documented", "undocumented")
            if self.has(field)
        ]
        if self.has("documented") and self.has("undocumented"):
            told.append("list_has_any(string_split(documented, '|'), string_split(undocumented, '|'))")
        return " OR ".join(told)


def _text(name: str) -> str:
    return f"nullif(trim(CAST({named(name)} AS VARCHAR)), '')"


def _whole(number: str, low: int, high: int) -> str:
    return f"({number} BETWEEN {low} AND {high} AND {number} = floor({number}))"


def _as_number(day: str) -> str:
    return f"CAST(year({day}) * 10000 + month({day}) * 100 + day({day}) AS INTEGER)"
