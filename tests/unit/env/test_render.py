"""Rendering: the same bytes as plain Jinja gives, and each line knows who it is from."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jinja2
import pytest

from tests.kit import write
from tutor.core.hooks import Layer, Origin
from tutor.env.failures import Text
from tutor.env.render import PatchPoints
from tutor.exceptions import RenderError
from tutor.hooks import Filters

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.env.conftest import Platform

ONE, TWO = "one: 1\nuno: 1", "two:\n  - 2\n\n  - zwei\n"

#: Ways in which templates put patches into their text.
CALLS = (
    "{{ patch('p') }}",
    "a:\n  {{ patch('p')|indent(2) }}\nb: 1\n",
    "a:\n  {{ patch('p') | indent(width=2, first=False) }}\n\n\nb: 1",
    "{{ patch('p')|indent(4, true) }}",
    "{{ patch('p')|indent(4, true, true) }}",
    "{{ patch('p')|trim }}|",
    "{{ patch('p')|upper }}",
    "{{ patch('p')|replace('one', 'ONE') }}",
    "{{ patch('p')|tojson }}",
    "{{ patch('p')|string|e }}",
    "x {{ patch('p', separator=', ', suffix=';') }} y",
    "{% if patch('p') %}yes{{ patch('p') }}{% else %}no{% endif %}",
    "{% if patch('none') %}yes{% else %}no{% endif %}",
    "{% set x = patch('p') %}{{ x }}{{ x|indent }}",
    "{% filter indent(2) %}{{ patch('p') }}{% filter upper %}{{ patch('p') }}{% endfilter %}{% endfilter %}",
    "{%- for line in patch('p').splitlines() %}\n- {{ line }}\n{%- endfor %}",
    "{{ patch('p') ~ patch('none') ~ patch('p') }}",
    "{{ patch('nested')|indent(2) }}",
    "{{ patch('p')|wordcount }}",
    "{{ patch('p').split('\\n')|first }}",
)


def plain(source: str, patches: dict[str, list[str]]) -> str:
    """What Jinja alone makes of it."""
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined)

    def patch(name: str, separator: str = "\n", suffix: str = "") -> str:
        found = separator.join(environment.from_string(text).render() for text in patches.get(name, []))
        return found + suffix if found else ""

    environment.globals["patch"] = patch
    text = environment.from_string(source).render()
    return text if not text or text.endswith("\n") else f"{text}\n"


@pytest.mark.parametrize("call", CALLS)
def test_the_same_bytes_as_plain_jinja(call: str, platform: Platform) -> None:
    """Knowing the origin of each line changes nothing."""
    patches = {"p": [ONE, "  \n", TWO], "nested": ["before\n{{ patch('p')|indent(2) }}\nafter"]}
    for name, contents in patches.items():
        for content in contents:
            platform.patch(name, content)
    platform.template("apps/x", call)
    file = platform.renderer().render_tree().files["apps/x"]
    assert file.content.decode() == plain(call, patches)


def contributors(platform: Platform, path: str) -> list[str]:
    """Plugin, or nothing, for each line of a file."""
    file = platform.renderer().render_tree().files[path]
    spans = [file.contributor(number) for number in range(1, file.content.decode().count("\n") + 1)]
    return [(span.patch.origin.plugin or "?") if span else "" for span in spans]


def test_lines_know_their_plugin(platform: Platform) -> None:
    """Through indentation; blank lines around do not count."""
    platform.patch("p", "\n\none\nuno\n\n", "one")
    platform.patch("p", "two", "two")
    platform.template("apps/x", "first\n  {{ patch('p')|indent(2) }}\nlast\n")
    text = platform.renderer().render_tree().files["apps/x"].content.decode().splitlines()
    owners = dict(zip([line.strip() for line in text], contributors(platform, "apps/x"), strict=True))
    assert owners == {"first": "", "": "", "one": "one", "uno": "one", "two": "two", "last": ""}


def test_lines_of_patches_in_patches(platform: Platform) -> None:
    """The innermost counts."""
    platform.patch("outer", "before\n{{ patch('inner') }}\nafter", "one")
    platform.patch("inner", "inside", "two")
    platform.template("apps/x", "{{ patch('outer') }}\n")
    assert contributors(platform, "apps/x") == ["one", "two", "one"]


def test_no_marks_are_left(platform: Platform) -> None:
    """Whatever a template or a setting does with a patch."""
    platform.patch("p", "é\u2028 x")
    platform.template(
        "apps/x",
        "{{ patch('p')|tojson }} {{ [patch('p')]|tojson }} {{ SETTING }} {{ patch('p')|list|join }}"
        "{{ [patch('p')] }} {{ patch('p')[:2] }} {{ patch('p')[2:] }} {{ patch('p')|python_literal }}",
    )
    tree = platform.renderer(SETTING="{{ patch('p') }}").render_tree()
    text = tree.files["apps/x"].content.decode()
    assert not [c for c in text if 0x10F800 <= ord(c) <= 0x10FFFF]
    assert "udbfe" not in text
    assert "0010f8" not in text


def test_order_separator_and_suffix(platform: Platform) -> None:
    """Plugins' order; nothing at all where nobody contributes."""
    for plugin in ("one", "two"):
        platform.patch("p", plugin, plugin)
    renderer = platform.renderer()
    assert renderer.patch("p") == "one\ntwo"
    assert renderer.patch("p", separator=",", suffix="!") == "one,two!"
    assert renderer.patch("none", suffix="!") == ""


