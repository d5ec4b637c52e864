"""From a line of a file to the line of the template, or of the patch, and to the settings that it reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jinja2
import pytest

from tutor.env.trace import Tracer
from tutor.env.uses import names_in, uses

if TYPE_CHECKING:
    from tests.unit.env.conftest import Platform

TEMPLATE = """first
{% if RUN_SMTP -%}
smtp: {{ SMTP_HOST }}
{%- endif %}
{% include "apps/partials/more.yml" %}
{% for n in range(2) %}
loop {{ n }} {{ LMS_HOST }}
{% endfor %}
  {{ patch("a-patch")|indent(2) }}
{% set shown = PLATFORM_NAME|upper %}
last {{ shown }}
"""


@pytest.fixture
def traced(platform: Platform) -> dict[str, tuple[str, str, int, set[str]]]:
    """Line → (template, patch, line there, names)."""
    platform.template("apps/x.yml", TEMPLATE)
    platform.template("apps/partials/more.yml", "more {{ CMS_HOST }}\nmore still\n")
    platform.patch("a-patch", "one\ntwo {{ SMTP_PORT }}\n", line=10)
    renderer = platform.renderer()
    file = renderer.render_tree().files["apps/x.yml"]
    tracer = Tracer(renderer)
    places = tracer.places(file)
    found = {}
    for line, place in zip(file.content.decode().splitlines(), places, strict=True):
        if line.strip() and place is not None:
            names = tracer.uses_of(place) - {"range", "n"}
            found[line.strip()] = (place.template, place.patch, place.line, names)
    return found


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("first", ("apps/x.yml", "", 1, set())),
        ("smtp: smtp", ("apps/x.yml", "", 3, {"RUN_SMTP", "SMTP_HOST"})),
        ("more studio.local.openedx.io", ("apps/partials/more.yml", "", 1, {"CMS_HOST"})),
        ("more still", ("apps/partials/more.yml", "", 2, set())),
        ("loop 1 local.openedx.io", ("apps/x.yml", "", 7, {"LMS_HOST"})),
        ("one", ("", "a-patch", 1, set())),
        ("two 8025", ("", "a-patch", 2, {"SMTP_PORT"})),
        ("last MY OPEN EDX", ("apps/x.yml", "", 11, {"PLATFORM_NAME"})),
    ],
)
def test_places(
    line: str,
    expected: tuple[str, str, int, set[str]],
    traced: dict[str, tuple[str, str, int, set[str]]],
) -> None:
    assert traced[line] == expected


def test_a_patch_has_the_line_of_the_plugins_file(platform: Platform) -> None:
    platform.template("apps/x.yml", '{{ patch("a-patch") }}')
    platform.patch("a-patch", "one\ntwo", line=10)
    renderer = platform.renderer()
    places = Tracer(renderer).places(renderer.render_tree().files["apps/x.yml"])
    assert [place.origin.place for place in places if place] == ["/myapp.py:10", "/myapp.py:11"]


def test_a_template_that_would_see_the_marks_is_not_traced(platform: Platform) -> None:
    """Nothing is said, rather than something wrong."""
    platform.template("apps/x.yml", "{% set t %}text{% endset %}{{ t|length }} {{ t|upper }}\n")
    renderer = platform.renderer()
    assert Tracer(renderer).places(renderer.render_tree().files["apps/x.yml"]) == []


def test_what_a_template_reads_with_those_that_it_takes_in(platform: Platform) -> None:
    platform.template("apps/x.yml", TEMPLATE)
    platform.template("apps/partials/more.yml", "more {{ CMS_HOST }}\nmore still\n")
    names = Tracer(platform.renderer()).template_uses("apps/x.yml")
    assert {"CMS_HOST", "RUN_SMTP", "PLATFORM_NAME"} <= names


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("plain", set()),
        ("{{ broken", set()),
        ("{{ A if B else C|default(D) }}", {"A", "B", "C", "D"}),
        ("{% macro m(x) %}{{ x }}{{ A }}{% endmacro %}{{ m(B) }}", {"A", "B", "m", "x"}),
        ("{% filter upper %}{{ A }}{% endfilter %}", {"A"}),
        ("{% set x %}{{ A }}{% endset %}{{ x }}", {"A"}),
    ],
)
def test_names(source: str, names: set[str]) -> None:
    assert uses(jinja2.Environment(), source).all_names == names


def test_names_in_values_at_any_depth() -> None:
    from tutor.config.settings import Alias

    value = {"a": ["{{ A }}", {"{{ B }}": Alias("C")}], "b": 3}
    assert names_in(jinja2.Environment(), value) == {"A", "B", "C"}


def test_patches_and_templates() -> None:
    found = uses(jinja2.Environment(), 'a\n{{ patch("p")|indent(2) }}\n{% include ["x", "y"] %}')
    assert found.patches == {2: {"p"}}
    assert found.templates == {3: {"x", "y"}}
