"""Each rule finds what it is for, at its place, and nothing in a plugin that is as it should be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.kit import distribution, write
from tutor.env.contract import RETIRED_PATCHES
from tutor.env.formats.compose.variables import Unknown
from tutor.plugins.checks import all_rules

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.kit import Session
    from tutor.plugins.checks import Finding

    Check = Callable[..., list[Finding]]

#: The start of a patch with a service, up to the tag of its image.
SERVICE = "'local-docker-compose-services': '''myapp:\n  image: docker.io/me/myapp"
#: Slug → (module of a plugin named myapp, line of the finding, words of the message, files).
BROKEN: dict[str, tuple[str, int | None, str, dict[str, str]]] = {
    "load-failure": ("\nraise RuntimeError('no licence')\n", 2, "no licence", {}),
    "hook-without-template": (
        "templates = '.'\nhooks = {\n    'init': ['lms'],\n}\n",
        3,
        "no template myapp/hooks/lms/init",
        {},
    ),
    "misspelt-patch": ("patches = {\n    'caddyfiel': '# hello',\n}\n", 2, "did you mean caddyfile", {}),
    "retired-patch": ("patches = {\n    'nginx-extra': 'server {}',\n}\n", 2, "nginx-extra", {}),
    "unused-patch": ("patches = {\n    'mfe-lms-common-settings': 'A = 1',\n}\n", 2, "mfe-lms-common", {}),
    "template-syntax": (
        "patches = {\n    'caddyfile': '''# one\n# {% if ENABLE_HTTPS %}''',\n}\n",
        3,
        "Patch caddyfile does not compile",
        {},
    ),
    "undefined-setting": (
        "patches = {\n    'caddyfile': '# {{ MYAPP_NOTHING }}',\n}\n",
        2,
        "MYAPP_NOTHING",
        {},
    ),
    "undefined-in-branch": (
        "patches = {\n    'caddyfile': '''# one\n# {% if LMS_HOST == '' %}{{ LMS_HOTS }}{% endif %}''',\n}\n",
        3,
        "LMS_HOTS",
        {},
    ),
    "render-failure": ("patches = {\n    'caddyfile': '# {{ 1 / 0 }}',\n}\n", 2, "division by zero", {}),
    "patch-format": (
        "patches = {\n    'openedx-lms-common-settings': '  A = 1',\n}\n",
        2,
        "would not be a valid Python file",
        {},
    ),
    "missing-object": (
        "patches = {\n    'k8s-override': '---\\napiVersion: v1\\nkind: Pod\\nmetadata: {name: no}',\n}\n",
        2,
        "there is no Pod no to change",
        {},
    ),
    "misspelt-override": ("config = {'set': {\n    'LMS_HOTS': 'x',\n}}\n", 2, "LMS_HOTS", {}),
    "unknown-override": ("config = {'set': {\n    'OTHER_THING': 'x',\n}}\n", 2, "OTHER_THING", {}),
    "unused-setting": ("config = {'defaults': {\n    'GREETING': 'x',\n}}\n", 2, "MYAPP_GREETING", {}),
    "unknown-service": (
        "templates = __file__.replace('__init__.py', 'templates')\nhooks = {'init': ['nothing']}\n",
        1,
        "no service nothing",
        {"templates/myapp/hooks/nothing/init": "echo"},
    ),
    "image-without-folder": (
        "hooks = {'build-image': {\n    'myapp': 'docker.io/me/myapp:1',\n}}\n",
        2,
        "no Dockerfile",
        {},
    ),
    "secret-in-default": (
        "config = {'defaults': {\n    'PASSWORD': 'changeme',\n}}\n",
        2,
        "MYAPP_PASSWORD",
        {},
    ),
    "latest-tag": (
        f"patches = {{{SERVICE}:latest'''}}",
        2,
        "me/myapp:latest",
        {},
    ),
    "published-port": (
        f"patches = {{{SERVICE}:1\n  ports: ['127.0.0.1:1:1', '8080:80']'''}}\n",
        3,
        "8080:80 on all",
        {},
    ),
    "privileged-service": (
        f"patches = {{{SERVICE}:1\n  privileged: true'''}}\n",
        3,
        "is privileged",
        {},
    ),
    "shell-errors": (
        "templates = __file__.replace('__init__.py', 'templates')\nhooks = {'init': ['lms']}\n",
        2,
        "goes on after errors",
        {"templates/myapp/hooks/lms/init": "./manage.py a\nset +e\n./manage.py b\n"},
    ),
    "nondeterministic": (
        "patches = {\n    'caddyfile': '# {{ 8|random_string }}',\n}\n",
        2,
        "differently",
        {},
    ),
    "unread-key": ("config = {\n    'default': {'A': 1},\n}\n", 2, "Nothing reads default in config", {}),
    "legacy-setting": (
        "patches = {\n    'caddyfile': '# {{ ACTIVATE_HTTPS }}',\n}\n",
        2,
        "ACTIVATE_HTTPS",
        {},
    ),
    "legacy-name": (
        "patches = {\n    'local-docker-compose-nginx-aliases': '- a.b',\n}\n",
        2,
        "local-docker-compose-nginx-aliases",
        {},
    ),
}
V1 = """\
from pathlib import Path
from tutor.hooks import Actions, Filters
"""
ROOT = "Filters.ENV_TEMPLATE_ROOTS.add_item(str(Path(__file__).parent / 'templates'))\n"
#: Those of API v1: what follows after the lines above.
BROKEN_V1: dict[str, tuple[str, int, str, dict[str, str]]] = {
    "setting-prefix": ("Filters.CONFIG_DEFAULTS.add_item(('GREETING', 'x'))\n", 3, "GREETING", {}),
    "unmatched-pattern": (
        ROOT + "Filters.ENV_PATTERNS_IGNORE.add_item('drafts/')\n",
        4,
        "it has to match from the beginning, as in myapp/apps/drafts/b.txt",
        {"templates/myapp/apps/drafts/b.txt": "b"},
    ),
    "invalid-pattern": (
        "Filters.MOUNTED_DIRECTORIES.add_item(('openedx', '*-xblock'))\n",
        3,
        "'*-xblock' in MOUNTED_DIRECTORIES is no regular expression",
        {},
    ),
    "missing-template-root": (ROOT, 3, "templates does not exist", {}),
    "missing-target": (
        ROOT + "Filters.ENV_TEMPLATE_TARGETS.add_item(('myapp/appz', 'plugins'))\n",
        4,
        "myapp/appz is to be rendered to env/plugins",
        {"templates/myapp/apps/a.txt": "a"},
    ),
    "hidden-variable": (
        "Filters.ENV_TEMPLATE_VARIABLES.add_item(('LMS_HOST', 'x'))\n",
        3,
        "Templates find the setting LMS_HOST",
        {},
    ),
    "unbuilt-image": (
        "Filters.IMAGES_BUILD_REQUIRED.add_item('opendex')\n",
        3,
        "Image opendex is to be built before a launch",
        {},
    ),
    "empty-contribution": ("Filters.APP_PUBLIC_HOSTS.add_item('')\n", 3, "A public host is empty", {}),
    "idle-call": (
        "Filters.CONFIG_DEFAULTS.add(('MYAPP_A', 1))\n",
        3,
        "CONFIG_DEFAULTS.add is handed an item, which is not added; write CONFIG_DEFAULTS.add_item(item)",
        {},
    ),
    "idle-function": (
        "@Filters.CONFIG_OVERRIDES.add()\ndef add(items):\n    items + [('A', 'x')]\n    return items\n",
        3,
        "A function of CONFIG_OVERRIDES changes nothing",
        {},
    ),
    "repeated-setting": (
        "Filters.CONFIG_DEFAULTS.add_items([('MYAPP_A', 1), ('MYAPP_A', 2)])\n",
        3,
        "has MYAPP_A twice",
        {},
    ),
    "shadowed-command": (
        "from tutor.commands.local import local\nlocal.command('start')(lambda: None)\n",
        4,
        "`tutor local start`",
        {},
    ),
}
FINE = """
    from pathlib import Path

    templates = str(Path(__file__).parent / "templates")
    config = {
        "add": {"PASSWORD": "{{ 20|random_string }}"},
        "defaults": {"GREETING": "hello", "API_KEY": "", "IMAGE": "docker.io/me/myapp:1"},
        "set": {"PLATFORM_NAME": "{{ MYAPP_GREETING }}"},
    }
    patches = {
        "caddyfile": "# {% if OTHER_HOST is defined %}{{ OTHER_HOST }}{% endif %}{{ MYAPP_PASSWORD }}",
        "local-docker-compose-services": '''myapp:
      image: {{ MYAPP_IMAGE }}
      environment: {KEY: "{{ MYAPP_API_KEY }}"}''',
        "local-docker-compose-dev-services": '''myapp:
      ports: ["127.0.0.1:8123:80"]''',
        "local-docker-compose-jobs-services": '''myapp-job:
      image: {{ MYAPP_IMAGE }}''',
    }
    hooks = {"init": ["myapp", "lms"], "build-image": {"myapp": "{{ MYAPP_IMAGE }}"}}
    """
FINE_FILES = {
    "templates/myapp/hooks/myapp/init": "echo {{ MYAPP_GREETING }}\n",
    "templates/myapp/hooks/lms/init": "./manage.py lms check\n",
    "templates/myapp/build/myapp/Dockerfile": "FROM docker.io/debian:12 AS base\nFROM base\nRUN true\n",
    "templates/myapp/apps/run.sh": "#!/bin/sh -e\ncp a b\nrm a\n",
}


@pytest.mark.parametrize("slug", BROKEN)
def test_rule_finds_what_it_is_for(slug: str, check: Check) -> None:
    """With the line of the plugin's file, and a remedy."""
    source, line, words, files = BROKEN[slug]
    found = check(source, (slug,), files=files)
    assert found, "nothing was found"
    assert words in found[0].message
    assert found[0].line == line
    assert found[0].file is not None
    assert found[0].hint


