"""How the faults of a document are told: by their path and what to do about them, never by their value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from pydantic import ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from claimlogic.claims import shapes
from claimlogic.errors import InputError, did_you_mean

Fault: TypeAlias = tuple[str, str]
"""Where (``lines[1].code``), and what to do (``write the code in quotes``)."""

_MOST = 20
_OURS = "claim"
_REMEDIES = {
    "missing": "missing: this key is needed",
    "list_type": "give a list, in square brackets",
    "model_type": "give a mapping of keys to values",
    "bool_type": "write true or false",
}


def fault(remedy: str) -> PydanticCustomError:
    """What a validator raises: the sentence that says what to do."""
    return PydanticCustomError(_OURS, remedy)


def faults_of(error: ValidationError, keys: Mapping[str, Iterable[str]], remedies: Mapping[str, str]) -> list[Fault]:
    """The faults that the schema found.

    ``keys`` are those of the document (under ``""``) and of its parts (``lines`` ...), ``remedies`` what to do about a
    type of error in a document of this kind.
    """
    details = error.errors(include_url=False, include_context=False, include_input=False)
    return [(path(detail["loc"]), _remedy(detail, keys, remedies)) for detail in details]


def refusal(faults: Sequence[Fault], place: str = "") -> InputError:
    """What a document with these faults is refused with; ``place`` is where it stands among others (``[2]``)."""
    told = [(f"{place}.{path}" if place and path else place or path, remedy) for path, remedy in faults]
    if len(told) == 1:
        return InputError(told[0][1], told[0][0])
    rows = [f"  {path}: {remedy}" for path, remedy in told[:_MOST]]
    if len(told) > _MOST:
        rows.append(f"  and {len(told) - _MOST} more")
    return InputError("\n".join([f"{len(told)} faults", *rows]))


def path(steps: Iterable[int | str]) -> str:
    """``("lines", 1, "code")`` as ``lines[1].code``. A key that is no plain word might be content, and is not shown."""
    told = ""
    for step in steps:
        if isinstance(step, int):
            told += f"[{step}]"
        else:
            told += ("." if told else "") + (step if shapes.WORD.fullmatch(step) and len(step) <= 30 else "(a key)")
    return told


def _remedy(error: ErrorDetails, keys: Mapping[str, Iterable[str]], remedies: Mapping[str, str]) -> str:
    if error["type"] == _OURS:
        return error["msg"]
    if error["type"] == "extra_forbidden":
        steps = error["loc"]
        known = list(keys.get(str(steps[0]) if len(steps) > 1 else "", ()))
        return "unknown key: " + did_you_mean(str(steps[-1]), known, f"the keys here are {', '.join(known)}")
    return {**_REMEDIES, **remedies}.get(error["type"], "this is not the kind of value that belongs here")
