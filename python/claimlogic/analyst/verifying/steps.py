"""Lines in another order, one rule at a time: what a rule concludes moves with the lines, if what it reads does.

Two whole copies of the rules take too long to tell apart. So claim "d" is given all that "c" leads to, moved with the
lines; each rule is then applied to it once, and must conclude just what "c" leads to, moved likewise. Where all do, an
induction over the strata says that "d" leads to the same as "c". Of a loop of rules it says so because lines that
change places can change back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from clingo import ast

from claimlogic.analyst.verifying.properties import NO_TWO, Property
from claimlogic.analyst.witness.pairing import projected, renamed, substituted
from claimlogic.knowledge.flow import Flow
from claimlogic.knowledge.rules import AtomPattern, Rule, Variable
from claimlogic.knowledge.vocabulary import Vocabulary
from claimlogic.terms import Atom

_STEP = "_step_"
DIFFERS = ("differs", 2)


def moves_lines(wanted: Property) -> bool:
    """Whether the second claim is the first with its lines moved, and nothing else."""
    heads: list[str] = []

    def note(node: ast.AST) -> None:
        if node.ast_type == ast.ASTType.Rule:
            heads.append("{" if node.head.ast_type != ast.ASTType.Literal else str(node.head))

    ast.parse_string(wanted.text, note)
    return wanted.form == NO_TWO and not any("{" in head or '"d"' in head for head in heads)


def steps(rules: Sequence[Rule], vocabulary: Vocabulary) -> list[str]:
    """The program: rules on "c", its conclusions moved to "d", each rule once on "d", and where the two differ."""
    flow = Flow(rules)
    like_lines = set(flow.places(("line", 1)))
    of_claims = {name: p.kinds for name, p in vocabulary.predicates.items() if "claim" in p.kinds}
    program = ["to(L, K) :- goes(L, K). to(0, 0).", 'claim("d").']
    named: dict[str, int] = {}
    for rule in rules:
        name = rule.head.predicate
        if name not in of_claims:
            program.append(projected(rule))
            continue
        named[name] = len(rule.head.arguments)
        claim = rule.head.arguments[of_claims[name].index("claim")]
        for who in ("c", "d"):
            told = substituted(rule, {claim.name: f'"{who}"'}) if isinstance(claim, Variable) else rule
            if who == "d":
                told = renamed(told, _step_head(told))
            program.append(projected(told))
    read = {name for rule in rules for name in rule.reads if name in of_claims}
    for name in sorted(read | set(named)):
        program.append(_moved(name, of_claims[name], like_lines))
    for name, arity in sorted(named.items()):
        listed = ", ".join('"d"' if kind == "claim" else f"X{at}" for at, kind in enumerate(of_claims[name]))
        of = "X0" if of_claims[name][0] == "rule" else "0"
        program.append(f"differs({name}, {of}) :- {name}({listed}), not {_STEP}{name}({listed}).")
        program.append(f"differs({name}, {of}) :- {_STEP}{name}({listed}), not {name}({listed}).")
        program.append(f"#defined {name}/{arity}. #defined {_STEP}{name}/{arity}.")
    return program


def could_differ(rules: Sequence[Rule], vocabulary: Vocabulary, ids: Sequence[str]) -> list[Atom]:
    """What ``steps`` may conclude: of each predicate, and of each rule id where it is one that rules report through."""
    found = []
    for name in sorted({rule.head.predicate for rule in rules}):
        kinds = vocabulary.predicates[name].kinds if name in vocabulary.predicates else ()
        if "claim" in kinds:
            found += [Atom(DIFFERS[0], (name, of)) for of in (ids if kinds[0] == "rule" else (0,))]
    return found


def _step_head(rule: Rule) -> Callable[[AtomPattern], str]:
    return lambda atom: f"{_STEP}{atom.predicate}" if atom is rule.head else atom.predicate


def _moved(name: str, kinds: Sequence[str], like_lines: set[tuple[str, int]]) -> str:
    here, there, body = [], [], []
    for at, kind in enumerate(kinds):
        if kind == "claim":
            here.append('"c"')
            there.append('"d"')
        elif kind == "line" or (name, at) in like_lines:
            here.append(f"X{at}")
            there.append(f"Y{at}")
            body.append(f"to(X{at}, Y{at})")
        else:
            here.append(f"X{at}")
            there.append(f"X{at}")
    return f"{name}({', '.join(there)}) :- {', '.join([f'{name}({chr(44).join(here)})', *body])}."
