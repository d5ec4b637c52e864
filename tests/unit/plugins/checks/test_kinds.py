"""Each rule on inputs of many shapes: no alarm about what is as it should be, and what is wrong is found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.kit import write

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.kit import Session
    from tutor.plugins.checks import Finding

    Check = Callable[..., list[Finding]]

V1 = """\
import json, os, secrets, uuid
from pathlib import Path
from tutor import hooks
from tutor.core.hooks import priorities
F = hooks.Filters
"""
TEMPLATES = "F.ENV_TEMPLATE_ROOTS.add_item(str(Path(__file__).parent / 'templates'))\n"
TARGETS = (
    TEMPLATES + "F.ENV_TEMPLATE_TARGETS.add_items([('myapp/build', 'plugins'), ('myapp/apps', 'plugins')])\n"
)
DOCKERFILE = "FROM docker.io/debian:12\n"


def function(name: str, *lines: str, priority: str = "") -> str:
    """A function of a filter that gets `items`."""
    body = "".join(f"    {line}\n" for line in lines)
    return f"@F.{name}.add({priority})\ndef change(items, *args):\n{body}"


LOW = "priority=priorities.LOW"
#: Values of CONFIG_UNIQUE: those that the module makes, and those that anybody can read in it.
MADE = (
    "secrets.token_urlsafe(20)",
    "secrets.token_hex()",
    "str(uuid.uuid4())",
    "os.urandom(8).hex()",
    "f'prefix-{secrets.token_hex(4)}'",
    "''.join(secrets.choice('abcdef') for _ in range(20))",
    "'{{ 20|random_string }}'",
    "''",
    "None",
)
WRITTEN = (
    "'changeme'",
    "'change' 'me' + 'now'",
    "DEFAULT",
    "f'x{DEFAULT}'",
    "os.environ.get('NO_SUCH_VARIABLE', 'fallback')",
    'json.loads(\'{"a": "inside"}\')["a"]',
    "(Path(__file__).parent / 'password.txt').read_text().strip()",
    "str('changeme')",
)


@pytest.mark.parametrize("hook", ["CONFIG_UNIQUE", "CONFIG_DEFAULTS"])
@pytest.mark.parametrize("value", [*MADE, *WRITTEN])
def test_secrets(value: str, hook: str, check: Check) -> None:
    """One that the plugin makes when it is loaded is another one on each machine, wherever it is declared."""
    source = f"{V1}DEFAULT = 'hunter2'\nF.{hook}.add_item(('MYAPP_SECRET', {value}))\n"
    found = check(source, ("secret-in-default",), kind="v1", files={"password.txt": "from a file\n"})
    assert [finding.line for finding in found] == ([7] if value in WRITTEN else [])


def test_secrets_of_a_package(check: Check) -> None:
    """Of API v0: the line of each value is known."""
    source = "import secrets\nconfig = {'add': {'SECRET': secrets.token_hex(),\n 'PASSWORD': 'abc'}}\n"
    assert [f.line for f in check(source, ("secret-in-default",))] == [3]


def test_secrets_of_a_yaml_file(check: Check) -> None:
    """All that is in it is written, also with escapes."""
    source = """
        name: myapp
        config: {add: {PASSWORD: "ch\\u0061ngeme", T_SECRET: "{{ 4|random_string }}"}}
        """
    [found] = check(source, ("secret-in-default",), kind="yml")
    assert (found.line, found.message[:25]) == (3, "The secret MYAPP_PASSWORD")


def test_keys_that_are_made(check: Check) -> None:
    """Neither a private key that the module makes, nor the frame of one in a template, is published."""
    made = f"""{V1}
