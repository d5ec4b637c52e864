"""References to ConfigMaps that are Secrets here, because there are passwords in them.

Published plugins run jobs and consumers with the platform's settings, and name those ConfigMaps in their
volumes. What a pod mounts stays the same, at the same path: only the kind of the object is another one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import yaml

from tutor.core.named import Named
from tutor.env.nodes import documents

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Names under which published plugins know them; as ConfigMaps they would show passwords.
MOVED = frozenset(("openedx-config", "openedx-settings-cms", "openedx-settings-lms", "redis-config"))
#: Files that may be manifests: the platform's, and what plugins list as resources or patches.
MANIFESTS = r"(k8s/.*|kustomization|plugins/.*)\.ya?ml"
#: References to a ConfigMap by their key, and to a Secret in their place; `name` is the same in both.
_KEYS = {"configMap": "secret", "configMapRef": "secretRef", "configMapKeyRef": "secretKeyRef"}
#: References to Secrets, as the platform writes them; words that references may be; where documents begin.
_MOVED_ALREADY = r"(?m)\bsecretName: [a-z-]+$"
_CANDIDATE = r"\bconfigMap(?:Key)?(?:Ref)?\b"
_BEGIN = r"(?m)^(?=---(?:\s|\Z))"


class _Edit(Named):
    """One word of a line, and what takes its place. Both are counted from 0."""

    line: int
    column: int
    old: str
    new: str

    def below(self, line: int) -> _Edit:
        """The same in a text in which its own begins on a line."""
        return _Edit(self.line + line, self.column, self.old, self.new)


def to_secrets(text: str) -> str:
    """Manifests whose references to moved ConfigMaps are references to Secrets; lines stay where they are.

    Text that is not YAML is left alone: the check of its format tells.
    """
    if not _refers(text):
        return text
    edits = []
    try:
        for first, document in _split(text):
            if _refers(document):
                edits += [edit.below(first) for edit in _edits(document)]
    except yaml.YAMLError:
        return text
    lines = text.split("\n")
    for edit in sorted(edits, key=lambda e: (e.line, e.column), reverse=True):
        line, end = lines[edit.line], edit.column + len(edit.old)
        if line[edit.column : end] == edit.old:
            lines[edit.line] = line[: edit.column] + edit.new + line[end:]
    return "\n".join(lines)


def _refers(text: str) -> bool:
    """Whether there may be a reference in a text; most have none, and are not parsed."""
    if not re.search(_CANDIDATE, text):
        return False
    rest = re.sub(_MOVED_ALREADY, "", text)
    return any(name in rest for name in MOVED)


def _split(text: str) -> Iterator[tuple[int, str]]:
    """The documents of a text, each with the line on which it begins, counted from 0.

    A line that begins with three dashes begins one, whatever it stands in. A text with directives, which hold
    for what follows, is left as it is.
    """
    if text.startswith("%") or "\n%" in text:
        yield 0, text
        return
    line = 0
    for document in re.split(_BEGIN, text):
        yield line, document
        line += document.count("\n")


def _edits(text: str) -> list[_Edit]:
    found: list[_Edit] = []
    seen = set()
    nodes = [document for document in documents(text) if document is not None]
    while nodes:
        node = nodes.pop()
        if id(node) in seen:  # an alias leads to a node that was there before
            continue
        seen.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            nodes += node.value
        elif isinstance(node, yaml.MappingNode):
            nodes += [value for _, value in node.value]
            found += _edits_of(node)
        elif isinstance(node, yaml.ScalarNode) and node.style == "|":
            found += _nested(node, text)
    return found


def _edits_of(node: Any) -> Iterator[_Edit]:
    """Edits of one mapping that refers to a ConfigMap."""
    names = _words(node)
    for kind, key in names.items():
        value = dict(node.value)[key]
        inner = _words(value) if isinstance(value, yaml.MappingNode) else {}
        if kind not in _KEYS or "name" not in inner or not _moved(dict(value.value)[inner["name"]]):
            continue
        yield _replaced(key, _KEYS[kind])
        # A volume, which has a name, says `secretName`; a source of a projected volume has none.
        if kind == "configMap" and "name" in names:
            yield _replaced(inner["name"], "secretName")


def _words(node: Any) -> dict[str, Any]:
    """The keys of a mapping, by what they say."""
    return {key.value: key for key, _ in node.value if isinstance(key, yaml.ScalarNode)}


def _moved(name: Any) -> bool:
    return isinstance(name, yaml.ScalarNode) and name.value in MOVED


def _replaced(key: Any, new: str) -> _Edit:
    column = key.start_mark.column + (key.style in ("'", '"'))
    return _Edit(key.start_mark.line, column, key.value, new)


def _nested(node: Any, text: str) -> Iterator[_Edit]:
    """Edits of a patch that stands as a block of text in a kustomization."""
    if not re.search(_CANDIDATE, node.value):
        return
    lines = text.split("\n")
    first = node.start_mark.line + 1
    filled = next((i for i, line in enumerate(node.value.split("\n")) if line.strip()), 0)
    indentation = len(lines[first + filled]) - len(node.value.split("\n")[filled])
    try:
        edits = _edits(node.value)
    except yaml.YAMLError:
        return
    for edit in edits:
        yield _Edit(first + edit.line, indentation + edit.column, edit.old, edit.new)
