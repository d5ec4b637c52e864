"""Plugins that are YAML files, kept as they were read: importing a parser takes longer than most commands.

What is kept is found by the file's content and by the parser that has read it, and says itself what it is
of: that of another content is not there, nor is one that was spoilt.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from tutor.config import kept
from tutor.core import cache

if TYPE_CHECKING:
    from tutor.plugins.lines import Lines


class NotYamlError(Exception):
    """A file is no YAML.

    Args:
        problem: what the parser says, where it says something.
        line: where, counted from 1, when known.
    """

    def __init__(self, problem: str | None, line: int | None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.line = line


def read(content: bytes) -> tuple[Any, Lines]:
    """The value in a file, and the line of each value inside of it.

    Raises:
        NotYamlError: it is no YAML.
    """
    folder = cache.user_folder("plugins")
    if folder is None:
        return _parsed(content)
    key = kept.key(content)
    path = os.path.join(folder, key.hex())
    found = cache.read(path)
    if isinstance(found, tuple) and len(found) == 3 and found[0] == key and isinstance(found[2], dict):
        return found[1], found[2]
    value, table = _parsed(content)
    cache.write(path, (key, value, table))
    cache.tidy(folder)
    return value, table


def _parsed(content: bytes) -> tuple[Any, Lines]:
    import yaml

    from tutor import serialize
    from tutor.config.repeated import repeated_key
    from tutor.plugins.lines import of_yaml

    try:
        value = serialize.load(content)
        twice = repeated_key(content)
        if twice:
            raise NotYamlError(str(twice), twice.second)
        return value, of_yaml(content)
    except RecursionError:
        raise NotYamlError("it holds itself", None) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise NotYamlError(getattr(error, "problem", None), mark.line + 1 if mark else None) from None