from Crypto.PublicKey import RSA
F.CONFIG_UNIQUE.add_item(('MYAPP_X', RSA.generate(1024).export_key().decode()))
F.ENV_PATCHES.add_item(('caddyfile', '# -----BEGIN PRIVATE KEY-----\\n# {{{{ MYAPP_X }}}}'))
"""
    assert check(made, ("secret-in-default",), kind="v1") == []


def test_a_key_that_is_written(check: Check) -> None:
    """With its line."""
    key = "-----BEGIN PRIVATE KEY-----\n" + "MIIEowIBAAKCAQEA" * 2
    source = f"{V1}F.CONFIG_DEFAULTS.add_item(('MYAPP_X','''\n{key}'''))\n"
    assert [f.line for f in check(source, ("secret-in-default",), kind="v1")] == [6]


@pytest.mark.parametrize(
    "path",
    [
        "('build', 'openedx')",
        "'build/openedx/'",
        "['build', 'openedx']",
        "'./build/openedx'",
        "'/srv/myapp'",
        "'plugins/myapp/build/x/'",
        "('plugins', 'myapp/build', 'x')",
        "'plugins/myapp/build/broken'",
    ],
)
def test_images_with_a_folder(path: str, check: Check) -> None:
    """Of the platform, of the plugin, outside; in parts or not; one that fails to be rendered is there."""
    source = f"{V1}{TARGETS}F.IMAGES_BUILD.add_item(('x', {path}, 'docker.io/me/x:1', ()))\n"
    files = {
        "templates/myapp/build/x/Dockerfile": DOCKERFILE,
        "templates/myapp/build/broken/Dockerfile": "FROM {{ MYAPP_NOTHING }}\n",
    }
    assert check(source, ("image-without-folder",), kind="v1", files=files) == []


@pytest.mark.parametrize(
    ("before", "path", "words"),
    [
        (TARGETS, "plugins/myapp/build/y", "where there is no Dockerfile"),
        (TARGETS, "plugins/build/x", "myapp/build/x/Dockerfile is rendered to env/plugins/myapp/build/x"),
        (TARGETS, "myapp/build/x", "is rendered to env/plugins/myapp/build/x"),
        (TEMPLATES, "plugins/myapp/build/x", "the template myapp/build/x/Dockerfile is not rendered"),
        (
            TARGETS + "F.ENV_PATTERNS_IGNORE.add_item('myapp/build/x/')\n",
            "plugins/myapp/build/x",
            "a pattern keeps the template myapp/build/x/Dockerfile from being rendered",
        ),
        (TARGETS, "plugins/{{ LMS_HOST }}/x", "a path in which nothing is rendered"),
        (TARGETS, "build/opendex", "where there is no Dockerfile"),
    ],
)
def test_images_without_a_folder(before: str, path: str, words: str, check: Check) -> None:
    """What is wrong is said: the file, the path, the target or the pattern."""
    source = f"{V1}{before}F.IMAGES_BUILD.add_item(('x', '{path}', 'docker.io/me/x:1', ()))\n"
    files = {"templates/myapp/build/x/Dockerfile": DOCKERFILE}
    [found] = check(source, ("image-without-folder",), kind="v1", files=files)
    assert words in found.message


def test_an_image_whose_folder_the_plugin_writes_itself(check: Check) -> None:
    """Nobody knows before it does so."""
    source = V1 + "F.IMAGES_BUILD.add_item(('x', 'plugins/myapp/build/x', 'docker.io/me/x:1', ()))\n"
    moment = "@hooks.Actions.PROJECT_ROOT_READY.add()\ndef write(root):\n    print(root)\n"
    assert check(source + moment, ("image-without-folder",), kind="v1") == []


OTHER = """
    name: other
    config:
      defaults: {THING: 1}
      set: {PLATFORM_NAME: other, NAMES: [a]}
    """
OVERRIDES = "CONFIG_OVERRIDES"
NAME = "dict(items).get('PLATFORM_NAME', '')"
EXTENDING = (
    function(
        OVERRIDES, "return [(n, v + '!') if n == 'PLATFORM_NAME' else (n, v) for n, v in items]", priority=LOW
    ),
    function(OVERRIDES, f"return [*items, ('PLATFORM_NAME', {NAME} + '!')]", priority=LOW),
    function(OVERRIDES, f"return [*items, ('PLATFORM_NAME', '{{{{ LMS_HOST }}}}' + {NAME})]", priority=LOW),
    function(
        OVERRIDES, "items.append(('NAMES', dict(items)['NAMES'] + ['b']))", "return items", priority=LOW
    ),
    function(OVERRIDES, "items.append(('NAMES', dict(items)['NAMES'] + ['b']))", "return items"),
    function(OVERRIDES, "dict(items)['NAMES'].append('b')", "return items"),
    function(OVERRIDES, f"return items if {NAME} else [*items, ('PLATFORM_NAME', 'mine')]"),
    function("CONFIG_DEFAULTS", "return [*items, ('OTHER_THING', dict(items)['OTHER_THING'] + 1)]"),
    function("CONFIG_DEFAULTS", "return [(n, v) for n, v in items]"),
    "F.CONFIG_OVERRIDES.add_item(('PLATFORM_NAME', 'other'))\n",
    "F.CONFIG_OVERRIDES.add_items([('PLATFORM_NAME', 'mine'), ('PLATFORM_NAME', 'other')])\n",
)
CONFLICTING = (
    "F.CONFIG_OVERRIDES.add_item(('PLATFORM_NAME', 'mine'))\n",
    "F.CONFIG_OVERRIDES.add_item(('PLATFORM_NAME', 'mine'), priority=priorities.LOW)\n",
    function(OVERRIDES, "return [*items, ('PLATFORM_NAME', 'mine')]"),
    function(OVERRIDES, "return [*items, ('PLATFORM_NAME', str(dict(items).get('NAMES')))]"),
    function(
        OVERRIDES, f"return [*items, ('PLATFORM_NAME', {NAME} + '!')]", priority="priority=priorities.HIGH"
    ),
    "F.CONFIG_DEFAULTS.add_item(('OTHER_THING', 2))\n",
)


@pytest.mark.parametrize("source", [*EXTENDING, *CONFLICTING])
def test_what_two_plugins_say(source: str, check: Check, session: Session) -> None:
    """A function that goes by what it is handed builds on the other plugin, whatever its priority."""
    write(session.plugins_root / "other.yml", OTHER)
    found = check(V1 + source, ("override-conflict",), kind="v1", enabled=("other",))
    assert [finding.line for finding in found] == ([6] if source in CONFLICTING else [])


@pytest.mark.parametrize("source", [EXTENDING[0], EXTENDING[3], CONFLICTING[0]])
def test_saving_says_the_same_about_conflicts(source: str, session: Session) -> None:
    """Whoever saves is told of conflicts, and of nothing else."""
    write(session.plugins_root / "other.yml", OTHER)
    write(session.plugins_root / "second.py", V1 + source)
    said = session.tutor("plugins", "enable", "other", "second").err
    assert ("to different values" in said) is (source in CONFLICTING)


def test_images_and_filters_of_two_plugins(check: Check, session: Session) -> None:
    """One that is made from the other's is no second one of its name."""
    declared = (
        "F.IMAGES_BUILD.add_item(('img', 'build/openedx', 'me/img:%s', ()))\n"
        "F.ENV_TEMPLATE_FILTERS.add_item(('f', %s))\n"
    )
    write(session.plugins_root / "other.py", V1 + declared % ("1", "str"))
    only = ("override-conflict",)
    variant = function("IMAGES_BUILD", "return [*items, *((n, p, t + '-mine', a) for n, p, t, a in items)]")
    assert check(V1 + variant, only, kind="v1", enabled=("other",)) == []
    found = check(V1 + declared % ("2", "int"), only, kind="v1", enabled=("other",))
    assert [f.message for f in found] == [
        "The image img is one of plugin other too",
        "The template filter f is one of plugin other too",
    ]


