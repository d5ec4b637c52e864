"""`tutor plugins check`, and what enabling says about the same things."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.kit import distribution, fingerprint, project_state, write

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.kit import Session

    Golden = Callable[[Session], None]

MYAPP = """
    config = {
        "defaults": {"PASSWORD": "changeme"},
    }
    patches = {
        "caddyfiel": "# {{ MYAPP_PASSWORD }}",
        "local-docker-compose-services": '''myapp:
      image: docker.io/me/myapp
      ports: ["8080:80"]''',
    }
    """
PYPROJECT = """
    [project]
    name = "tutor-checkout"
    version = "1.2.3"

    [project.entry-points."tutor.plugin.v1"]
    checkout = "tutorcheckout.plugin"
    """
SETUP = """
    from setuptools import setup

    setup(
        name="tutor-checkout",
        version="1.2.3",
        packages=["tutorcheckout"],
        entry_points={"tutor.plugin.v0": ["checkout = tutorcheckout.plugin"]},
    )
    """


def test_from_a_warning_to_a_plugin_that_is_fine(session: Session, golden: Golden) -> None:
    """Found when it is checked, refused when it is enabled, and fine when it was corrected."""
    module = distribution(session.site, "myapp", MYAPP)
    before = fingerprint(session.root)
    session.tutor("plugins", "check", "myapp", code=1)
    session.tutor("plugins", "check", "myapp", "--ignore", "misspelt-patch", "--ignore", "latest-tag")
    assert fingerprint(session.root) == before
    session.tutor("plugins", "enable", "myapp", code=1)
    module.write_text(module.read_text().replace("caddyfiel", "caddyfile"))
    session.tutor("plugins", "enable", "myapp")
    session.tutor("plugins", "disable", "myapp")
    module.write_text("patches = {'caddyfile': '# hello'}\n")
    session.tutor("plugins", "check")
    golden(session)


def test_help(session: Session, golden: Golden) -> None:
    """With examples."""
    session.tutor("plugins", "check", "--help")
    golden(session)


def test_nothing_to_check(session: Session, golden: Golden) -> None:
    """No plugin, no such plugin, no such rule, a folder without a plugin, a file that is none."""
    session.tutor("plugins", "check")
    session.tutor("plugins", "check", "nothing", code=1)
    session.tutor("plugins", "check", "--ignore", "latst-tag", code=1)
    (session.root.parent / "empty").mkdir()
    session.tutor("plugins", "check", str(session.root.parent / "empty"), code=1)
    session.tutor("plugins", "check", str(write(session.root.parent / "notes.txt", "notes")), code=1)
    golden(session)


def test_json(session: Session) -> None:
    """For scripts: each finding with its place."""
    distribution(session.site, "myapp", MYAPP)
    found = json.loads(session.tutor("plugins", "check", "--json", code=1).out)
    assert found["format_version"] == 1
    assert found["plugins"] == [{"name": "myapp", "version": "1.0.0"}]
    first = found["findings"][0]
    assert (first["rule"], first["severity"], first["line"]) == ("misspelt-patch", "error", 6)
    assert first["file"].endswith("tutormyapp/__init__.py")
    assert {f["rule"] for f in found["findings"][1:]} == {"secret-in-default", "latest-tag", "published-port"}


def test_a_checkout_with_pyproject(session: Session) -> None:
    """The folder in which a plugin is developed is loaded from there, and nothing is written into it."""
    folder = session.root.parent / "checkout"
    write(folder / "pyproject.toml", PYPROJECT)
    source = "from tutor import hooks\nhooks.Filters.ENV_PATCHES.add_item(('caddyfiel', '# x'))\n"
    module = write(folder / "src" / "tutorcheckout" / "plugin.py", source)
    _is_found(session, folder, module)


def test_a_checkout_with_setup_py(session: Session) -> None:
    """What only setuptools can tell is asked of a copy."""
    folder = session.root.parent / "checkout"
    write(folder / "setup.py", SETUP)
    write(folder / "tutorcheckout" / "__init__.py", "")
    module = write(folder / "tutorcheckout" / "plugin.py", "\npatches = {'caddyfiel': '# x'}\n")
    _is_found(session, folder, module)


def test_a_checkout_with_setup_cfg(session: Session) -> None:
    """Without a script, too."""
    folder = session.root.parent / "checkout"
    write(
        folder / "setup.cfg",
        """
        [metadata]
        name = tutor-checkout
        version = 1.2.3
        [options]
        packages = tutorcheckout
        [options.entry_points]
        tutor.plugin.v0 =
            checkout = tutorcheckout.plugin
        """,
    )
    write(folder / "tutorcheckout" / "__init__.py", "")
    module = write(folder / "tutorcheckout" / "plugin.py", "\npatches = {'caddyfiel': '# x'}\n")
    _is_found(session, folder, module)


def _is_found(session: Session, folder: Path, module: Path) -> None:
    before = fingerprint(folder)
    found = json.loads(session.tutor("plugins", "check", "--json", str(folder), code=1).out)
    assert found["plugins"] == [{"name": "checkout", "version": "1.2.3"}]
    [finding] = [f for f in found["findings"] if f["rule"] == "misspelt-patch"]
    assert (finding["file"], finding["line"]) == (str(module), 2)
    assert fingerprint(folder) == before


def test_files_that_are_plugins(session: Session) -> None:
    """A YAML file or a Python module, each alone, with the path that the user knows."""
    path = write(session.root.parent / "files" / "one.yml", "name: one\npatches:\n  caddyfiel: x\n")
    write(session.root.parent / "files" / "two.py", "patches = {'caddyfile': '# x'}\n")
    found = json.loads(session.tutor("plugins", "check", "--json", str(path), code=1).out)
    assert [(f["plugin"], f["file"], f["line"]) for f in found["findings"]] == [("one", str(path), 3)]
    both = json.loads(session.tutor("plugins", "check", "--json", str(path.parent), code=1).out)
    assert [plugin["name"] for plugin in both["plugins"]] == ["one", "two"]


def test_a_plugin_that_ends_the_process(session: Session, golden: Golden) -> None:
    """It takes only its own process with it: the others are checked, those that are enabled beside it too."""
    write(session.plugins_root / "ends.py", "import os\nos._exit(7)\n")
    write(session.plugins_root / "fine.py", "patches = {'caddyfile': '# x'}\n")
    write(session.plugins_root / "misspelt.py", "patches = {'caddyfiel': '# x'}\n")
    session.tutor("plugins", "check", "ends", code=1)
    write(session.root / "config.yml", "PLUGINS: [ends, fine, misspelt]\n")
    session.tutor("plugins", "check", code=1)
    session.tutor("plugins", "check", "fine")
    golden(session)


def test_a_plugin_that_reads_the_environment(session: Session) -> None:
    """When it is loaded, relative to the project, as some do. What it writes goes into a copy."""
    source = (
        "from pathlib import Path\nPath('env/version').write_text(Path('env/version').read_text() + '!')\n"
    )
    write(session.plugins_root / "reads.py", source)
    before = fingerprint(session.root)
    session.tutor("plugins", "check", "reads")
    assert fingerprint(session.root) == before


def test_rendering_depends_on_the_order_of_a_set(session: Session) -> None:
    """Which only another process shows."""
    names = ", ".join(f"'host{number}'" for number in range(40))
    write(session.plugins_root / "sets.py", f"patches = {{'caddyfile': '# ' + ' '.join({{{names}}})}}\n")
    found = json.loads(session.tutor("plugins", "check", "--json", "sets").out)
    assert [finding["rule"] for finding in found["findings"]] == ["nondeterministic"]


def test_names_of_old_are_told_to_who_asks(session: Session) -> None:
    """With --verbose, once in a command; not otherwise."""
    distribution(session.site, "myapp", "patches = {'caddyfile': '# {{ ACTIVATE_HTTPS }}'}\n")
    assert "ACTIVATE_HTTPS" not in session.tutor("plugins", "enable", "myapp").err
    said = session.tutor("--verbose", "config", "save").err
    assert said.count("reads ACTIVATE_HTTPS, a setting of older releases; instead: ENABLE_HTTPS") == 1
    assert "ACTIVATE_HTTPS" not in session.tutor("config", "save").err
    assert "ACTIVATE_HTTPS" in session.tutor("-v", "config", "printvalue", "LMS_HOST").err


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ("ENV_PATTERNS_IGNORE.add_item('(')", "'(' in ENV_PATTERNS_IGNORE is no regular expression"),
        (
            "ENV_PATTERNS_INCLUDE.add_item('*.scss')",
            "'*.scss' in ENV_PATTERNS_INCLUDE is no regular expression",
        ),
        (
            "MOUNTED_DIRECTORIES.add_item(('openedx', '['))",
            "'[' in MOUNTED_DIRECTORIES is no regular expression",
        ),
    ],
)
def test_a_pattern_that_cannot_be_read(session: Session, call: str, words: str) -> None:
    """It is found with its line, also where nothing can be rendered because of it, and is not enabled."""
    path = write(session.plugins_root / "bad.py", f"from tutor.hooks import Filters\n\nFilters.{call}\n")
    before = project_state(session.root)
    found = json.loads(session.tutor("plugins", "check", "--json", "bad", code=1).out)
    [finding] = found["findings"]
    assert (finding["rule"], finding["file"], finding["line"]) == ("invalid-pattern", str(path), 3)
    assert words in finding["message"]
    said = session.tutor("plugins", "enable", "bad", code=1).err
    assert words in said
    assert f"{path}:3" in said
    assert project_state(session.root) == before


def test_a_function_that_returns_nothing(session: Session) -> None:
    """It is found with its line."""
    source = (
        "from tutor.hooks import Filters\n\n@Filters.CONFIG_DEFAULTS.add()\ndef f(items):\n    items + [1]\n"
    )
    path = write(session.plugins_root / "bad.py", source)
    found = json.loads(session.tutor("plugins", "check", "--json", "bad", code=1).out)
    [finding] = found["findings"]
    assert (finding["rule"], finding["file"], finding["line"]) == ("load-failure", str(path), 3)
    assert "returns nothing" in session.tutor("plugins", "enable", "bad", code=1).err


def test_new_rules_on_a_folder_and_a_file(session: Session) -> None:
    """As on an installed plugin, with the path that the user knows."""
    folder = session.root.parent / "checkout"
    write(folder / "pyproject.toml", PYPROJECT)
    source = """
        from tutor.hooks import Filters

        Filters.IMAGES_BUILD_REQUIRED.add_item("opendex")
        """
    module = write(folder / "src" / "tutorcheckout" / "plugin.py", source)
    file = write(session.root.parent / "one.py", source)
    for target, path in ((folder, module), (file, file)):
        found = json.loads(session.tutor("plugins", "check", "--json", str(target)).out)
        assert [(f["rule"], f["file"], f["line"]) for f in found["findings"]] == [
            ("unbuilt-image", str(path), 4)
        ]


def test_a_finding_changes_nothing(session: Session) -> None:
    """An error that rendering does not show keeps a plugin from being enabled, too."""
    distribution(
        session.site,
        "myapp",
        "templates = __file__.replace('__init__.py', 'templates')\nhooks = {'init': ['lms']}\n",
        files={"templates/myapp/hooks/lms/init": "echo {{ NOT_THERE }}"},
    )
    before = project_state(session.root)
    said = session.tutor("plugins", "enable", "myapp", code=1).err
    assert "there is no setting NOT_THERE" in said
    assert project_state(session.root) == before


SERVICE = "apiVersion: v1\nkind: Service\nmetadata: {name: mysql}\n"
FIELDS = "apiVersion: v1\nkind: Service\nmetadata: {name: myapp}\nspec: {ports: [{port: http}]}\n"
CHANGE = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: nosuch}\n"
CONSUMER = """\
apiVersion: v1
kind: Pod
metadata: {name: myapp}
spec:
  containers: [{name: a, image: b}]
  volumes: [{name: v, configMap: {name: nosuch}}]
"""


@pytest.mark.parametrize(
    ("patch", "content", "code"),
    [
        ("k8s-services", SERVICE, 1),
        ("k8s-services", FIELDS, 1),
        ("k8s-override", CHANGE, 0),
        ("kustomization-resources", "- plugins/myapp/nosuch.yml", 0),
        ("k8s-deployments", CONSUMER, 0),
    ],
    ids=["twice", "field", "override", "file", "reference"],
)
def test_the_check_finds_what_enabling_finds(
    patch: str, content: str, code: int, session: Session, golden: Golden
) -> None:
    """Of what files say about each other, too."""
    text = content if content.startswith("-") else f"---\n{content}"
    distribution(session.site, "myapp", f"patches = {{{patch!r}: {text!r}}}\n")
    state = project_state(session.root)
    session.tutor("plugins", "check", "myapp", code=code)
    session.tutor("plugins", "enable", "myapp", code=code)
    assert (project_state(session.root) == state) == bool(code)
    golden(session)