@pytest.mark.parametrize("slug", BROKEN_V1)
def test_rule_finds_what_it_is_for_in_api_v1(slug: str, check: Check) -> None:
    """As for API v0."""
    source, line, words, files = BROKEN_V1[slug]
    [found] = check(V1 + source, (slug,), files=files, kind="v1")
    assert words in found.message
    assert found.line == line
    assert found.hint


def test_conflict_with_another_plugin(session: Session, check: Check) -> None:
    """The other one is named; where both say the same, there is none."""
    write(
        session.plugins_root / "other.yml",
        "name: other\nconfig: {set: {PLATFORM_NAME: other, LMS_HOST: a.b}}\n",
    )
    source = "config = {'set': {\n    'PLATFORM_NAME': 'mine',\n    'LMS_HOST': 'a.b',\n}}\n"
    found = check(source, ("override-conflict",), enabled=("other",))
    assert [(finding.line, finding.message) for finding in found] == [
        (2, "PLATFORM_NAME is set to another value by plugin other")
    ]


@pytest.mark.parametrize(
    ("added", "message"),
    [
        ("hooks.Filters.CLI_COMMANDS.add_item(click.Command('plan'))", "`tutor plan` is a command of tutor"),
        ("hooks.Filters.CLI_DO_COMMANDS.add_item(init)", "`tutor local do init` is a command of tutor"),
        ("hooks.Filters.CLI_COMMANDS.add_item(click.Command('other'))", "a command of plugin other, which"),
        ("hooks.Filters.CLI_COMMANDS.add_item(click.Command(None))", "`tutor` has no name"),
        ("local.add_command(click.Command('-x'))", "looks like an option"),
        ("local.add_command(click.Command('a b'))", "in quotes"),
    ],
)
def test_commands_that_are_not_called_by_their_names(
    added: str, message: str, session: Session, check: Check
) -> None:
    """Whoever has the name, and however they are added."""
    distribution(session.site, "other", "import click\ncommand = click.Command('x')\n")
    source = (
        "import click\nfrom tutor import hooks\nfrom tutor.commands.local import local\n"
        f"def init(): return ()\n{added}\nlocal.add_command(click.Command('mine'))\n"
    )
    found = check(source, ("shadowed-command",), kind="v1", enabled=("other",))
    assert [finding.line for finding in found] == [5]
    assert message in found[0].message
    assert found[0].hint


