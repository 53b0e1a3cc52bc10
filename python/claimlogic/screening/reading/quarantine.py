"""Why a row of claims cannot be read, as the bits of a number and in words.

A claim with such a row is set apart whole: no claim is judged on part of its lines.
"""

from __future__ import annotations

from claimlogic.claims import shapes

# The order gives each reason its bit; a new one goes to the end.
REASONS = {
    "no_claim_id": "the row has no claim id",
    "bad_line_number": f"the line number is missing, or no whole number from 1 to {shapes.MAX_LINE_NUMBER}",
    "bad_form": "the claim is neither professional nor institutional by its claim type",
    "no_date": "the line has no date, and its claim has none",
    "bad_date": f"a date is no day of the calendar since {shapes.FIRST_YEAR}",
    "date_turned": "the last day is before the first",
    "bad_units": f"the units are no whole number from 1 to {shapes.MAX_UNITS}",
    "bad_code": "the procedure code is not of digits and capital letters",
    "short_code": "the procedure code has fewer than five digits: leading zeros may be lost",
    "bad_modifier": "a modifier is not two digits or capital letters",
    "bad_place": "the place of service is not of two digits",
    "bad_bill_type": "the type of bill is not of three digits, or four with a leading zero",
    "bad_revenue_code": "the revenue code is not of three or four digits",
    "bad_diagnosis": "a diagnosis is no code of its code set",
    "bad_pointer": "a diagnosis pointer points to no diagnosis of the row",
    "bad_age": f"the age is not from 0 to {shapes.MAX_AGE} years",
    "bad_word": "a word is not in the vocabulary (x_setting, x_billed_by, x_opps, x_documented, x_undocumented)",
    "bad_text": f"a name is longer than {shapes.MAX_TEXT} characters, or cannot be shown",
    "broken_row": "a row that is no CSV names this claim, or is no CSV itself",
    "line_number_twice": "another line of the claim has this number",
    "claim_disagrees": "the lines of the claim disagree on what a claim says once (form, bill type, payer, age ...)",
}
_BITS = {reason: 1 << place for place, reason in enumerate(REASONS)}
# Said of a row that could be read itself.
ANOTHER_ROW = "another_row"
ANOTHER_ROW_WORDS = "another row of the claim cannot be read"


def bit(reason: str) -> int:
    """The number that stands for one reason."""
    return _BITS[reason]


def bits_sql(conditions: dict[str, str]) -> str:
    """The SQL of a row's reasons, each with its condition; a condition that is NULL does not hold."""
    told = [f"CASE WHEN {condition} THEN {bit(reason)} ELSE 0 END" for reason, condition in conditions.items()]
    return "(" + " + ".join(told or ["0"]) + ")::UINTEGER"


def names_sql(bits: str) -> str:
    """The SQL of the names of the reasons in ``bits``, separated by spaces; ``another_row`` where there are none."""
    named = ", ".join(f"CASE WHEN {bits} & {number} > 0 THEN '{reason}' END" for reason, number in _BITS.items())
    return f"coalesce(nullif(concat_ws(' ', {named}), ''), '{ANOTHER_ROW}')"
