"""Atoms and patterns as sentences, after the vocabulary.

The meaning of a predicate is its sentence: argument names in it give way to values ("line 2 of the claim reports
procedure code 77003"), an argument that it does not name is added, one left open is "any". A predicate that the
vocabulary does not know is put in its own words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from claimlogic.knowledge.load import Knowledge
from claimlogic.knowledge.rules import Rule
from claimlogic.proofs.model import Counts, Pattern, Step
from claimlogic.reports.kinds import Kinds
from claimlogic.reports.words import day, span, tidied
from claimlogic.terms import Atom, Term, plain

_NOUNS = {"icd": "diagnosis", "count": "number", "id": "kind", "place_kind": "kind of place", "": "value"}
_LOOSE = frozenset({"text", "person", "id"})
_NAMES = frozenset({"rule", "source", "dispute", "payer", "family"})
_ABBREVIATIONS = frozenset({"asc", "cms", "ct", "dme", "mr", "mue", "ncci", "opps", "ptp"})
_SPAN = re.compile(r"\s*(?:for services )?from From to To\b")
_QUALIFIERS = frozenset({"procedure", "revenue", "component"})
_HEADWORDS = frozenset({"code", "day", "diagnosis", "group", "line", "modifier", "place"})
_FINITE = (
    "is are was were has had may must bills carries contains gives goes holds keeps lets lists needs reports rests "
    "says spans takes travels"
)
# A meaning that is no clause: "who bills", "the specialty of the practitioner of line L".
_NO_CLAUSE = re.compile(
    rf"(?:who|whom|whether|what|which|why|how|where(?!.*,))\b|(?:the|a|an|at) (?!.*\b(?:{'|'.join(_FINITE.split())})\b)"
)


class Wording:
    """Sentences for the atoms, patterns and rules of one knowledge base."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.predicates = knowledge.vocabulary.predicates
        self.kinds = Kinds(knowledge.rules, knowledge.vocabulary)
        self.titles = (
            {str(rule): plain(title) for rule, _, title in knowledge.store.match("rule", (None,) * 3)}
            if ("rule" in knowledge.store.predicates)
            else {}
        )
        self._templates: dict[str, str] = {}

    def sentence(self, atom: Atom) -> str:
        """An atom as a sentence."""
        return self.pattern(Pattern(atom.predicate, atom.arguments))

    def pattern(self, pattern: Pattern, stand_ins: Mapping[int, str] | None = None) -> str:
        """A pattern as a sentence, open arguments as "any"; ``stand_ins`` are words for the arguments at positions."""
        known = self._of_results(pattern)
        if known is not None:
            return known
        kinds = self.kinds.of_predicate(pattern.predicate, len(pattern.arguments))
        values = [self.value(kind, term) for kind, term in zip(kinds, pattern.arguments, strict=True)]
        for position, words in (stand_ins or {}).items():
            values[position] = words
        if pattern.predicate in self.predicates:
            return self._filled(pattern.predicate, values)
        return _in_its_own_words(pattern.predicate, kinds, values)

    def no_evidence(self, pattern: Pattern) -> str:
        """A pattern that nothing fits, as a sentence."""
        sentence = self.pattern(pattern)
        no_clause = pattern.predicate in self.predicates and _NO_CLAUSE.match(sentence)
        return f"there is no evidence {'of' if no_clause else 'that'} {sentence}"

    def span(self, atom: Atom) -> str:
        """The days from which and to which a published fact holds; nothing where it has none."""
        declared = self.predicates.get(atom.predicate)
        if declared is None or "From" not in declared.arguments or "To" not in declared.arguments:
            return ""
        first, last = declared.arguments.index("From"), declared.arguments.index("To")
        return span(atom.arguments[first], atom.arguments[last])

    def label(self, rule: Rule, step: Step) -> str | None:
        """A rule's label with its braces filled by one firing; None where it has none."""
        if rule.label is None:
            return None
        kinds = self.kinds.of_variables(rule)
        values = dict(step.values)
        total = next((p.value for p in step.premises if isinstance(p, Counts)), None)
        fillers = []
        for name in rule.label.fillers:
            if name == "#sum":
                fillers.append(str(total))
            elif name not in values:
                fillers.append(name)
            elif kinds.get(name) in ("claim", "day"):
                fillers.append(self.value(kinds[name], values[name]))
            else:
                fillers.append(plain(values[name]))
        return rule.label.template.format(*fillers)

    def value(self, kind: str, term: Term | None) -> str:
        """A term of a kind as a reader sees it; None, an open one, as "any"."""
        if kind == "claim":
            return "the claim"
        if term is None:
            return f"any {noun(kind)}"
        if kind == "line":
            return f"line {plain(term)}"
        if kind == "day":
            return day(term)
        if isinstance(term, str) and not term.startswith('"') and kind not in _NAMES:
            return " ".join(w.upper() if w in _ABBREVIATIONS else w for w in term.split("_"))
        return plain(term)

    def _of_results(self, pattern: Pattern) -> str | None:
        """The sentences of the predicates through which every knowledge base answers."""
        match pattern:
            case Pattern("verdict", (_, line, verdict)):
                return f"{_line(line)} is {_any(verdict, 'judged')}"
            case Pattern("claim_verdict", (_, verdict)):
                return f"the claim is {_any(verdict, 'judged')}"
            case Pattern("finding" | "reported" as name, (rule, _, line, other)):
                verb = "speaks against" if name == "finding" else "is reported against"
                because = "" if other in (None, line) else f" because of {_line(other)}"
                return f"{_rule(rule)}{self._title(rule)} {verb} {_line(line)}{because}"
            case Pattern("waived", (rule, _, line, other)):
                beside = "" if other in (None, line) else f" beside {_line(other)}"
                return f"{_rule(rule)} is waived for {_line(line)}{beside}"
        return None

    def _title(self, rule: Term | None) -> str:
        title = self.titles.get(str(rule))
        return f" ({title})" if title else ""

    def _filled(self, predicate: str, values: Sequence[str]) -> str:
        declared = self.predicates[predicate]
        template = self._template(predicate)
        by_name = dict(zip(declared.arguments, values, strict=True))
        kinds = dict(zip(declared.arguments, declared.kinds, strict=True))
        named: set[str] = set()

        def fill(found: re.Match[str]) -> str:
            name = found["name"]
            named.add(name)
            return _joined((found["before"] or "").split(), by_name[name], name, kinds[name])

        sentence = _arguments_in(declared.arguments).sub(fill, template)
        left = [
            name
            for name in declared.arguments
            if name not in named and name not in ("From", "To") and kinds[name] != "claim"
        ]
        left = [name for name in left if not by_name[name].startswith("any ")]
        return tidied(_added(sentence, [(_role(name, kinds[name]), by_name[name]) for name in left]))

    def _template(self, predicate: str) -> str:
        found = self._templates.get(predicate)
        if found is None:
            declared = self.predicates[predicate]
            first = re.split(r"(?<=[\w)])[.;](?:\s|$)", declared.meaning, maxsplit=1)[0]
            found = _SPAN.sub("", _without_asides(first, declared.arguments)).strip(" ,:")
            self._templates[predicate] = found
        return found


