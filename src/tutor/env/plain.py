"""Texts with settings put in and nothing else: rendered without Jinja, to the same result.

Most settings and many patches are such texts: ``studio.{{ LMS_HOST }}``. Compiling one as a template takes
about a thousand times as long as putting its values together, and Jinja itself takes longer to import than
most commands run. What is not clearly such a text, and whatever goes wrong in one, is Jinja's.
"""

from __future__ import annotations

import os
import re
from typing import Any

from tutor import __about__

_NAME = re.compile(r"\{\{ *([A-Z][A-Z0-9_]*) *\}\}")
_VERSION = __about__.__interface_version__.split(".")
#: Names that mean the same in every project.
CONSTANTS: dict[str, Any] = {
    "HOST_USER_ID": os.getuid(),
    "TUTOR_APP": __about__.__app__.replace("-", "_"),
    "TUTOR_VERSION": __about__.__interface_version__,
    "TUTOR_VERSION_MAJOR": int(_VERSION[0]),
    "TUTOR_VERSION_MINOR": int(_VERSION[1]),
    "TUTOR_BRANCH_IS_MAIN": bool(__about__.__version_suffix__),
}


def parts(source: str) -> list[str] | None:
    """Text and names in turn, text first and last; ``None`` for what only Jinja can render."""
    if "{%" in source or "{#" in source or "\r" in source:
        return None
    found = _NAME.split(source.removesuffix("\n"))  # which Jinja leaves out too
    for text in found[::2]:
        # "{{{ NAME }}" would be a mapping to Jinja.
        if "{{" in text or text.endswith("{"):
            return None
    return found