def test_patches_see_settings_and_templates(platform: Platform) -> None:
    """They are templates too."""
    platform.template("apps/partials/greeting", "hello {{ LMS_HOST }}")
    platform.patch("p", "{% include 'apps/partials/greeting' %} {{ CADDY_HTTP_PORT + 1 }}")
    platform.template("apps/x", "{{ patch('p') }}")
    tree = platform.renderer().render_tree()
    assert tree.files["apps/x"].content == b"hello local.openedx.io 81\n"
    assert "apps/partials/greeting" not in tree.files


@pytest.mark.parametrize(
    ("content", "message", "line"),
    [
        ("ok\n{{ LSM_HOST }}", "there is no setting LSM_HOST; did you mean LMS_HOST?", 2),
        ("{{ 1 / 0 }}", "ZeroDivisionError: division by zero", 1),
        ("a\nb\n{% if %}", "Expected an expression, got 'end of statement block'", 3),
        ("{{ x.y.z }}", "there is no setting x", 1),
        ("{{ LMS_HOST.nope.nope }}", "has no attribute 'nope'", 1),
        ("{{ LMS_HOST|nope }}", "No filter named 'nope'.", 1),
        ("a\n{% include 'nope' %}", "there is no template nope", 2),
        ("{{ patch() }}", "missing 1 required positional argument", 1),
    ],
)
def test_a_patch_that_fails(content: str, message: str, line: int, platform: Platform) -> None:
    """Plugin, file, line, patch, template; and the line itself."""
    platform.patch("p", content, line=10)
    platform.template("apps/x", "first\nsecond {{ patch('p') }}")
    with pytest.raises(RenderError) as caught:
        platform.renderer().render_tree()
    error = caught.value
    assert message in error.message
    assert error.message.startswith("Patch p of plugin myapp cannot be rendered: ")
    assert f"plugin myapp 1.0 (/myapp.py:{9 + line}), patch p" in str(error.where)
    assert "template apps/x:2" in str(error.where)
    assert str(error.excerpt) == f"{line:>5} | {content.splitlines()[line - 1]}"
    assert "tutor plugins disable myapp" in str(error.hint)


@pytest.mark.parametrize("content", ["a\n{{ NOPE }}", "a\n{% if %}", "a\n{% include 'nope' %}"])
def test_a_template_that_fails(content: str, platform: Platform) -> None:
    """Its name and line."""
    platform.template("apps/x", content)
    with pytest.raises(RenderError) as caught:
        platform.renderer().render_tree()
    assert caught.value.message.startswith("Template apps/x cannot be rendered: ")
    assert caught.value.where == "template apps/x:2"
    assert str(caught.value.excerpt).strip() == f"2 | {content.splitlines()[1]}"


def test_a_plugins_template_that_fails(platform: Platform, tmp_path: Path) -> None:
    """The plugin is named too."""
    path = write(tmp_path / "plugin/myapp/apps/x", "{{ NOPE }}")
    origin = Origin(Layer.PLUGIN_DEFAULT, "myapp", "1.0", "/myapp.py", 1)
    platform.registry.add(Filters.ENV_TEMPLATE_ROOTS, items=(str(tmp_path / "plugin"),), origin=origin)
    platform.registry.add(Filters.ENV_TEMPLATE_TARGETS, items=(("myapp/apps", "plugins"),), origin=origin)
    with pytest.raises(RenderError) as caught:
        platform.renderer().render_tree()
    assert f"plugin myapp 1.0 ({path}:1)" in str(caught.value.where)
    assert "tutor plugins disable myapp" in str(caught.value.hint)


