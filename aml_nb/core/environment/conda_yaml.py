"""Conda specifications as YAML: read with their comments, checked, written back."""

from __future__ import annotations

import copy
import difflib
import io
import re
from typing import TYPE_CHECKING, Any

from aml_nb.engines.installers import normal
from aml_nb.errors import Source, UserErrorException

if TYPE_CHECKING:
    from ruamel.yaml import YAML
    from ruamel.yaml.comments import CommentedMap

TOP_KEYS = ("name", "channels", "dependencies", "prefix", "variables")
_ORDER = ("name", "dependencies", "channels")

DEFAULT = """\
# What a run or a service installs: a conda specification. It counts while
# user_managed_dependencies is False.

name: project_environment
dependencies:
  # Python itself.
- python=3.8.13

- pip:
    # What a scoring script needs of Azure ML; aml_nb stands in for it.
  - azureml-defaults
channels:
- anaconda
- conda-forge
"""

_EXAMPLE = "dependencies: [python=3.10, scikit-learn, {pip: [azureml-defaults]}]"


def parse(text: str, path: str = "<conda specification>") -> CommentedMap:
    """The specification in ``text``; UserErrorException naming the line where it is not one."""
    from ruamel.yaml.error import YAMLError

    try:
        data = _yaml().load(text)
    except YAMLError as error:
        raise _broken(error, path, text) from None
    check(data, path)
    parsed: CommentedMap = data
    return parsed


def dump(data: dict[str, Any]) -> str:
    """The YAML text, with the comments that came along."""
    stream = io.StringIO()
    _yaml().dump(_blocks(data), stream)
    return stream.getvalue()


def structure(data: Any) -> dict[str, Any]:
    """A specification given as plain dicts and lists, with its keys in v1's order; parsed YAML as it is.

    Plain ones stay plain: an environment from the store is then read without loading the YAML library.
    """
    check(data, "the given structure")
    if type(data) is not dict:
        parsed: dict[str, Any] = data
        return parsed
    keys = [*(k for k in _ORDER if k in data), *(k for k in data if k not in _ORDER)]
    return {str(key): copy.deepcopy(data[key]) for key in keys}


def unwrapped(value: Any) -> Any:
    """Plain dicts, lists and scalars, without ruamel's bookkeeping."""
    if isinstance(value, dict):
        return {str(key): unwrapped(item) for key, item in value.items()}
    if isinstance(value, list):
        return [unwrapped(item) for item in value]
    for plain in (bool, int, float, str):
        if isinstance(value, plain):
            return plain(value)
    return value


def check(data: Any, path: str) -> None:
    """Raise UserErrorException where ``data`` has not the shape of a conda specification."""
    if not isinstance(data, dict):
        raise UserErrorException(f"{path} is no conda specification: a mapping is expected.", hint=_EXAMPLE)
    for key in data:
        if key not in TOP_KEYS:
            near = difflib.get_close_matches(str(key), TOP_KEYS, n=1)
            raise UserErrorException(
                f"{path}: {key!r} is no key of a conda specification (they are {', '.join(TOP_KEYS)}).",
                hint=f"write {near[0]}" if near else "remove it",
            )
    for channel in _listed(data, "channels", path):
        if not isinstance(channel, str):
            raise UserErrorException(f"{path}: the channel {channel!r} must be a string.")
    for item in _listed(data, "dependencies", path):
        _check_dependency(item, path)


def package_name(requirement: str) -> str:
    """The normalised name of a conda or pip requirement; a URL or path stands for itself.

    >>> package_name("conda-forge::Scikit_Learn=0.20.3=py37")
    'scikit-learn'
    """
    text = requirement.strip()
    egg = re.search(r"#(?:.*&)?egg=([A-Za-z0-9._-]+)", text)
    if egg:
        return normal(egg[1])
    named = re.match(r"(?:[\w./-]+::)?([A-Za-z0-9_][A-Za-z0-9._-]*)\s*(\[[^\]]*\])?\s*(@|[=<>!~;\s]|$)", text)
    return normal(named[1]) if named and "/" not in named[1] else text


def _yaml() -> YAML:
    from ruamel.yaml import YAML

    yaml = YAML()
    yaml.width = 1 << 20
    yaml.preserve_quotes = True
    return yaml


def _blocks(value: Any) -> Any:
    """Plain lists and dicts, within ``value`` too, as ruamel's own, which it writes in block style."""
    from ruamel.yaml.comments import CommentedMap, CommentedSeq

    if isinstance(value, dict):
        made = value if isinstance(value, CommentedMap) else CommentedMap(value)
        for key, item in value.items():
            if type(item) in (dict, list):
                made[key] = _blocks(item)
        return made
    items = value if isinstance(value, CommentedSeq) else CommentedSeq(value)
    for index, item in enumerate(value):
        if isinstance(item, dict | list):
            items[index] = _blocks(item)
    return items


def _listed(data: dict[str, Any], key: str, path: str) -> list[Any]:
    value = data.get(key)
    if value is None:
        return []
    if not isinstance(value, list):
        raise UserErrorException(f"{path}: {key!r} must be a list.", hint=_EXAMPLE)
    return value


def _check_dependency(item: Any, path: str) -> None:
    if isinstance(item, str):
        return
    if not isinstance(item, dict) or set(item) != {"pip"}:
        raise UserErrorException(
            f"{path}: the dependency {unwrapped(item)!r} must be a string or a 'pip:' list.", hint=_EXAMPLE
        )
    for requirement in _listed(item, "pip", path):
        if not isinstance(requirement, str):
            raise UserErrorException(f"{path}: the pip line {unwrapped(requirement)!r} must be a string.")


def _broken(error: Exception, path: str, text: str) -> UserErrorException:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    line = (mark.line if mark is not None else 0) + 1
    lines = text.splitlines()
    first = max(1, line - 2)
    return UserErrorException(
        f"{path} is not valid YAML: {getattr(error, 'problem', None) or error}",
        hint="mind the indentation and the dashes; 'pip:' takes a list of its own",
        source=Source(path, line, first, tuple(lines[first - 1 : line + 2])),
    )
