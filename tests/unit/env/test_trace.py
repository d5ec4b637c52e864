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


def _lines(platform: Platform, template: str) -> dict[str, tuple[str, int]]:
    """Line, without blanks around it → name of the template or the patch, and the line there."""
    platform.template("apps/x.yml", template)
    renderer = platform.renderer()
    file = renderer.render_tree().files["apps/x.yml"]
    lines = file.content.decode().splitlines()
    places = zip(lines, Tracer(renderer).places(file), strict=True)
    return {
        line.strip(): (place.template or place.patch, place.line) for line, place in places if line.strip()
    }


def test_a_template_sees_no_difference(platform: Platform) -> None:
    """It may measure texts, compare them, and write them as JSON."""
    template = (
        "{% set t %}text{% endset %}\n{{ t|length }} {{ t|upper }}\n{{ t|tojson }}\n{{ t == 'text' }}\n"
    )
    expected = {"4 TEXT": ("apps/x.yml", 2), '"text"': ("apps/x.yml", 3), "True": ("apps/x.yml", 4)}
    assert _lines(platform, template) == expected


PATCH = "one\n\ntwo: {{ LMS_HOST }}\n  three\n"


@pytest.mark.parametrize(
    "template",
    [
        '{{ patch("a-patch") }}',
        'x:\n  {{ patch("a-patch")|indent(2) }}\n',
        '{{ patch("a-patch")|trim|indent(4, first=True, blank=True) }}',
        '{{ ("\n" + patch("a-patch") + "\n").strip() }}',
        '{{ "\n" ~ patch("a-patch") ~ "\n" }}',
        '{{ [patch("a-patch"), "else"]|join("\n") }}',
        '{{ patch("a-patch").replace("-", "_").rstrip() }}',
        '{% filter indent(2) %}\n{{ patch("a-patch") }}\n{% endfilter %}',
        '{% set p %}\n{{ patch("a-patch")|trim }}\n{% endset %}{{ p|indent(3) }}',
        '{% macro m() %}\n{{ patch("a-patch") }}{% endmacro %}{{ m()|trim }}',
        '{% macro m() %}\n{{ caller() }}{% endmacro %}{% call m() %}{{ patch("a-patch") }}{% endcall %}',
        '{% for line in patch("a-patch").splitlines() %}\n {{ line }}\n{% endfor %}',
        '{% with p = patch("a-patch") %}{{ p|list_items|replace("- ", "") }}{% endwith %}',
    ],
)
def test_lines_of_a_patch_however_it_is_put_in(template: str, platform: Platform) -> None:
    platform.patch("a-patch", PATCH)
    found = _lines(platform, template)
    expected = {"one": 1, "two: local.openedx.io": 3, "three": 4}
    assert {line: found[line] for line in expected} == {line: ("a-patch", n) for line, n in expected.items()}


def test_a_template_that_a_patch_takes_in(platform: Platform) -> None:
    platform.template("apps/partials/more.yml", "more\n")
    platform.patch("a-patch", '{% include "apps/partials/more.yml" %}')
    assert _lines(platform, 'x:\n  {{ patch("a-patch") }}\n')["more"] == ("apps/partials/more.yml", 1)


def test_where_a_patch_is_asked_for(platform: Platform) -> None:
    platform.template("apps/x.yml", 'x:\n{% include "apps/partials/more.yml" %}\n')
    platform.template("apps/partials/more.yml", 'more:\n\n  {{ patch("a-patch")|indent(2) }}\n')
    platform.patch("a-patch", '{{ patch("inner") }}\n')
    platform.patch("inner", "text\n", plugin="other")
    renderer = platform.renderer()
    places = Tracer(renderer).places(renderer.render_tree().files["apps/x.yml"])
    assert (places[3].patch, places[3].point) == ("inner", "apps/partials/more.yml:3")


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
