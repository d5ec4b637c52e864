"""An undefined name in a template is an error with the name, whatever it reaches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tutor.config.settings import Settings
from tutor.core.hooks import CORE
from tutor.env.failures import Text
from tutor.env.render import Renderer
from tutor.exceptions import RenderError
from tutor.hooks import Filters

if TYPE_CHECKING:
    from tutor.core.hooks import Registry

RAISES = """
TYPO
[TYPO]
{"a": [TYPO]}
TYPO|tojson
{"a": TYPO}|tojson
[[TYPO]]|tojson
TYPO|python_literal
TYPO|shell_quote
TYPO|list_if
TYPO|swallow
"x"|swallow(TYPO)
"x"|swallow(key=TYPO)
[TYPO]|map("swallow")|list
swallow(TYPO)
swallow(key=TYPO)
swallow([TYPO])
dict(a=TYPO)
"%s"|format(TYPO)
TYPO|string
TYPO|list
TYPO|pprint
TYPO|safe
TYPO is none
TYPO is not none
TYPO is string
TYPO is sameas none
TYPO is in [1]
TYPO == 1
1 == TYPO
1 in TYPO
TYPO ~ "x"
not TYPO
1 if TYPO
NAME.TYPO|tojson
NAME|attr("TYPO")|tojson
[NAME]|map(attribute="TYPO")|list
"""
RENDERS = """
TYPO|default("x") == "x"
TYPO|d("x") == "x"
"x"|default(TYPO) == "x"
TYPO is not defined
TYPO is undefined
(TYPO is defined and TYPO == 1) == false
[TYPO, "x"]|select("defined")|list == ["x"]
[TYPO]|map("default", "x")|list == ["x"]
NAME.other|default("x") == "x"
"""


def _lines(text: str) -> list[str]:
    return text.strip().splitlines()


def _rendered(source: str) -> str:
    Filters.ENV_TEMPLATE_FILTERS.add_item(("swallow", lambda *_, **__: "swallowed"))
    Filters.ENV_TEMPLATE_VARIABLES.add_item(("swallow", lambda *_, **__: "swallowed"))
    settings = Settings()
    settings.add("NAME", "value", CORE)
    return Renderer(settings).render_text(source, Text("<it>", source, CORE, "it"))


@pytest.mark.parametrize("expression", _lines(RAISES))
def test_it_is_an_error(expression: str, registry: Registry) -> None:
    """Also where what it reaches would take it, such as a filter of a plugin."""
    with pytest.raises(RenderError, match="TYPO"):
        _rendered(f"{{{{ {expression} }}}}")


@pytest.mark.parametrize("expression", _lines(RENDERS))
def test_what_is_for_undefined_names_gets_them(expression: str, registry: Registry) -> None:
    """As Jinja has it."""
    assert _rendered(f"{{{{ {expression} }}}}") == "True"


def test_macros_may_look_at_it(registry: Registry) -> None:
    """They are templates themselves."""
    macro = "{% macro m(a) %}{{ a|default('x') }}{% endmacro %}"
    assert _rendered(macro + "{{ m(TYPO) }}") == "x"


@pytest.mark.parametrize("statement", ["for a in TYPO", "if TYPO", "if TYPO is none", "filter swallow(TYPO)"])
def test_statements(statement: str, registry: Registry) -> None:
    """Not only expressions."""
    word = statement.split(maxsplit=1)[0]
    with pytest.raises(RenderError, match="there is no setting TYPO"):
        _rendered(f"{{% {statement} %}}{{% end{word} %}}")


def test_the_nearest_setting_is_told(registry: Registry) -> None:
    """A misspelt one is the usual case."""
    with pytest.raises(RenderError, match=r"there is no setting NAMEE; did you mean NAME\?"):
        _rendered("{{ NAMEE|tojson }}")


def test_filters_get_what_they_ask_for(registry: Registry) -> None:
    """The environment, where they are marked so."""
    import jinja2

    @jinja2.pass_environment
    def known(environment: Any, value: str) -> bool:
        return value in environment.filters

    Filters.ENV_TEMPLATE_FILTERS.add_item(("known", known))
    assert _rendered("{{ 'known'|known }}") == "True"
