"""What need not be made distinct: rules that say nothing twice, and rules that never say the same."""

from __future__ import annotations

from claimlogic.knowledge.parse import parse_rules
from claimlogic.screening.compiling.plan import NUMBER, TEXT, Program
from claimlogic.screening.compiling.program import compile_rules
from claimlogic.screening.compiling.unique import Keys

DECLARED = {
    "line": (NUMBER, NUMBER, TEXT),
    "table": (TEXT, TEXT, NUMBER),
    "dated": (TEXT, TEXT, NUMBER, NUMBER),
    "seen": (NUMBER, NUMBER, TEXT, NUMBER),
    "pair": (NUMBER, NUMBER, NUMBER),
}
# Lines have one code; two codes stand in one row of the table; a dated code holds one value on a day.
KEYS = Keys({"line": (0, 1), "table": (0, 1), "pair": (0, 1)}, {"dated": ((0,), 2, 3)})


def compiled(text: str) -> Program:
    return compile_rules(parse_rules(text, "some.lp").rules, DECLARED)


def says_once(text: str) -> bool:
    (rule,) = compiled(text).rules_of("d")
    return KEYS.says_once(rule)


def test_a_rule_says_nothing_twice_where_its_head_tells_every_row_that_it_reads() -> None:
    assert says_once("d(C, L) :- line(C, L, X).")
    assert not says_once("d(C, X) :- line(C, L, X).")
    assert says_once("d(C, L) :- line(C, L, X), line(C, L, Y), table(X, Y, N).")
    assert not says_once("d(C, L) :- line(C, L, X), table(X, Y, N).")


def test_a_dated_row_is_told_by_a_day_on_which_it_holds() -> None:
    assert says_once("d(C, L, D) :- seen(C, L, X, D), dated(X, V, F, T), F <= D, D <= T, line(C, L, X).")
    assert not says_once("d(C, L, D) :- seen(C, L, X, D), dated(X, V, F, T), F <= D, line(C, L, X).")
    assert not says_once("d(C, L) :- line(C, L, X), dated(X, V, F, T).")


def test_what_the_other_arguments_tell_is_no_part_of_a_key() -> None:
    (stratum,) = compiled("d(C, L, M, N) :- line(C, L, X), line(C, M, Y), table(X, Y, N).").strata
    assert KEYS.learned(stratum).keys == {"d": (0, 1, 2)}


def test_what_two_rules_conclude_has_no_key_of_one_of_them() -> None:
    (stratum,) = compiled("d(C, L, X) :- line(C, L, X). d(C, L, X) :- line(C, L, Y), table(Y, X, N).").strata
    assert KEYS.learned(stratum).keys == {}


def test_what_is_said_twice_has_no_key() -> None:
    (stratum,) = compiled("d(C, X) :- line(C, L, X).").strata
    assert KEYS.learned(stratum).keys == {}


def apart(text: str) -> bool:
    one, other = compiled(text).rules_of("d")
    return KEYS.apart(one, other)


def test_rules_that_differ_in_a_constant_of_the_head_never_say_the_same() -> None:
    assert apart('d(C, "a") :- line(C, L, X). d(C, "b") :- line(C, L, X).')
    assert not apart('d(C, "a") :- line(C, L, X). d(C, "a") :- line(C, 2, X).')


def test_rules_of_which_one_says_again_what_others_may_not_say_never_say_the_same() -> None:
    (found, told) = compiled(
        'd(X, C) :- e(X, C). d("c", C) :- line(C, L, X). e("a", C) :- line(C, L, X). e("b", C) :- line(C, 2, X).'
    ).strata
    keys = KEYS.with_(KEYS.learned(found))
    one, other = told.rules
    assert keys.apart(one, other)
    assert not KEYS.apart(one, other)


def test_rules_may_say_the_same_where_one_says_again_what_may_be_that() -> None:
    for further in ('e("c", C) :- line(C, 2, X).', "e(X, C) :- line(C, 2, X)."):
        text = f'd(X, C) :- e(X, C). d("c", C) :- line(C, L, X). e("a", C) :- line(C, L, X). {further}'
        (found, told) = compiled(text).strata
        one, other = told.rules
        assert not KEYS.with_(KEYS.learned(found)).apart(one, other)


def test_rules_that_ask_another_value_of_the_row_that_the_head_tells_never_say_the_same() -> None:
    assert apart("d(C, L) :- pair(C, L, 1). d(C, L) :- pair(C, L, 2).")
    assert not apart("d(C, L) :- pair(C, L, 1). d(C, L) :- pair(C, L, 1), line(C, L, X).")
    assert not apart("d(C, L) :- pair(C, L, 1). d(C, L) :- pair(L, C, 2).")  # Another row has these values.
    assert not apart("d(C, L) :- pair(C, M, 1), line(C, L, X). d(C, L) :- pair(C, M, 2), line(C, L, X).")
