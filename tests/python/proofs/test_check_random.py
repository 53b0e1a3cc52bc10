"""The proof checker on random programs, and on their proofs spoiled at random: what is accepted is true."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from claimlogic.proofs.check import check_proof
from claimlogic.proofs.model import Compares, Counts, Holds, Lacks, Member, Pattern, Premise, Proof, Search, Step
from claimlogic.terms import Atom

from .worlds import (
    World,
    with_counts,
    with_found,
    with_premises,
    with_search,
    with_steps,
    without,
    world,
)


@dataclass(frozen=True)
class Program:
    """Rules in layers, so that nothing rests on its own absence, and facts of the knowledge base and of the claim."""

    rules: tuple[str, ...]
    published: frozenset[str]
    claimed: frozenset[str]

    def world(self) -> World:
        return world("\n".join((*sorted(self.published), *self.rules)), " ".join(sorted(self.claimed)))


GIVEN = (("g", 1), ("e", 2), ("c", 1), ("f", 2))
NUMBERS = (0, 1, 2, 3)
VARIABLES = ("X", "Y", "Z")
OPERATORS = ("<", "<=", ">", ">=", "!=", "=")


@st.composite
def programs(draw: st.DrawFn) -> Program:
    arities = draw(st.lists(st.sampled_from((1, 2)), min_size=1, max_size=4))
    derived = [(f"d{i}", arity) for i, arity in enumerate(arities)]
    rules = []
    for i, head in enumerate(derived):
        lower, same = [*GIVEN, *derived[:i]], [*GIVEN, *derived[: i + 1]]
        rules += [random_rule(draw, head, lower, same) for _ in range(draw(st.integers(1, 3)))]
        names = ("A", "B")[: head[1]]
        every = ", ".join(f"g0({name})" for name in names)
        rules.append(f"lacks_{head[0]}({', '.join(names)}) :- {every}, not {head[0]}({', '.join(names)}).")
        if head[1] == 2:
            rules.append(f"none_{head[0]}(A) :- g0(A), not {head[0]}(A, _).")
    everything = [f"{p}{args}." for p, arity in (*GIVEN[:2], *derived) for args in tuples(arity)]
    published = draw(st.sets(st.sampled_from(everything), max_size=8)) | {f"g0({n})." for n in NUMBERS}
    claimed = draw(st.sets(st.sampled_from([f"{p}{args}." for p, n in GIVEN[1:] for args in tuples(n)]), max_size=10))
    return Program(tuple(rules), frozenset(published), frozenset(claimed))


def tuples(arity: int) -> list[str]:
    return [f"({a})" for a in NUMBERS[1:]] if arity == 1 else [f"({a}, {b})" for a in NUMBERS[1:] for b in NUMBERS[1:]]


def random_rule(
    draw: st.DrawFn, head: tuple[str, int], lower: list[tuple[str, int]], same: list[tuple[str, int]]
) -> str:
    def literal(choices: list[tuple[str, int]], terms: Iterable[str]) -> str:
        name, arity = draw(st.sampled_from(choices))
        listed = list(terms)
        return f"{name}({', '.join(draw(st.sampled_from(listed)) for _ in range(arity))})"

    some = ("1", "2")
    body = [literal(same, (*VARIABLES, *some)) for _ in range(draw(st.integers(1, 2)))]
    bound = [name for name in VARIABLES if any(name in part for part in body)]
    if bound and draw(st.booleans()):
        body.append(f"W = 3 - {draw(st.sampled_from(bound))}")
        bound.append("W")
    if draw(st.booleans()):
        body.append(f"not {literal(lower, (*bound, *some, '_'))}")
    if bound and draw(st.booleans()):
        operator, other = draw(st.sampled_from(OPERATORS)), draw(st.sampled_from((*bound, *some)))
        body.append(f"{draw(st.sampled_from(bound))} {operator} {other}")
    if draw(st.integers(0, 2)) == 0:
        inside = [f"{name}(V{', U' if arity == 2 else ''})" for name, arity in [draw(st.sampled_from(lower))]]
        if draw(st.booleans()):
            inside.append(literal(lower, ("V", *bound, *some)))
        if draw(st.booleans()):
            inside.append(f"not {literal(lower, ('V', *bound, *some, '_'))}")
        function = draw(st.sampled_from(("#count", "#sum", "#min", "#max")))
        guard = f"{draw(st.sampled_from((*bound, *some)))} {draw(st.sampled_from(OPERATORS))}"
        body.append(f"{guard} {function} {{ V : {', '.join(inside)} }}")
    concluded = (*bound, *some, *(f"3 - {name}" for name in bound))
    if any(part.startswith(f"{head[0]}(") for part in body):
        # What rests on itself may conclude nothing that it calculates, or it could grow without end.
        concluded = (*(name for name in bound if name != "W"), *some)
    arguments = ", ".join(draw(st.sampled_from(concluded)) for _ in range(head[1]))
    return f"{head[0]}({arguments}) :- {', '.join(draw(st.permutations(body)))}."


def falsehoods(proof: Proof, truth: frozenset[Atom]) -> list[str]:
    """Everything that a proof says and that is not so: of a root, a step, a fact, or of what a search did not find."""
    said = [a for a in (*proof.roots, *proof.steps, *proof.facts) if a not in truth]
    hidden = [
        a
        for p, search in proof.searches.items()
        for a in truth
        if a.predicate == p.predicate and p.fits(a.arguments) and a not in search.found
    ]
    return [f"{a} is said" for a in said] + [f"{a} is hidden" for a in hidden]


@settings(max_examples=60, deadline=None)
@given(programs())
def test_whatever_follows_or_does_not_follow_from_a_random_program_is_proved(program: Program) -> None:
    made = program.world()
    proof = made.prove()
    assert not falsehoods(proof, made.answer)
    check_proof(proof, made.rules, made.claim_facts, made.knowledge.store)


@settings(max_examples=60, deadline=None)
@given(programs(), st.data())
def test_a_proof_that_is_accepted_where_a_fact_or_a_rule_has_changed_is_true_there(
    program: Program, data: st.DataObject
) -> None:
    made = program.world()
    assume(made.derived())
    proof = made.prove(str(data.draw(st.sampled_from(made.derived()))))
    fact = data.draw(st.sampled_from([f"{p}{args}." for p, arity in GIVEN for args in tuples(arity)]))
    changed = data.draw(
        st.sampled_from(
            (
                replace(program, published=program.published ^ {fact}) if fact[0] in "ge" else program,
                replace(program, claimed=program.claimed ^ {fact}),
                *(
                    replace(program, rules=(*program.rules[:i], "idle(X) :- g0(X), X < 0.", *program.rules[i + 1 :]))
                    for i in range(len(program.rules))
                ),
            )
        )
    ).world()
    if changed.accepts(proof):
        assert not falsehoods(proof, changed.answer)


@settings(max_examples=120, deadline=None)
@given(programs(), st.data())
def test_a_random_proof_that_is_spoiled_is_refused_or_still_true(program: Program, data: st.DataObject) -> None:
    def choose(choices: Iterable[Any]) -> Any:
        listed = sorted(choices, key=str)
        assume(listed)
        return data.draw(st.sampled_from(listed))

    made = program.world()
    way = data.draw(st.sampled_from(WAYS))
    proof = made.prove(str(choose(made.derived())), str(choose(made.derived())))
    spoiled = way(proof, choose)
    if made.accepts(spoiled):
        assert way not in (drop_premise, add_premise, drop_found, claim_absent) or spoiled == proof
        assert not falsehoods(spoiled, made.answer)


Choose: TypeAlias = Callable[[Iterable[Any]], Any]


def drop_step(proof: Proof, choose: Choose) -> Proof:
    of = choose(proof.steps)
    dropped = choose(proof.steps[of])
    kept = tuple(step for step in proof.steps[of] if step != dropped)
    return replace(proof, steps={**proof.steps, of: kept})


def drop_premise(proof: Proof, choose: Choose) -> Proof:
    def fewer(premises: list[Premise]) -> list[Premise]:
        dropped = choose(range(len(premises)))
        return premises[:dropped] + premises[dropped + 1 :]

    return with_premises(proof, str(choose(proof.steps)), fewer)


def add_premise(proof: Proof, choose: Choose) -> Proof:
    return with_premises(proof, str(choose(proof.steps)), lambda premises: [*premises, choose(premises)])


def change_value(proof: Proof, choose: Choose) -> Proof:
    def changed(step: Step) -> Step:
        values = dict(step.values)
        if values:
            values[choose(values)] = choose(NUMBERS)
        return replace(step, values=tuple(values.items()))

    return with_steps(proof, str(choose(proof.steps)), changed)


def change_rule(proof: Proof, choose: Choose) -> Proof:
    return with_steps(proof, str(choose(proof.steps)), lambda step: replace(step, rule=choose(range(12))))


def drop_fact(proof: Proof, choose: Choose) -> Proof:
    dropped = choose(proof.facts)
    return replace(proof, facts={fact: o for fact, o in proof.facts.items() if fact != dropped})


def add_fact(proof: Proof, choose: Choose) -> Proof:
    name, arity = choose(GIVEN)
    origins = choose([(), *proof.facts.values()])
    return replace(proof, facts={**proof.facts, Atom(name, tuple(choose(NUMBERS) for _ in range(arity))): origins})


def drop_search(proof: Proof, choose: Choose) -> Proof:
    return without(proof, choose(proof.searches))


def drop_found(proof: Proof, choose: Choose) -> Proof:
    searched = choose(p for p, search in proof.searches.items() if search.found)
    hidden = choose(proof.searches[searched].found)
    return with_found(proof, searched, *(str(a) for a in proof.searches[searched].found if a != hidden))


def hide_everywhere(proof: Proof, choose: Choose) -> Proof:
    """Take an atom out of the whole proof, as if it did not hold: from searches, steps, facts and members."""
    hidden = choose([*proof.steps, *proof.facts])
    for searched, search in proof.searches.items():
        proof = with_found(proof, searched, *(str(a) for a in search.found if a != hidden))
    for of in proof.steps:
        proof = with_counts(
            proof, str(of), lambda c: replace(c, members=tuple(m for m in c.members if hidden not in m.atoms))
        )
    steps = {a: s for a, s in proof.steps.items() if a != hidden}
    return replace(proof, steps=steps, facts={f: o for f, o in proof.facts.items() if f != hidden})


def rename(proof: Proof, choose: Choose) -> Proof:
    """Say of one number what the proof says of another, wherever it is said."""
    old, new = choose(NUMBERS), choose(NUMBERS)

    def renamed(part: Any) -> Any:
        match part:
            case Atom(predicate, arguments):
                return Atom(predicate, renamed(arguments))
            case tuple():
                return tuple(map(renamed, part))
            case dict():
                return {renamed(key): renamed(value) for key, value in part.items()}
            case Proof():
                roots, steps, searches = renamed(part.roots), renamed(part.steps), renamed(part.searches)
                return replace(part, roots=roots, steps=steps, searches=searches)
            case Step():
                return replace(part, values=renamed(part.values), premises=renamed(part.premises))
            case Search():
                return replace(part, pattern=renamed(part.pattern), found=renamed(part.found), near_misses=())
            case Pattern():
                return replace(part, arguments=renamed(part.arguments))
            case Holds():
                return Holds(renamed(part.atom))
            case Lacks():
                return Lacks(renamed(part.pattern))
            case Compares():
                return replace(part, left=renamed(part.left), right=renamed(part.right))
            case Member():
                return Member(renamed(part.values), renamed(part.atoms))
            case Counts():
                return replace(part, guards=renamed(part.guards), members=renamed(part.members))
        return new if part == old and isinstance(part, int) else part

    return renamed(proof)


def claim_absent(proof: Proof, choose: Choose) -> Proof:
    """Add a search that found nothing although something fits."""
    of = choose(proof.steps)
    opened = tuple(choose((None, argument)) for argument in of.arguments)
    return with_search(proof, Pattern(of.predicate, opened))


WAYS = (
    *(drop_step, drop_premise, add_premise, change_value, change_rule, drop_fact, add_fact),
    *(drop_search, drop_found, hide_everywhere, rename, claim_absent),
)
