"""What a command does at most: numbers that do not depend on the machine, and that nothing is done twice."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from tests.kit import SOURCE, Session, distribution, fingerprint, write
from tutor.change import Change, save
from tutor.config.resolve import Resolver
from tutor.core import cache
from tutor.env.record import Fingerprints
from tutor.env.render import TEMPLATES_ROOT
from tutor.plugins import yaml_file

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT = """
import json, sys
opened = []
sys.addaudithook(lambda name, args: opened.append(args[:2]) if name == "open" else None)
from tutor.__main__ import run
assert run(sys.argv[1:]) == 0
ours = [name for name in sys.modules if name.split(".")[0] == "tutor"]
from tutor.core.later import is_imported
written = [str(p) for p, mode in opened if mode and any(m in mode for m in "wax+")]
read = [str(p) for p, mode in opened if str(p) not in written]
modules = sorted(filter(is_imported, sys.modules))
found = {"modules": modules, "ours": len(ours), "written": written, "read": read}
print(json.dumps(found), file=sys.stderr)
"""
HEAVY = {
    "jinja2",
    "ruamel",
    "yaml",
    "Crypto",
    "cryptography",
    "jsonschema",
    "packaging",
    "email",
}
HEAVY |= {"importlib.metadata"}


def costs(session: Session, *arguments: str) -> dict[str, Any]:
    """What one command costs, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *arguments],
        env=session.variables({}) | {"PYTHONPATH": f"{session.site}:{SOURCE}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stderr.splitlines()[-1])
    found["heavy"] = sorted(HEAVY.intersection(found["modules"]))
    return found


@pytest.mark.parametrize(
    ("arguments", "most"),
    [
        (("--version",), 5),
        (("config", "printroot"), 20),
        (("plugins", "list"), 35),
        (("config", "printvalue", "CMS_HOST"), 63),
        (("config", "save"), 75),
    ],
)
def test_modules(session: Session, arguments: tuple[str, ...], most: int) -> None:
    """A command on a saved project imports few modules, and none of the heavy ones."""
    session.process("config", "save")
    distribution(session.site, "counted", "config = {'defaults': {'A': 'x {{ LMS_HOST }}'}}")
    session.process("plugins", "enable", "counted", env={"TESTS_SITE": str(session.site)})
    session.process("config", "save", env={"TESTS_SITE": str(session.site)})
    found = costs(session, *arguments)
    assert found["heavy"] == []
    assert found["ours"] <= most


def test_a_key_takes_no_library(empty_session: Session) -> None:
    """It is made with one in a first save, in another process, and read without any in the next ones.

    And a plain ``config.yml`` is written without the round-trip editor.
    """
    looked_for = {"Crypto", "cryptography", "ruamel", "click"}
    first = costs(empty_session, "config", "save")
    assert looked_for & set(first["heavy"]) == set()
    assert not {"uuid", "platform"} & set(first["modules"])
    changed = costs(empty_session, "config", "save", "--set", "PLATFORM_NAME=Another")
    assert looked_for & set(changed["heavy"]) == set()


def test_nothing_that_compiles_templates_is_imported(session: Session) -> None:
    """Where they were compiled before."""
    session.process("config", "save", "--set", "PLATFORM_NAME=One")
    modules = set(costs(session, "config", "save", "--set", "PLATFORM_NAME=Another")["modules"])
    assert "jinja2.environment" in modules
    assert not {"compiler", "idtracking", "lexer", "parser"} & {m.removeprefix("jinja2.") for m in modules}


def test_no_command_line_is_imported(session: Session) -> None:
    """For the commands that are found by their exact words; plugins that are code run."""
    distribution(session.site, "counted", "config = {'defaults': {'A': 'x {{ LMS_HOST }}'}}")
    session.process("plugins", "enable", "counted", env={"TESTS_SITE": str(session.site)})
    lines = (
        ("plugins", "list"),
        ("config", "printvalue", "COUNTED_A"),
        ("config", "save"),
        ("config", "save", "--set", "PLATFORM_NAME=Another"),
    )
    for words in lines:
        assert "click" not in costs(session, *words)["modules"]


def test_a_plugin_that_asks_the_command_line_has_it_imported(session: Session) -> None:
    """And is told the root, whichever way it asks, when it is loaded and later."""
    source = """
        import click
        from tutor import hooks
        loaded = click.get_current_context().params["root"]

        @hooks.Filters.CONFIG_DEFAULTS.add()
        def _add(items):
            from click.globals import get_current_context
            return [*items, ("ASKING_ROOTS", [loaded, get_current_context().params["root"]])]
    """
    distribution(session.site, "asking", source, group="tutor.plugin.v1")
    session.process("plugins", "enable", "asking", env={"TESTS_SITE": str(session.site)})
    variables = {"TESTS_SITE": str(session.site)}
    for options in ([], ["--root", str(session.root)]):
        done = session.process(*options, "config", "printvalue", "ASKING_ROOTS", env=variables)
        assert done.out.strip() == f"[{session.root}, {session.root}]"


def test_listing_plugins_imports_nothing_that_loads_them(session: Session) -> None:
    """No plugin runs for it."""
    distribution(session.site, "counted", "config = {}")
    found = costs(session, "plugins", "list")
    assert not {"tutor.plugins.loading", "tutor.project", "tutorcounted"} & set(found["modules"])


YAML_PLUGIN = "name: yamlcounted\nversion: 1.0\nconfig:\n  defaults:\n    A: x {{ LMS_HOST }}\n"
YAML_PLUGIN += "patches:\n  caddyfile: |\n    {$DOMAIN} {\n    }\n"


@pytest.mark.parametrize(
    "arguments", [("plugins", "list"), ("config", "printvalue", "YAMLCOUNTED_A"), ("config", "save")]
)
def test_a_plugin_in_yaml_is_parsed_once(session: Session, arguments: tuple[str, ...]) -> None:
    """Whatever runs later, for its settings and for the lines of what it contributes."""
    write(session.plugins_root / "yamlcounted.yml", YAML_PLUGIN)
    session.process("plugins", "enable", "yamlcounted")
    session.process("config", "save")
    found = costs(session, *arguments)
    assert "tutor.plugins.yaml_file" in found["modules"]
    assert found["heavy"] == []


@pytest.mark.parametrize("harm", ["cut", "changed", "open", "other", "gone"])
def test_what_is_kept_of_a_plugin_in_yaml_is_not_believed_blindly(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, harm: str
) -> None:
    """One that was spoilt, or is of another content, is read from the file again."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    expected = yaml_file.read(YAML_PLUGIN.encode())
    assert expected[0]["name"] == "yamlcounted"
    assert expected[1]["config", "defaults", "A"] == 5
    (path,) = (tmp_path / "tutor" / "plugins").iterdir()
    content = path.read_bytes()
    if harm == "cut":
        path.write_bytes(content[:-10])
    elif harm == "changed":
        path.write_bytes(content[:-10] + b"x" * 10)
    elif harm == "open":
        path.chmod(0o666)
    elif harm == "gone":
        path.unlink()
    else:
        cache.write(str(path), (b"of another content", {"name": "other"}, {}))
    assert yaml_file.read(YAML_PLUGIN.encode()) == expected
    assert path.read_bytes() == content
    assert path.stat().st_mode & 0o777 == 0o600


def test_nothing_is_written_when_nothing_changes(session: Session) -> None:
    """The second save after the last change leaves the disk alone."""
    session.tutor("config", "save")
    before = fingerprint(session.root)
    session.tutor("config", "save")
    lock = "root/.tutor/lock"
    assert {k: v for k, v in fingerprint(session.root).items() if k != lock} == {
        k: v for k, v in before.items() if k != lock
    }


def test_an_unchanged_save_reads_each_file_few_times(session: Session) -> None:
    """Those of the environment once, others at most twice; none is written."""
    session.process("config", "save")
    found = costs(session, "config", "save")
    inside = str(session.root / "env")
    counts = Counter(path for path in found["read"] if path.startswith((str(session.root), TEMPLATES_ROOT)))
    assert {path: n for path, n in counts.items() if n > (1 if path.startswith(inside) else 2)} == {}
    assert found["written"] == []


def test_an_unchanged_save_imports_nothing_that_changes_anything(session: Session) -> None:
    """Neither what writes, nor what renders or checks files, nor what keeps generations."""
    session.process("config", "save")
    found = costs(session, "config", "save")
    env = ("apply", "history", "transaction", "validate", "failures", "kustomization", "formats", "jinja")
    unused = {"hashlib", "tempfile", "zipfile", *(f"tutor.env.{name}" for name in env)}
    assert unused & set(found["modules"]) == set()


def test_an_unchanged_save_resolves_no_setting_and_compares_no_file_with_its_sources(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One fingerprint of everything tells that no file has to be looked at for what it read."""
    session.tutor("config", "save")
    done: list[str] = []
    monkeypatch.setattr(Resolver, "_resolve", lambda _self, _value, _from, name: done.append(name))
    monkeypatch.setattr(Fingerprints, "of", lambda _self, reads: done.append(repr(reads)))
    with session.environment({}):
        assert save(session.root, session.plugins_root, Change()).settled
    assert done == []


@pytest.mark.parametrize("lost", ["manifest.json", "history.json", "mode", "folder"])
def test_what_is_lost_beside_the_environment_is_made_anew(session: Session, lost: str) -> None:
    """A save is not taken for done because its files are as they were."""
    session.tutor("config", "save")
    with session.environment({}):
        assert save(session.root, session.plugins_root, Change()).settled
        before = fingerprint(session.root / "env")
        if lost == "mode":
            (session.root / "env/apps/redis/redis.conf").chmod(0o600)
        elif lost == "folder":
            (session.root / "env").chmod(0o755)
        else:
            (session.root / ".tutor" / lost).unlink()
        assert not save(session.root, session.plugins_root, Change()).settled
        assert fingerprint(session.root / "env") == before
        assert (session.root / "env").stat().st_mode & 0o777 == 0o700
        assert (session.root / ".tutor" / "manifest.json").exists()
        assert (session.root / ".tutor" / "history.json").exists()
        assert save(session.root, session.plugins_root, Change()).settled


def test_templates_are_compiled_once(
    session: Session, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, compiled: list[str]
) -> None:
    """Whatever is rendered later."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for expected in (True, False):
        (session.root / ".tutor" / "rendered").unlink(missing_ok=True)
        assert rendered(session)
        assert bool(compiled) == expected
        assert len(compiled) == len(set(compiled))
        compiled.clear()


def rendered(session: Session, change: Change | None = None) -> set[str]:
    """The files that a save renders."""
    with session.environment({}):
        prepared = save(session.root, session.plugins_root, change or Change())
    return set(prepared.tree.files) - prepared.project.renderer.restored


def everything(session: Session) -> dict[str, tuple[str, str]]:
    """The environment as it is rendered with nothing kept; asserts that it is the one that is there."""
    found = fingerprint(session.root / "env")
    (session.root / ".tutor" / "rendered").unlink(missing_ok=True)
    assert rendered(session)
    assert fingerprint(session.root / "env") == found
    rendered(session)
    return found


def test_only_what_a_change_reaches_is_rendered(session: Session) -> None:
    """Nothing, or the files that read a setting, however far from it."""
    session.tutor("config", "save")
    assert rendered(session) == set()
    changed = rendered(session, Change(set={"LANGUAGE_CODE": "fr"}))
    assert changed
    assert all(path.startswith("apps/openedx/") for path in changed)
    everything(session)
    changed = rendered(session, Change(set={"LMS_HOST": "learn.example.com"}))
    assert "apps/caddy/Caddyfile" in changed
    assert "apps/redis/redis.conf" not in changed
    everything(session)


def test_a_file_that_was_edited_is_rendered(session: Session) -> None:
    """Its content is not on the disk any more."""
    session.tutor("config", "save")
    (session.root / "env/apps/redis/redis.conf").write_text("mine")
    assert rendered(session) == {"apps/redis/redis.conf"}


PLUGIN = """
    import os
    from tutor import hooks
    hooks.Filters.ENV_PATCHES.add_item(("caddyfile", {patch!r}))
    hooks.Filters.ENV_TEMPLATE_VARIABLES.add_item(("VARIABLE_OF_PLUGIN", {variable}))
    hooks.Filters.ENV_TEMPLATE_FILTERS.add_item(("filter_of_plugin", lambda text: text + os.environ["NOW"]))
    hooks.Filters.ENV_TEMPLATE_ROOTS.add_item(os.path.dirname(__file__) + "/templates")
    hooks.Filters.ENV_TEMPLATE_TARGETS.add_item(("reads/apps", "plugins"))
    hooks.Filters.CONFIG_DEFAULTS.add_item(("READS_SETTING", {setting!r}))
"""
FACTS = {"patch": "", "variable": "1", "setting": "{{ LMS_HOST }}"}
TEMPLATES = {
    "variable": "{{ VARIABLE_OF_PLUGIN }}",
    "setting": "{{ READS_SETTING }}",
    "missing": "{% if NEW_SETTING is defined %}{{ NEW_SETTING }}{% else %}none{% endif %}",
    "named": "{% for v in iter_values_named(suffix='_FOR_PLUGIN') %}{{ v }}{% endfor %}",
    "filter": "{{ 'a'|filter_of_plugin }}",
    "random": "{{ 8|random_string }}",
    "listed": "{% for t in 'reads/other'|walk_templates %}{{ t }}{% endfor %}",
    "macro": "{% from 'reads/other/macro' import m %}{{ m() }}",
    "macro2": "{% from 'reads/other/macro' import m %}{{ m() }}",
    "mapped": "{{ ['a']|map('filter_of_plugin')|join }}",
    "plain": "nothing",
    "choice": "{% include ['reads/other/first', 'reads/other/second'] %}",
}
OTHERS = {"macro": "{% macro m() %}{{ READS_SETTING }}{% endmacro %}", "second": "second"}
ALWAYS = {"filter", "random", "listed", "mapped"}


@pytest.fixture
def reading(session: Session, monkeypatch: pytest.MonkeyPatch) -> Session:
    """A session with a plugin whose templates read things of all kinds."""
    monkeypatch.setenv("NOW", "1")
    plugin(session)
    session.tutor("plugins", "enable", "reads")
    rendered(session)
    return session


def plugin(session: Session, templates: dict[str, str] | None = None, **facts: str) -> None:
    """Write the plugin."""
    place = distribution(
        session.site,
        "reads",
        PLUGIN.format(**(FACTS | facts)),
        package="tutor-reads",
        group="tutor.plugin.v1",
    ).parent
    for name, text in (TEMPLATES | (templates or {})).items():
        write(place / "templates/reads/apps" / name, text)
    for name, text in OTHERS.items():
        write(place / "templates/reads/other" / name, text)


def plugins_files(session: Session, change: Change | None = None) -> set[str]:
    """Those of the plugin that are rendered, besides those that always are."""
    prefix = "plugins/reads/apps/"
    found = {path.removeprefix(prefix) for path in rendered(session, change) if path.startswith(prefix)}
    assert found >= ALWAYS
    return found - ALWAYS


def content(session: Session, name: str) -> str:
    """A file of the plugin in the environment."""
    return (session.root / "env/plugins/reads/apps" / name).read_text().strip()


def test_what_is_unknown_is_rendered_each_time(reading: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """Filters of plugins, random values, lists of files: nothing else is rendered again."""
    old = content(reading, "random")
    monkeypatch.setenv("NOW", "2")
    assert plugins_files(reading) == set()
    assert content(reading, "filter") == "a2"
    assert content(reading, "mapped") == "a2"
    assert content(reading, "random") != old


def test_each_kind_of_source_is_noticed(reading: Session) -> None:
    """A variable, a setting that others refer to, a template, names, one that takes another's place."""
    plugin(reading, variable="2")
    assert plugins_files(reading) == {"variable"}
    assert content(reading, "variable") == "2"
    assert plugins_files(reading, Change(set={"LMS_HOST": "a.example"})) == {"setting", "macro", "macro2"}
    assert content(reading, "macro2") == content(reading, "macro") == "a.example"
    plugin(reading, variable="2", setting="x{{ CMS_HOST }}")
    assert plugins_files(reading) == {"setting", "macro", "macro2"}
    assert content(reading, "setting") == "xstudio.a.example"
    plugin(reading, {"plain": "something"}, variable="2", setting="x{{ CMS_HOST }}")
    assert plugins_files(reading) == {"plain"}
    assert content(reading, "plain") == "something"
    assert plugins_files(reading, Change(set={"NEW_SETTING": "new"})) == {"missing", "named"}
    assert content(reading, "missing") == "new"
    assert plugins_files(reading, Change(set={"X_FOR_PLUGIN": "x"})) == {"named"}
    assert plugins_files(reading, Change(set={"X_FOR_PLUGIN": "y"})) == {"named"}
    assert content(reading, "named") == "y"
    write(reading.site / "tutorreads/templates/reads/other/first", "first")
    assert plugins_files(reading) == {"choice"}
    assert content(reading, "choice") == "first"


def test_a_patch_is_noticed_and_its_lines_keep_their_origin(reading: Session, session: Session) -> None:
    """Where nothing is rendered too."""
    text = "name: second\npatches:\n  caddyfile: |\n    second.example {\n    }\n"
    write(session.plugins_root / "second.yml", text)
    assert "apps/caddy/Caddyfile" in rendered(session, Change(enable=("second",)))
    assert "apps/caddy/Caddyfile" not in rendered(session)
    with session.environment({}):
        prepared = save(session.root, session.plugins_root, Change())
    file = prepared.tree.files["apps/caddy/Caddyfile"]
    line = file.content.decode().splitlines().index("second.example {") + 1
    span = file.contributor(line)
    assert span is not None
    assert (span.patch.name, span.patch.origin.plugin) == ("caddyfile", "second")
    write(session.plugins_root / "second.yml", text.replace("second.example", "other.example"))
    assert "apps/caddy/Caddyfile" in rendered(session)
    assert "other.example" in (session.root / "env/apps/caddy/Caddyfile").read_text()


@pytest.mark.parametrize("harm", ["cut", "changed", "open", "other"])
def test_a_spoilt_record_is_noticed(session: Session, harm: str) -> None:
    """Everything is rendered then, to the same, and the record is made anew."""
    session.tutor("config", "save")
    assert rendered(session) == set()
    before = fingerprint(session.root / "env")
    path = session.root / ".tutor" / "rendered"
    if harm == "cut":
        path.write_bytes(path.read_bytes()[:-10])
    elif harm == "changed":
        path.write_bytes(path.read_bytes()[:-10] + b"x" * 10)
    elif harm == "open":
        path.chmod(0o666)
    else:
        cache.write(str(path), ["not", "a", "record"])
    assert len(rendered(session)) > 30
    assert fingerprint(session.root / "env") == before
    assert rendered(session) == set()
    assert path.stat().st_mode & 0o777 == 0o600


def test_every_setting_is_resolved_once(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many templates read it."""
    resolved: list[str] = []
    resolve = Resolver._resolve

    def count(self: Resolver, value: Any, contribution: Any, name: str) -> Any:
        if value is contribution.value:
            resolved.append(name)
        return resolve(self, value, contribution, name)

    monkeypatch.setattr(Resolver, "_resolve", count)
    (session.root / ".tutor" / "rendered").unlink(missing_ok=True)
    rendered(session)
    assert "LMS_HOST" in resolved
    assert [name for name in set(resolved) if resolved.count(name) > 1] == []


def test_a_plan_asks_once_for_the_values_that_it_compares(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of files that were not rendered are resolved for it: not for each setting anew."""
    asked: list[Resolver] = []
    known = Resolver.known

    def count(self: Resolver) -> dict[str, Any]:
        asked.append(self)
        return known(self)

    monkeypatch.setattr(Resolver, "known", count)
    session.tutor("plan", code=2, env={"TUTOR_ENGINE": "none"})
    assert 0 < len(asked) < 5
