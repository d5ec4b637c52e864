"""Rule: folders of templates exist."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from tutor.hooks import Filters
from tutor.plugins.checks.rule import Place, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tutor.plugins.checks.subject import Subject


def check(subject: Subject) -> Iterator[Place]:
    """Folders that are not there, or are looked for somewhere else each time."""
    for root, origin in subject.own(Filters.ENV_TEMPLATE_ROOTS):
        if not os.path.isabs(root):
            problem = "is looked for in the folder in which a command is run"
            yield Place(f"The folder of templates {root} {problem}", origin, "make the path absolute")
        elif not os.path.isdir(root):
            problem = "is no folder" if os.path.exists(root) else "does not exist"
            remedy = "correct the path, or include the folder in the package: it is data, not Python"
            yield Place(f"The folder of templates {root} {problem}", origin, remedy)


RULE = Rule(
    slug="missing-template-root",
    severity="hint",
    title="A folder of templates that does not exist",
    why="None of the plugin's templates is found. Packages lose them when their build does not include data "
    "files: `package_data` or `MANIFEST.in` with setuptools.",
    check=check,
)
