"""Checks of rendered files by their format: one module per format, each a function from text to faults."""

from __future__ import annotations

import re
from importlib import import_module

from tutor.env.formats.fault import Fault

__all__ = ["FORMATS", "Fault", "check", "title"]

#: (pattern of paths in the environment, name of the format, module and function that check it, imported when
#: there is something to check); the first that matches counts.
FORMATS = (
    (r"(local|dev)/docker-compose[^/]*\.yml", "Compose file", "compose_file.check"),
    (r"k8s/override\.yml", "Kubernetes patch", "kubernetes.check_patches"),
    (r"(k8s/.*|kustomization)\.ya?ml", "Kubernetes manifest", "kubernetes.check"),
    (r".*\.ya?ml", "YAML file", "yaml_file.check"),
    # TypeScript reads its configuration with comments and trailing commas.
    (r"(.*/)?[tj]sconfig[^/]*\.json|.*\.jsonc", "JSON file", "json_file.check_with_comments"),
    (r".*\.json", "JSON file", "json_file.check"),
    (r".*\.py", "Python file", "python_file.check"),
    (r"(.*/)?Caddyfile", "Caddyfile", "caddyfile.check"),
    (r"(.*/)?Dockerfile", "Dockerfile", "dockerfile.check"),
)

#: Formats that are not checked: by the end of the path.
TEXTS = {".sh": "shell script", ".conf": "configuration file", ".ini": "INI file"}


def title(path: str) -> str:
    """The name of a file's format."""
    found = _format(path)
    if found is not None:
        return found[0]
    return next((name for end, name in TEXTS.items() if path.endswith(end)), "text")


def check(path: str, text: str) -> tuple[str, list[Fault]]:
    """The name of a file's format, and what is wrong with the file."""
    found = _format(path)
    if found is None:
        return "text", []
    module, _, function = found[1].partition(".")
    faults: list[Fault] = getattr(import_module(f"{__name__}.{module}"), function)(text)
    return found[0], faults


def _format(path: str) -> tuple[str, str] | None:
    """The name and the check of a file's format."""
    return next(((name, test) for pattern, name, test in FORMATS if re.fullmatch(pattern, path)), None)
