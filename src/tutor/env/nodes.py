"""YAML as nodes: what is written, and where, for those who do not ask what it means."""

from __future__ import annotations

from typing import Any

import yaml

_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Base):  # type: ignore[misc]  # chosen at run time
    """Without telling numbers, dates and the like from texts, which takes longer than everything else."""

    def resolve(self, *_: Any) -> str:
        """The tag of a node that is written without one."""
        return ""


def documents(text: str) -> list[Any]:
    """The documents of a text, each with its nodes; nothing for an empty one. A tag is one that is written.

    Raises:
        yaml.YAMLError: it is no YAML; says where.
    """
    return list(yaml.compose_all(text, Loader=_Loader))
