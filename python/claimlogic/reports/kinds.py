"""Of what kind the arguments of every predicate and the variables of every rule are.

The vocabulary declares kinds; predicates that it does not name get theirs from the rules that conclude them, so that a
proof writes a day as a day and a line as a line wherever it stands.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from claimlogic.knowledge.checks import atoms_of
from claimlogic.knowledge.rules import Comparison, Rule, Variable
from claimlogic.knowledge.vocabulary import Vocabulary


class Kinds:
    """Kinds by predicate and by rule; an unknown kind is the empty string."""

    def __init__(self, rules: Sequence[Rule], vocabulary: Vocabulary) -> None:
        self._declared = {p.name: p.kinds for p in vocabulary.predicates.values()}
        self._inferred = self._infer(rules)

    def of_predicate(self, predicate: str, arity: int) -> tuple[str, ...]:
        """The kinds of a predicate's arguments."""
        return self._declared.get(predicate) or self._inferred.get(predicate) or ("",) * arity

    def of_variables(self, rule: Rule) -> dict[str, str]:
        """The kinds of a rule's variables, as far as they are known."""
        return self._variables(rule, self._inferred)

    def _infer(self, rules: Sequence[Rule]) -> dict[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        undeclared = [rule for rule in rules if rule.head.predicate not in self._declared]
        changed = True
        while changed:
            changed = False
            for rule in undeclared:
                name, arguments = rule.head.predicate, rule.head.arguments
                variables = self._variables(rule, found)
                before = found.get(name, ("",) * len(arguments))
                after = tuple(
                    kind or (variables.get(argument.name, "") if isinstance(argument, Variable) else "")
                    for kind, argument in zip(before, arguments, strict=True)
                )
                if after != before or name not in found:
                    found[name] = after
                    changed = True
        return found

    def _variables(self, rule: Rule, inferred: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
        variables: dict[str, str] = {}
        for atom in atoms_of(rule):
            kinds = self._declared.get(atom.predicate) or inferred.get(atom.predicate) or ()
            for argument, kind in zip(atom.arguments, kinds, strict=False):
                if isinstance(argument, Variable) and kind:
                    variables.setdefault(argument.name, kind)
        for item in rule.body:
            if isinstance(item, Comparison) and isinstance(item.left, Variable) and isinstance(item.right, Variable):
                shared = variables.get(item.left.name) or variables.get(item.right.name)
                if shared:
                    variables.setdefault(item.left.name, shared)
                    variables.setdefault(item.right.name, shared)
        return variables