def test_a_function_that_changes_the_setting_of_another(check: Check) -> None:
    """Is no declaration of a setting without the plugin's prefix."""
    source = function(
        "CONFIG_DEFAULTS",
        "return [(n, v + '-x') if n == 'DOCKER_IMAGE_OPENEDX' else (n, v) for n, v in items]",
        priority=LOW,
    )
    assert check(V1 + source, ("setting-prefix", "secret-in-default", "unused-setting"), kind="v1") == []


FILES = {
    "templates/myapp/apps/settings.yml": "a: 1\n",
    "templates/myapp/apps/partials/_a.scss": "x\n",
    "templates/myapp/apps/.env": "x\n",
    "templates/myapp/build/x/Dockerfile": DOCKERFILE,
}
#: Patterns that match, or are for what is there only sometimes, or for another plugin's templates.
MATCHING = (
    r"myapp/apps/settings",
    r"^myapp/apps/settings\.yml$",
    r"myapp/apps/partials/",
    r"myapp/.*partials.*",
    r".*/\.env",
    r"apps/openedx",
    r"(.*/)?node_modules(/.*)?",
    r".*\.swp$",
    r"mfe/build/mfe/",
)
UNMATCHING = (
    r"partials/",
    r"settings\.yml",
    r"\.env$",
    r"/apps/",
    r"myap/apps/",
    r"myapp/appz/",
    r"templates/myapp/apps/",
    r"plugins/myapp/apps/",
    r"^apps/settings",
)


