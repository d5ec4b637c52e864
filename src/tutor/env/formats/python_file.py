"""Python: it compiles."""

from __future__ import annotations

import warnings

from tutor.env.formats.fault import Fault


def check(text: str) -> list[Fault]:
    """Faults of a Python module."""
    try:
        with warnings.catch_warnings():
            # What the platform's Python will warn about is no fault of the file here.
            warnings.simplefilter("ignore")
            compile(text, "<rendered>", "exec", dont_inherit=True)
    except SyntaxError as error:
        return [Fault(error.msg, error.lineno)]
    except ValueError as error:  # null bytes
        return [Fault(str(error))]
    return []