def test_every_rule_is_tested() -> None:
    """A rule without a plugin that breaks it may find nothing at all."""
    assert {*BROKEN, *BROKEN_V1, "override-conflict"} == {rule.slug for rule in all_rules()}


def test_nothing_is_found_in_a_plugin_that_is_fine(check: Check) -> None:
    """A false alarm is a bug."""
    assert check(FINE, files=FINE_FILES) == []


def test_a_setting_that_code_reads(check: Check) -> None:
    """Declared without the prefix, and read with it."""
    source = """
        config = {"defaults": {"ONE": 1, "TWO": 2, "THREE": 3}}
        def three(settings):
            return settings["MYAPP_ONE"] or settings.get("MYAPP_TWO", False)
        """
    found = check(source, ("unused-setting",))
    assert [finding.message for finding in found] == ["Nothing reads the setting MYAPP_THREE"]


def test_a_shell_script_with_a_program_of_another_language(check: Check) -> None:
    """It is one command, whose end is that of the script."""
    program = 'python -c "\nimport this\nthis.s\n"\n'
    files = {"templates/myapp/apps/one.sh": f"# it isn't long\n{program}"}
    source = "templates = __file__.replace('__init__.py', 'templates')\n"
    assert check(source, ("shell-errors",), files=files) == []
    files["templates/myapp/apps/two.sh"] = program * 2
    [finding] = check(source, ("shell-errors",), files=files)
    assert finding.path == "plugins/myapp/apps/two.sh"