@pytest.mark.parametrize("hook", ["ENV_PATTERNS_IGNORE", "ENV_PATTERNS_INCLUDE"])
@pytest.mark.parametrize("pattern", [*MATCHING, *UNMATCHING])
def test_patterns(pattern: str, hook: str, check: Check) -> None:
    """What matches no template by a mistake is told, with what is wrong about it."""
    source = f"{V1}{TARGETS}F.{hook}.add_item(r'{pattern}')\n"
    found = check(source, ("unmatched-pattern",), kind="v1", files=FILES)
    assert [finding.line for finding in found] == ([8] if pattern in UNMATCHING else [])


@pytest.mark.parametrize(
    ("target", "is_there"),
    [
        ("('myapp/apps', 'plugins')", True),
        ("('myapp/apps/', 'plugins')", True),
        ("('myapp/apps/settings.yml', 'plugins')", True),
        ("('', 'plugins/all')", True),
        ("('build/openedx', 'plugins/copy')", True),
        ("('myapp/appz', 'plugins')", False),
        ("('templates/myapp/apps', 'plugins')", False),
        ("('plugins/myapp/apps', 'plugins')", False),
    ],
)
def test_targets(target: str, is_there: bool, check: Check) -> None:
    """A folder or a file, the plugin's or the platform's."""
    source = f"{V1}{TEMPLATES}F.ENV_TEMPLATE_TARGETS.add_item({target})\n"
    found = check(source, ("missing-target",), kind="v1", files=FILES)
    assert bool(found) is not is_there


@pytest.mark.parametrize(
    ("source", "rules"),
    [
        (TARGETS, ["missing-template-root"]),  # and nothing about each target
        ("F.ENV_TEMPLATE_ROOTS.add_item(__file__)\n", ["missing-template-root"]),
        # Looked for in the folder in which a command is run.
        ("F.ENV_TEMPLATE_ROOTS.add_item('templates')\n", ["missing-template-root"]),
        ("F.ENV_TEMPLATE_ROOTS.add_item(str(Path(__file__).parent))\n", []),
    ],
)
def test_roots(source: str, rules: list[str], check: Check) -> None:
    """Those that are not there, and are told once."""
    found = check(V1 + source, ("missing-template-root", "missing-target"), kind="v1")
    assert [finding.rule for finding in found] == rules


def test_folders_of_api_v0(check: Check) -> None:
    """They need not be there."""
    source = "templates = __file__.replace('__init__.py', 'templates')\n"
    files = {"templates/myapp/hooks/lms/init": "echo\n"}
    assert check(source, ("missing-template-root", "missing-target"), files=files) == []


IMAGES = "F.IMAGES_BUILD.add_item(('x', 'build/openedx', 'docker.io/me/x:1', ()))\n"