def test_a_filter_of_a_plugin_that_fails(platform: Platform) -> None:
    """The place is the template's; nothing escapes as a traceback."""

    def broken(value: Any) -> str:
        raise KeyError("wrong")

    Filters.ENV_TEMPLATE_FILTERS.add_item(("broken", broken))
    platform.template("apps/x", "a\n{{ LMS_HOST|broken }}")
    with pytest.raises(RenderError, match="KeyError: 'wrong'") as caught:
        platform.renderer().render_tree()
    assert caught.value.where == "template apps/x:2"


def test_what_is_rendered(platform: Platform) -> None:
    """Targets, without includes and what tools leave behind; modes; binary files as they are."""
    for path in (
        "apps/a.txt",
        "apps/partials/p.txt",
        "apps/__pycache__/x.py",
        "apps/x.pyc",
        "apps/.git/config",
        "apps/.x.swp",
        "apps/y~",
        "apps/.DS_Store",
        "apps/.hidden",
        "jobs/init/x.sh",
        "other/x",
        "local/docker-compose.yml",
    ):
        platform.template(path, "")
    platform.template("apps/run.sh", "#!/bin/sh").chmod(0o755)
    (platform.templates / "apps/logo.png").write_bytes(b"\x89PNG\x00{{ NOPE }}")
    (platform.templates / "apps/nul.txt").write_bytes(b"{{ NOPE }}\0")
    tree = platform.renderer().render_tree()
    assert sorted(tree.files) == [
        "apps/a.txt",
        "apps/logo.png",
        "apps/nul.txt",
        "apps/run.sh",
        "apps/y~",
        "local/docker-compose.yml",
        "version",
    ]
    assert tree.files["apps/run.sh"].executable
    assert not tree.files["apps/a.txt"].executable
    assert tree.files["apps/logo.png"].content == b"\x89PNG\x00{{ NOPE }}"


def test_a_core_template_cannot_be_replaced_by_accident(platform: Platform, tmp_path: Path) -> None:
    """Where two roots have a name, the core's counts."""
    write(tmp_path / "plugin/apps/a.txt", "theirs")
    write(tmp_path / "plugin/apps/b.txt", "theirs")
    platform.template("apps/a.txt", "ours")
    Filters.ENV_TEMPLATE_ROOTS.add_item(str(tmp_path / "plugin"))
    files = platform.renderer().render_tree().files
    assert files["apps/a.txt"].content == b"ours\n"


@pytest.mark.parametrize(
    ("source", "covered"),
    [
        ("art/pics", ["art/pics/a", "art/pics/big/b", "art/pics_old/c", "art/picsd"]),
        ("art/pics/", ["art/pics/a", "art/pics/big/b"]),
        ("art/pics/big", ["art/pics/big/b"]),
        ("art/pics/a", ["art/pics/a"]),
        ("arti", ["article"]),
        ("ar", ["art/pics/a", "art/pics/big/b", "art/pics_old/c", "art/picsd", "article"]),
        ("art/none", []),
    ],
)
def test_a_target_is_how_names_begin(
    source: str, covered: list[str], platform: Platform, tmp_path: Path
) -> None:
    """What begins like this is rendered, in any root; the same names come out of walk_templates."""
    for name in ("first/art/pics/a", "second/art/picsd", "second/art/pics_old/c"):
        write(tmp_path / name, "")
    for name in ("second/art/pics/big/b", "second/art/pics/a", "first/article", "first/other"):
        write(tmp_path / name, "")
    Filters.ENV_TEMPLATE_ROOTS.add_items([str(tmp_path / "first"), str(tmp_path / "second")])
    Filters.ENV_TEMPLATE_TARGETS.add_item((source, "plugins"))
    platform.template("apps/list", f"{{{{ '{source}'|walk_templates|join(' ') }}}}")
    files = platform.renderer().render_tree().files
    assert [path for path in sorted(files) if path.startswith("plugins/")] == [
        f"plugins/{n}" for n in covered
    ]
    assert files["apps/list"].content.decode().split() == covered


