"""YAML and JSON text to plain data, with nothing lost on the way: a key given twice is a fault, not a choice.

No message holds anything of the text: the libraries' own messages quote it, so only their line numbers are used.
"""

from __future__ import annotations

import json
import warnings
from typing import NoReturn

from claimlogic.errors import InputError


def parse_json(text: str) -> object:
    """The data of a JSON text, or a list of one item a line for JSON Lines. Raises InputError."""
    try:
        return _loads(text)
    except json.JSONDecodeError as error:
        if error.msg != "Extra data":
            raise _json_fault(error, error.lineno) from None
    # More than one value: JSON Lines, one claim on each line.
    items: list[object] = []
    for number, row in enumerate(text.split("\n"), start=1):
        if row.strip():
            try:
                items.append(_loads(row))
            except json.JSONDecodeError as error:
                raise _json_fault(error, number) from None
            except InputError as error:
                raise InputError(error.problem, f"line {number}") from None
    return items


def parse_yaml(text: str) -> object:
    """The data of a YAML 1.2 text; dates stay text. Raises InputError."""
    from ruamel.yaml import YAML
    from ruamel.yaml.constructor import DuplicateKeyError, SafeConstructor
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    class PlainConstructor(SafeConstructor):
        """Leaves dates as they are written, so that a bad one is named by its path and not by the parser."""

    PlainConstructor.add_constructor("tag:yaml.org,2002:timestamp", SafeConstructor.construct_yaml_str)

    yaml = YAML(typ="safe", pure=True)
    yaml.Constructor = PlainConstructor
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # their text quotes the file
            data: object = yaml.load(text)
    except DuplicateKeyError as error:
        raise InputError("a key is given twice: keep one of them", _yaml_place(error)) from None
    except MarkedYAMLError as error:
        raise InputError("this is not valid YAML: look at the indentation and the quotes", _yaml_place(error)) from None
    except (YAMLError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        # Odd tags, unprintable characters and nesting without end make the parser give up in several ways.
        raise InputError("this cannot be read as YAML") from None
    return data


def _loads(text: str) -> object:
    try:
        data: object = json.loads(text, object_pairs_hook=_no_duplicates, parse_constant=_no_constant)
    except json.JSONDecodeError:
        raise
    except (ValueError, RecursionError):
        raise InputError("this cannot be read as JSON: a number or the nesting is too large") from None
    return data


def _no_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    data = dict(pairs)
    if len(data) != len(pairs):
        raise InputError("a key is given twice in one object: keep one of them")
    return data


def _no_constant(_: str) -> NoReturn:
    raise InputError("NaN and Infinity are not JSON numbers")


def _json_fault(error: json.JSONDecodeError, line: int) -> InputError:
    problem = f"this is not valid JSON at column {error.colno}: look at the commas and the quotes"
    return InputError(problem, f"line {line}")


def _yaml_place(error: object) -> str:
    mark = getattr(error, "problem_mark", None)
    return f"line {mark.line + 1}" if mark is not None else ""