@pytest.mark.parametrize(
    ("source", "messages"),
    [
        (IMAGES + "F.IMAGES_BUILD_REQUIRED.add_items(['x', 'openedx', 'openedx-dev'])\n", []),
        (IMAGES + "F.IMAGES_PUSH.add_items([('x', 'docker.io/me/x:1'), ('y', 'docker.io/me/x:1')])\n", []),
        ("F.IMAGES_PUSH.add_item(('copy', '{{ DOCKER_IMAGE_OPENEDX }}'))\n", []),
        ("for f in (F.IMAGES_PULL, F.IMAGES_PUSH):\n    f.add_item(('x', 'docker.io/me/x:1'))\n", []),
        (IMAGES + "F.IMAGES_BUILD_REQUIRED.add_item('y')\n", ["Image y is to be built before a launch"]),
        (
            function("IMAGES_BUILD_REQUIRED", "return [*items, *(['y'] if args[0] == 'dev' else [])]"),
            ["Image y is to be built before a launch"],
        ),
        ("F.IMAGES_PUSH.add_item(('y', 'docker.io/me/y:1'))\n", ["Image y is pushed"]),
    ],
)
def test_images_that_come_from_somewhere(source: str, messages: list[str], check: Check) -> None:
    """Built here, by the platform or by the plugin; pulled; or run by a service."""
    found = check(V1 + source, ("unbuilt-image",), kind="v1")
    assert len(found) == len(messages)
    assert all(finding.message.startswith(words) for finding, words in zip(found, messages, strict=True))


@pytest.mark.parametrize(
    ("source", "number"),
    [
        ("F.ENV_TEMPLATE_VARIABLES.add_item(('myapp_x', 1))\n", 0),
        ("F.ENV_TEMPLATE_FILTERS.add_item(('common_domain', min))\n", 0),
        ("F.ENV_TEMPLATE_FILTERS.add_item(('common_domain', min), priority=priorities.HIGH)\n", 1),
        ("F.CONFIG_DEFAULTS.add_item(('A', 1))\nF.ENV_TEMPLATE_VARIABLES.add_item(('A', 2))\n", 1),
    ],
)
def test_variables_and_filters_that_are_hidden(source: str, number: int, check: Check) -> None:
    """By a setting, or by one of the platform's that comes later."""
    assert len(check(V1 + source, ("hidden-variable",), kind="v1")) == number


ACTING = (
    function(OVERRIDES, "items.append(('X', 1))", "return items"),
    function(OVERRIDES, "items += [('X', 1)]", "return items"),
    function(OVERRIDES, "for item in items:", "    item", "return items"),
    function(OVERRIDES, "if items:", "    return []", "return items"),
    function(OVERRIDES, "other = items", "other.append(('X', 1))", "return items"),
    function(OVERRIDES, "yield from items"),
    "F.IS_FILE_RENDERED.add()(lambda value, path: value and path != 'x')\n",
    "@hooks.Actions.ENV_SAVED.add()\ndef act(root, config):\n    print(root)\n",
)
IDLE = (
    function(OVERRIDES, "return items"),
    function(OVERRIDES, "'''Later.'''", "return items"),
    function(OVERRIDES, "items + [('X', 1)]", "return items"),
    function(OVERRIDES, "other = items + [('X', 1)]", "return items"),
    "F.IS_FILE_RENDERED.add()(lambda value, path: value)\n",
    "@hooks.Actions.ENV_SAVED.add()\ndef act(root, config):\n    pass\n",
)


@pytest.mark.parametrize("source", [*ACTING, *IDLE])
def test_functions(source: str, check: Check) -> None:
    """Only what can do nothing at all, whatever the settings are."""
    found = check(V1 + source, ("idle-function",), kind="v1")
    assert [finding.line for finding in found] == ([6] if source in IDLE else [])