@pytest.mark.parametrize("target", ["../outside", "/etc", "a/../../b"])
def test_no_file_outside_of_the_environment(target: str, platform: Platform) -> None:
    """Whatever a plugin asks for."""
    platform.template("apps/a.txt", "")
    origin = Origin(Layer.PLUGIN_DEFAULT, "myapp")
    platform.registry.add(Filters.ENV_TEMPLATE_TARGETS, items=(("apps", target),), origin=origin)
    with pytest.raises(RenderError, match="would lie outside of the environment") as caught:
        platform.renderer().render_tree()
    assert caught.value.where == "plugin myapp"


def test_patterns_of_plugins(platform: Platform) -> None:
    """A plugin may leave files out, and take others back in."""
    for path in ("apps/a.skip", "apps/partials/p.txt", "apps/b.txt"):
        platform.template(path, "{{ LMS_HOST }}")
    Filters.ENV_PATTERNS_IGNORE.add_item(r"(.*/)?.*\.skip")
    Filters.ENV_PATTERNS_INCLUDE.add_item(r"apps/partials/.*")

    @Filters.IS_FILE_RENDERED.add()
    def not_b(rendered: bool, path: str) -> bool:
        return rendered and path != "apps/b.txt"

    files = platform.renderer().render_tree().files
    assert sorted(files) == ["apps/b.txt", "apps/partials/p.txt", "version"]
    assert files["apps/b.txt"].content == b"{{ LMS_HOST }}"
    assert files["apps/partials/p.txt"].content == b"local.openedx.io\n"


def test_same_input_same_output(platform: Platform) -> None:
    """Rendering twice, with one renderer and with two."""
    platform.patch("p", "{{ LMS_HOST }}")
    platform.template("apps/x", "{{ patch('p') }} {{ OPENEDX_MYSQL_DATABASE }}")
    renderer = platform.renderer()
    first = renderer.render_tree().files
    assert renderer.render_tree().files == first == platform.renderer().render_tree().files


@pytest.mark.parametrize(
    ("source", "known", "unknown"),
    [
        ("{{ patch('a') }}{{patch( \"b-c\" ) |indent(2)}}", ["a", "b-c"], ["b", "c"]),
        ("{% if patch('a') %}", ["a"], []),
        ("{{ patch('pre-' ~ name) }}", ["pre-x"], ["pre", "post-x"]),
        ("{{ patch('pre-' + name + '-post') }}", ["pre-x-post"], []),
        ("{{ patch('pre-{}-x'.format(name)) }}", ["pre-y-x"], ["x"]),
        ("{{ patch('pre-%s' % name) }}", ["pre-x"], ["x"]),
        ("{{ patch('a', separator=', ') }}", ["a"], [", "]),
        ("dispatch('a')", [], ["a"]),
    ],
)
def test_patch_points(source: str, known: list[str], unknown: list[str]) -> None:
    """Names that stand in a template, or whose beginning does."""
    points = PatchPoints()
    points.scan(source)
    assert [points.known(name) for name in known] == [True] * len(known)
    assert [points.known(name) for name in unknown] == [False] * len(unknown)


def test_patch_points_of_the_whole_tree(platform: Platform) -> None:
    """Also where a condition leaves the call out, and in patches."""
    platform.template("apps/x", "{% if ENABLE_HTTPS %}{{ patch('left-out') }}{% endif %}{{ patch('used') }}")
    platform.patch("used", "{{ patch('in-a-patch') }}")
    assert platform.renderer().render_tree().points.names >= {"left-out", "used", "in-a-patch"}


def test_render_text(platform: Platform) -> None:
    """A task's script, by who contributed it."""
    origin = Origin(Layer.PLUGIN_DEFAULT, "myapp", None, "/init", 1)
    renderer = platform.renderer()
    assert renderer.render_text("{{ LMS_HOST }}", Text("<t>", "", origin, "task")) == "local.openedx.io"
    with pytest.raises(
        RenderError, match="Task of plugin myapp cannot be rendered: there is no setting NOPE"
    ):
        renderer.render_text("{{ NOPE }}", Text("<u>", "{{ NOPE }}", origin, "task"))


def test_json_stays_json(platform: Platform) -> None:
    """Patches inside of JSON."""
    platform.patch("p", 'one "two"\nthree')
    platform.template("apps/x.json", '{"a": {{ patch("p")|tojson }}}')
    found = platform.renderer().render_tree().files["apps/x.json"].content
    assert json.loads(found) == {"a": 'one "two"\nthree'}
