"""Checks of rendered files by their format: one module per format, each a function from text to faults."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tutor.env.formats import (
    caddyfile,
    compose_file,
    dockerfile,
    json_file,
    kubernetes,
    python_file,
    yaml_file,
)
from tutor.env.formats.fault import Fault

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["FORMATS", "Fault", "check", "title"]

#: (pattern of paths in the environment, name of the format, check); the first that matches counts.
FORMATS: tuple[tuple[re.Pattern[str], str, Callable[[str], list[Fault]]], ...] = tuple(
    (re.compile(pattern), name, function)
    for pattern, name, function in (
        (r"(local|dev)/docker-compose[^/]*\.yml", "Compose file", compose_file.check),
        (r"k8s/override\.yml", "Kubernetes patch", kubernetes.check_patches),
        (r"(k8s/.*|kustomization)\.ya?ml", "Kubernetes manifest", kubernetes.check),
        (r".*\.ya?ml", "YAML file", yaml_file.check),
        # TypeScript reads its configuration with comments and trailing commas.
        (r"(.*/)?[tj]sconfig[^/]*\.json|.*\.jsonc", "JSON file", json_file.check_with_comments),
        (r".*\.json", "JSON file", json_file.check),
        (r".*\.py", "Python file", python_file.check),
        (r"(.*/)?Caddyfile", "Caddyfile", caddyfile.check),
        (r"(.*/)?Dockerfile", "Dockerfile", dockerfile.check),
    )
)


#: Formats that are not checked: by the end of the path.
TEXTS = {".sh": "shell script", ".conf": "configuration file", ".ini": "INI file"}


def title(path: str) -> str:
    """The name of a file's format."""
    for pattern, name, _ in FORMATS:
        if pattern.fullmatch(path):
            return name
    return next((name for end, name in TEXTS.items() if path.endswith(end)), "text")


def check(path: str, text: str) -> tuple[str, list[Fault]]:
    """The name of a file's format, and what is wrong with the file."""
    for pattern, name, function in FORMATS:
        if pattern.fullmatch(path):
            return name, function(text)
    return "text", []