@pytest.mark.parametrize("name", RETIRED_PATCHES)
def test_retired_patch_says_what_to_use_instead(name: str, check: Check) -> None:
    """Those that have a successor are turned into it, and said as names of old."""
    found = check(f"patches = {{'{name}': '# x'}}\n", ("retired-patch", "legacy-name"))
    assert [finding.hint for finding in found] == [f"instead: {RETIRED_PATCHES[name]}"]


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.slug)
def test_rule_is_named_after_its_file(rule: Any) -> None:
    """So that it is found."""
    assert rule.check.__module__.rpartition(".")[2] == rule.slug.replace("-", "_")
    assert rule.title[0].isupper()
    assert rule.why.endswith(".")


@pytest.mark.parametrize(
    ("port", "is_open"),
    [
        ("80", True),
        ("8080:80", True),
        ("0.0.0.0:8080:80", True),
        ("[::]:8080:80", True),
        ("127.0.0.1:8080:80", False),
        ("[::1]:8080:80", False),
        (8080, True),
        ({"target": 80, "published": "8080"}, True),
        ({"target": 80, "published": "8080", "host_ip": "127.0.0.1"}, False),
        ({"target": 80}, True),
        ({"target": 80, "host_ip": "::1"}, False),
        ("8000-9000:80", True),
        ("127.0.0.1::80/udp", False),
        (":80", True),
        (Unknown("${ADDRESS_AND_PORT}:80"), False),
        ("127.0.0.1:8000-8010:8000-8010", False),
    ],
)
def test_forms_of_a_port(port: Any, is_open: bool) -> None:
    """All that the Compose specification has."""
    from tutor.plugins.checks.rules import published_port

    assert published_port.is_open(port) is is_open


VALID = """
    patches = {
        "local-docker-compose-services": '''myapp:
      image: "docker.io/me/myapp:${MYAPP_TAG:-1}"
      <<: {restart: "on-failure:3"}
      ports:
        - "${MYAPP_ADDRESS:-127.0.0.1}:${MYAPP_PORT:-8000}:80"
        - "${MYAPP_OUTSIDE}:81"
        - {target: 82, published: "8000-9000", host_ip: 127.0.0.1}
      extra_hosts: ["host.docker.internal:host-gateway"]
      volumes: ["~/myapp:/myapp:cached", "${MYAPP_DATA:-./data}:/data"]
      mem_limit: ${MYAPP_MEMORY:-1g}
      privileged: "${MYAPP_PRIVILEGED:-no}"
      healthcheck: {test: "true", retries: "3"}
      pull_policy: daily
      gpus: all
      command: yes''',
        "local-docker-compose-dev-services": '''myapp:
      ports: !override ["127.0.0.1:8123:80"]''',
        "local-docker-compose-jobs-services": '''myapp-job:
      image: docker.io/me/myapp:1
      depends_on: !reset [lms]''',
    }
    templates = __file__.replace("__init__.py", "templates")
    hooks = {"init": ["myapp"]}
    """


def test_valid_compose_raises_no_alarm(check: Check) -> None:
    """In no rule: short and long forms, ranges, variables, tags of Compose."""
    files = {"templates/myapp/hooks/myapp/init": "echo\n"}
    assert check(VALID, files=files) == []


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("ports: ['${PORT:-80}:80']", "publishes 80:80 on all interfaces"),
        ("ports: [{target: 80, published: '8000-9000'}]", "publishes 8000-9000:80 on all interfaces"),
        ('image: "redis:${TAG:-latest}"', "redis:latest, of no version"),
        ('privileged: "yes"', "is privileged"),
        ("use_api_socket: true", "controls the container engine"),
        ("network_mode: ${MODE:-host}", "shares the machine's network"),
        ("volumes: ['${SOCKET:-/var/run/docker.sock}:/engine.sock']", "controls the container engine"),
    ],
)
def test_what_variables_make_is_seen(check: Check, lines: str, words: str) -> None:
    """As Compose sees it."""
    lines = lines if lines.startswith("image") else f"image: redis:7\n  {lines}"
    (found,) = check(f"patches = {{'local-docker-compose-services': '''other:\n  {lines}'''}}")
    assert words in found.message


@pytest.mark.parametrize(
    ("image", "latest"),
    [
        ("redis", True),
        ("docker.io/redis:latest", True),
        ("localhost:5000/redis", True),
        ("localhost:5000/redis:7", False),
        ("redis@sha256:abc", False),
        ("${IMAGE}", False),
        ("", False),
    ],
)
def test_forms_of_an_image(image: str, latest: bool) -> None:
    """A colon may be a port's."""
    from tutor.plugins.checks.rules import latest_tag

    assert latest_tag.is_latest(image) is latest