@pytest.mark.parametrize(
    ("source", "number"),
    [
        ("F.ENV_PATCHES.add_items([('caddyfile', '# only a comment'), ('caddyfile', '{# later #}')])\n", 0),
        ("F.ENV_PATCHES.add_item(('caddyfile', '{% if ENABLE_HTTPS %}# x{% endif %}'))\n", 0),
        ("F.CONFIG_DEFAULTS.add_item(('A', ''))\nF.APP_PUBLIC_HOSTS.add_item('{{ A }}')\n", 0),
        ("F.CLI_DO_INIT_TASKS.add_item(('lms', '# first\\necho'))\n", 0),
        ("F.ENV_PATCHES.add_items([('caddyfile', ' \\n')])\n", 1),
        ("F.CLI_DO_INIT_TASKS.add_item(('lms', '#!/bin/sh\\n{# later #}\\n'))\n", 1),
        (function("APP_PUBLIC_HOSTS", "return [*items, '']"), 1),
    ],
)
def test_what_is_empty(source: str, number: int, check: Check) -> None:
    """Not what is empty with these settings only."""
    assert len(check(V1 + source, ("empty-contribution",), kind="v1")) == number


def test_keys_of_a_yaml_file(check: Check) -> None:
    """A misspelt attribute; not what is for people, nor a part in which there is nothing."""
    source = "name: myapp\nauthor: me\npatchs: {a: b}\nconfig: {unique: {}, override: {A: 1}}\ncommand: x\n"
    found = check(source, ("unread-key",), kind="yml")
    assert sorted((f.line, f.message) for f in found) == [
        (3, "Nothing reads patchs"),
        (4, "Nothing reads override in config"),
        (5, "Nothing reads command in a YAML file"),
    ]


def test_tasks_while_the_services_are_not_known(check: Check) -> None:
    """A Compose file that is broken has no services: that is told once."""
    source = "F.CLI_DO_INIT_TASKS.add_item(('lms', 'echo'))\nF.ENV_PATCHES.add_item(('%s', '{{ 1 / 0 }}'))\n"
    found = check(V1 + source % "local-docker-compose-services", None, kind="v1")
    assert {finding.rule for finding in found} == {"render-failure"}


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("privileged: false", None),
        ("cap_drop: [ALL]", None),
        ("volumes: [./docker.sock.d:/x]", None),
        ("privileged: true", "is privileged"),
        ("cap_add: [CAP_SYS_ADMIN]", "has the capability"),
        (
            "volumes: [{type: bind, source: /var/run/docker.sock, target: /x}]",
            "controls the container engine",
        ),
        ("volumes: ['/run/podman/podman.sock:/x:ro']", "controls the container engine"),
        ("volumes: ['/:/host:ro']", "has all files of the machine"),
    ],
)
def test_rights_of_services(lines: str, words: str | None, check: Check) -> None:
    """In the short and the long form."""
    patch = f"myapp:\n  image: docker.io/me/x:1\n  {lines}\n"
    source = f"{V1}F.ENV_PATCHES.add_item(('local-docker-compose-services', {patch!r}))\n"
    found = check(source, ("privileged-service",), kind="v1")
    assert [words in finding.message for finding in found if words] == ([True] if words else [])
    assert words or not found


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("FROM a:1 AS Base\nFROM base\n", None),
        ("ARG V=1\nFROM a:${V}\n", None),
        ("FROM --platform=linux/amd64 a@sha256:abc\n", None),
        ("FROM a:1\nRUN mysql -e 'select a \\\n  FROM users'\n", None),
        ("FROM a:1\nRUN <<SQL\nselect a\nFROM users\nSQL\n", None),
        ("FROM a:1\nfrom b as c\n", 2),
        ("{# a comment #}\nARG V=1\nFROM localhost:5000/a\n", 3),
    ],
)
def test_bases_of_dockerfiles(text: str, line: int | None, check: Check) -> None:
    """Instructions, not lines; the place is the template's line."""
    source = f"{V1}{TARGETS}"
    found = check(source, ("latest-tag",), kind="v1", files={"templates/myapp/build/x/Dockerfile": text})
    assert [finding.line for finding in found] == ([line] if line else [])
