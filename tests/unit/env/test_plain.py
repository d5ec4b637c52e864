"""Texts that are rendered without Jinja come out as with it."""

from __future__ import annotations

import jinja2
import pytest

from tutor.env import plain

VALUES = {"A": "text", "B_1": 5, "C": [1, "x"], "D": None, "E": True, "F": "{{ A }}", "TUTOR_APP": "tutor"}
TEXTS = (
    "",
    "plain",
    "{{ A }}",
    "{{A}} and {{  B_1  }}\n",
    "\n{{ C }}\n\n",
    "{{ D }}{{ E }}{{ F }}",
    "} {{ A }}} }}",
    "{ {{ A }} # % {x}",
    "a: {b: '{{ A }}'}\n",
    "{{ TUTOR_APP }}é\u2028x",
)


@pytest.mark.parametrize("text", TEXTS)
def test_as_jinja(text: str) -> None:
    """Also what is no text, and the end of the last line."""
    found = plain.parts(text)
    assert found is not None
    result = "".join(str(VALUES[p]) if n % 2 else p for n, p in enumerate(found))
    assert result == jinja2.Environment(undefined=jinja2.StrictUndefined).from_string(text).render(VALUES)


@pytest.mark.parametrize(
    "text",
    [
        *("{{ A|upper }}", "{% if A %}{% endif %}", "{# A #}", "{{{ A }}", "{{ a }}", "{{- A }}"),
        *("{{\nA }}", "a\r\nb", "{{ A", "{{ 'x' }}", "{{ True }}"),
    ],
)
def test_the_rest_is_jinjas(text: str) -> None:
    """Whatever has more than names in it."""
    assert plain.parts(text) is None
