"""Small random programs of rules, and what clingo gives on them: the yardstick of every engine of ours."""

from __future__ import annotations

import clingo
from hypothesis import strategies as st

from claimlogic.knowledge.symbols import symbol_term
from claimlogic.screening.compiling.plan import NUMBER, TEXT, WORD
from claimlogic.terms import plain

GIVEN = {
    "num": (NUMBER,),
    "edge": (NUMBER, NUMBER),
    "word": (WORD, NUMBER),
    "text": (TEXT, WORD, NUMBER),
}
DERIVED = {
    "d0": (NUMBER,),
    "d1": (NUMBER, NUMBER),
    "d2": (TEXT, NUMBER),
    "d3": (WORD,),
    "d4": (),
    "d5": (NUMBER, WORD),
}
NAMES = {NUMBER: ("X", "Y", "Z", "N'"), WORD: ("W", "V"), TEXT: ("T", "S")}
VALUES = {
    NUMBER: ("-3", "0", "1", "2", "3", "4", "#sup"),
    WORD: ("a", "b", "bb", "z"),
    TEXT: ('"a"', '"B"', '"b c"', '"it\'s"', '""'),
}
COMPARISONS = ("=", "!=", "<", "<=", ">", ">=")


def by_clingo(text: str) -> set[str]:
    return {
        f"{s.name}({','.join(shown(symbol_term(a)) for a in s.arguments)})" if s.arguments else s.name
        for s in answer_set(text)
    }


def answer_set(text: str) -> list[clingo.Symbol]:
    """The one answer set of a program without choices, what it shows of it."""
    control = clingo.Control(["--warn=none"], logger=lambda _code, _message: None)
    control.add("base", [], text)
    control.ground([("base", [])])
    with control.solve(yield_=True) as handle:
        model = handle.model()
        assert model is not None
        return list(model.symbols(shown=True))


def shown(term: object) -> str:
    return f'"{plain(term)}"' if isinstance(term, str) and term.startswith('"') else str(term)


@st.composite
def programs(draw: st.DrawFn) -> str:
    lines = []
    for predicate, bases in GIVEN.items():
        for _ in range(draw(st.integers(1, 5))):
            lines.append(f"{predicate}({', '.join(draw(st.sampled_from(VALUES[b])) for b in bases)}).")
    earlier = list(GIVEN)
    for predicate in DERIVED:
        for number in range(draw(st.integers(1, 2))):
            recursive = number > 0 and draw(st.booleans())
            lines.append(draw(rules(predicate, earlier, recursive)))
        earlier.append(predicate)
    return "\n".join(lines)