def noun(kind: str) -> str:
    """What a value of this kind is called."""
    return _NOUNS.get(kind, kind.replace("_", " "))


def _line(term: Term | None) -> str:
    return "any line" if term is None else f"line {plain(term)}"


def _any(term: Term | None, otherwise: str) -> str:
    return otherwise if term is None else plain(term)


def _rule(term: Term | None) -> str:
    return "any rule" if term is None else f"rule {plain(term)}"


def _arguments_in(arguments: Sequence[str]) -> re.Pattern[str]:
    names = "|".join(re.escape(name) for name in sorted(arguments, key=len, reverse=True))
    return re.compile(rf"(?:(?P<before>\b(?:[a-z][a-z-]* )?[a-z][a-z-]*) )?(?<![\w'-])(?P<name>{names})(?![\w'])")


def _joined(before: Sequence[str], value: str, name: str, kind: str) -> str:
    """A value after the words before it, none said twice: "line L" is "line 2", and never "line line 2"."""
    words, last = list(before), before[-1] if before else ""
    if kind in ("claim", "line"):
        if last in (noun(kind), kind):
            words.pop()
    elif value.startswith("any "):
        if last in _HEADWORDS or last in (noun(kind), kind):
            value = f"any {words.pop()}"
            if words and words[-1] in _QUALIFIERS:
                value = f"any {words.pop()} {value[4:]}"
        elif kind in _LOOSE and len(name) > 2:
            value = f"any {name.lower()}"
    return " ".join([*words, value])


def _without_asides(text: str, arguments: Sequence[str]) -> str:
    """The text without the parentheses that name an argument."""
    named = _arguments_in(arguments)
    return re.sub(r"\s*\([^()]*\)", lambda found: "" if named.search(found[0]) else found[0], text)


def _role(name: str, kind: str) -> str:
    return name.lower() if len(name) > 2 else noun(kind)


def _added(sentence: str, left: Sequence[tuple[str, str]]) -> str:
    """The sentence with what it does not name: one value after a colon, several in parentheses."""
    if not left:
        return sentence
    if len(left) == 1 and ":" not in sentence:
        return f"{sentence}: {left[0][1]}"
    named = (value if value.startswith(f"{role} ") else f"{role} {value}" for role, value in left)
    return f"{sentence} ({', '.join(named)})"


def _in_its_own_words(predicate: str, kinds: Sequence[str], values: Sequence[str]) -> str:
    words = predicate.replace("_", " ")
    spoken = [value for kind, value in zip(kinds, values, strict=True) if kind != "claim"]
    if len(spoken) == len(values) or not spoken:
        subject, rest = (spoken[:1] or ["the claim"])[0], spoken[1:]
    elif next(kind for kind in kinds if kind != "claim") == "line":
        subject, rest = spoken[0], spoken[1:]
    else:
        subject, rest = "the claim", spoken
    return " ".join([subject, words, ", ".join(rest)]).rstrip()


def merged_value(patterns: Sequence[Pattern]) -> int | None:
    """The one argument in which patterns of a predicate differ; None where there is no such."""
    differing = [
        position
        for position, values in enumerate(zip(*(p.arguments for p in patterns), strict=True))
        if len(set(values)) > 1
    ]
    return differing[0] if len(differing) == 1 else None