@st.composite
def rules(draw: st.DrawFn, head: str, earlier: list[str], recursive: bool) -> str:
    bases = {**GIVEN, **DERIVED}
    body, bound = [], set()
    for _ in range(draw(st.integers(1, 3))):
        body.append(draw(atoms(draw(st.sampled_from(earlier)), bound)))
    if recursive:
        body.append(draw(atoms(head, bound)))
    for base in DERIVED[head]:  # Everything that the head needs has a value.
        if not any(name in NAMES[base] for name in bound):
            source = {NUMBER: "num", WORD: "word", TEXT: "text"}[base]
            name = NAMES[base][0]
            bound.add(name)
            body.append(f"{source}({', '.join([name] + ['_'] * (len(GIVEN[source]) - 1))})")
    numbers = sorted(name for name in bound if name in NAMES[NUMBER])
    extra = draw(st.sampled_from(("none", "not", "compare", "calculate", "sum", "count", "max", "several")))
    known = sorted(bound)
    term = st.sampled_from([*known, "1", "2"]) if known else st.sampled_from(["1", "2"])
    if extra in ("not", "several"):
        predicate = draw(st.sampled_from(earlier))
        arguments = [
            draw(st.sampled_from(["_", *(n for n in known if n in NAMES[b]), VALUES[b][1]])) for b in bases[predicate]
        ]
        body.append(f"not {predicate}({', '.join(arguments)})" if arguments else f"not {predicate}")
    if extra in ("compare", "several"):
        body.append(f"{draw(term)} {draw(st.sampled_from(COMPARISONS))} {draw(term)}")
    if extra == "calculate" and numbers and not recursive:
        operator = draw(st.sampled_from(("+", "-", "*", "/", "\\")))
        body.append(f"Sum = {draw(st.sampled_from(numbers))} {operator} {draw(st.sampled_from([*numbers, '2']))}")
        if draw(st.booleans()):
            numbers = ["Sum", "Sum + 1"]
    if extra in ("sum", "count", "max") and not recursive:
        guard = f"{draw(st.integers(-1, 4))} {draw(st.sampled_from(COMPARISONS))}"
        shared = draw(st.sampled_from([*numbers, "Own"]))
        elements = {
            "sum": f"A, {shared} : edge({shared}, A); B : num(B), B > 1",
            "count": f"A, W' : edge({shared}, A), word(W', A); K : text(_, _, K), not num(K)",
            "max": f"A : edge({shared}, A), A != 3; A : edge(A, {shared})",
        }[extra]
        body.append(f"{guard} #{extra} {{ {elements} }}")
    arguments = []
    for base in DERIVED[head]:
        names = numbers if base == NUMBER else [n for n in sorted(bound) if n in NAMES[base]]
        arguments.append(draw(st.sampled_from([*names, VALUES[base][2]])))
    return f"{head}({', '.join(arguments)}) :- {', '.join(body)}." if arguments else f"{head} :- {', '.join(body)}."


@st.composite
def atoms(draw: st.DrawFn, predicate: str, bound: set[str]) -> str:
    arguments = []
    for base in {**GIVEN, **DERIVED}[predicate]:
        argument = draw(st.sampled_from([*NAMES[base], *NAMES[base], "_", VALUES[base][2]]))
        arguments.append(argument)
        if argument != "_" and argument in NAMES[base]:
            bound.add(argument)
    return f"{predicate}({', '.join(arguments)})" if arguments else predicate


# What is easily wrong: recursion, open ends, division, sums of sets, empty aggregates, the order of unlike terms.
EASILY_WRONG = (
    "e(1,2). e(2,3). e(3,1). e(4,4). r(X,Y) :- e(X,Y). r(X,Z) :- r(X,Y), e(Y,Z). loop(X) :- r(X,X).",
    "e(1,2). e(2,3). a(X) :- e(X,_). b(X) :- a(X), e(X,_). a(Y) :- b(X), e(X,Y).",
    "n(1). n(#sup). n(3). m(X+1) :- n(X). k(X) :- n(X), not q(X+1). q(2).",
    "n(0). n(2). n(-7). n(3). d(X, Y, X/Y, X\\Y) :- n(X), n(Y).",
    "l(1,5). l(2,5). l(3,7). over :- 16 < #sum { N, L : l(L, N) }. once :- 12 = #sum { N : l(_, N) }.",
    "l(1). few(X) :- l(X), #count { Y : l(Y), Y > X } < 1. none :- #sum { Y : l(Y), Y > 9 } = 0, l(_).",
    "l(1). low(X) :- l(X), 3 < #min { Y : l(Y), Y > 9 }. high(X) :- l(X), #max { Y : l(Y), Y > 9 } < -9.",
    "w(a). w(bb). w(b). t(\"a\"). n(1). n(#sup). s(X,Y) :- w(X), w(Y), X < Y. v(X,Y) :- n(X), w(Y), X < Y.",
    "n(1). w(a). never(X) :- n(X), w(X). odd(X) :- n(X), w(Y), X != Y. u(X) :- n(X), t(Y), X > Y. t(\"a\").",
    "p. q :- p, not r. r :- not p, not s(1). s(2).",
)  # fmt: skip
