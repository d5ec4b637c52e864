"""What is rendered from what was rendered before is what rendering everything gives, whatever has changed."""

from __future__ import annotations

import random
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from tests.kit import distribution, fingerprint, write
from tutor.env import plain
from tutor.env.history import History
from tutor.env.plan import Manifest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.kit import Session

#: Changes in one sequence, and where the random sequences start.
LENGTH = 12
SEEDS = (1, 2, 3)

V1 = """
    import os, pathlib
    from tutor import hooks

    FACT = pathlib.Path({fact!r})
    shared = ["first"]
    here = os.path.dirname(__file__)
    F = hooks.Filters
    F.ENV_TEMPLATE_ROOTS.add_item(os.path.join(here, "templates"))
    F.ENV_TEMPLATE_TARGETS.add_item(("reads/apps", "plugins"))
    F.ENV_TEMPLATE_VARIABLES.add_items([
        ("READS_VARIABLE", {variable!r}),
        ("READS_FUNCTION", lambda: FACT.read_text()),
        ("READS_SHARED", shared),
        ("READS_VARIED", os.environ.get("NOW", "")),
    ])
    F.ENV_TEMPLATE_FILTERS.add_item(("reads_filter", lambda text: text + os.environ.get("NOW", "")))
    F.CONFIG_DEFAULTS.add_items([
        ("READS_HOST", {setting!r}),
        ("READS_CHAIN", "{{{{ READS_HOST }}}}/{{{{ PLATFORM_NAME }}}}"),
        ("READS_LIST", ["{{{{ LMS_HOST }}}}", 1]),
        ("READS_FILTERED", "{{{{ LMS_HOST|reads_filter }}}}"),
        ("READS_CHANGES", False),
    ])
    F.CONFIG_UNIQUE.add_item(("READS_UNIQUE", "{{{{ LMS_HOST }}}}-once"))
    F.CONFIG_OVERRIDES.add_item(("PLATFORM_NAME", {override!r}))
    F.ENV_PATCHES.add_item(("caddyfile", {patch!r}))

    @F.ENV_PATCHES.add()
    def _fact(patches):
        return patches + [("openedx-common-settings", "# " + FACT.read_text())]

    @F.LMS_WORKER_COMMAND.add()
    def _worker(command):
        return command + ["--" + {variable!r}]
"""
FACTS = {
    "variable": ("one", "two"),
    "setting": (
        "{{ LMS_HOST }}",
        "x.{{ CMS_HOST }}",
        "{% if ENABLE_HTTPS %}s{% else %}{{ LANGUAGE_CODE }}{% endif %}",
    ),
    "override": ("Overridden", "At {{ LMS_HOST }}"),
    "patch": ("", "{{ READS_HOST }}.example {\n}", "other.example {\n}"),
}
TEMPLATES = {
    "plain": "nothing",
    "setting": "{{ READS_CHAIN }} {{ READS_LIST }}",
    "variable": "{{ READS_VARIABLE }} {{ READS_VARIED }}",
    "function": "{{ READS_FUNCTION() }}",
    "filter": "{{ 'a'|reads_filter }} {{ ['b']|map('reads_filter')|join }}",
    "filtered": "{{ READS_FILTERED }}",
    "missing": "{% if LATER is defined %}{{ LATER }}{% else %}none{% endif %}",
    "named": "{% for v in iter_values_named(suffix='_LATER') %}{{ v }}{% endfor %}",
    "macro": "{% from 'reads/other/macro' import m %}{{ m() }}",
    "again": "{% from './reads/other/macro' import m with context %}{{ m() }}",
    "choice": "{% include ['reads/other/first', 'reads/other/second'] %}",
    "perhaps": "{% include 'reads/other/third' ignore missing %}.",
    "listed": "{% for t in 'reads/other'|walk_templates %}{{ t }} {% endfor %}",
    "unique": "{{ READS_UNIQUE }} {{ OLD_ONCE is defined }}",
    "patched": "{{ patch('reads-point') }}|{{ patch('reads-' ~ READS_VARIABLE) }}",
    "mounts": "{% for m in iter_mounts(MOUNTS, 'openedx') %}{{ m }} {% endfor %}",
    "mounts2": "{% for m in iter_mounts([READS_FUNCTION()], 'openedx') %}{{ m }} {% endfor %}",
    "reaching": "{{ cycler.__init__.__globals__['__builtins__']['__import__']('os').environ.get('NOW') }}",
    "written": "{{ '{0.__class__.__name__}'.format(LMS_HOST) }}",
    "a-changing": "{% if READS_CHANGES %}{{ READS_SHARED.append(LANGUAGE_CODE) }}"
    "{{ READS_LIST.append(1) }}{% endif %}",
    "b-changed": "{{ READS_SHARED }}{{ READS_LIST }}",
}
OTHERS = {"macro": "{% macro m() %}{{ READS_HOST }}{{ '%' }}{% endmacro %}", "second": "second"}
V0 = """
    config = {
        "add": {"ONCE": "{{ LANGUAGE_CODE }}-once"},
        "defaults": {"VERSION": "{{ OLD_ONCE }}", "LATER": "old", "IMAGE": "x:{{ TUTOR_VERSION }}"},
        "set": {"LANGUAGE_CODE": "de"},
    }
    patches = {"reads-point": "old {{ OLD_VERSION }} {{ READS_VARIABLE|default('') }}", "lms-env": "OLD: 1"}
"""
YAML = """
    name: second
    version: {number}
    config:
      defaults: {{HOST: "{{{{ LMS_HOST }}}}"}}
    patches:
      caddyfile: |
        second{number}.{{{{ SECOND_HOST }}}} {{
        }}
      reads-one: one {{{{ SECOND_HOST }}}} {{{{ READS_VARIED|default('') }}}}
      reads-point: point
"""
PLUGINS = ("reads", "old", "second")


class World:
    """A project with plugins, both of which change at random; the same steps for whoever renders.

    Args:
        session: the project.
        seed: where the changes start from.
        monkeypatch: takes back what changes in this process.
    """

    def __init__(self, session: Session, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
        self.session = session
        self.random = random.Random(seed)
        self.monkeypatch = monkeypatch
        self.work = session.root.parent
        self.facts = {name: values[0] for name, values in FACTS.items()}
        self.variables: dict[str, str] = {}
        self.edit_plugin()
        distribution(session.site, "old", V0)
        self.edit_yaml()
        for name, text in TEMPLATES.items():
            write(self.templates / "apps" / name, text)
        for name, text in OTHERS.items():
            write(self.templates / "other" / name, text)

    @property
    def templates(self) -> Path:
        """Those of the plugin."""
        return self.session.site / "tutorreads/templates/reads"

    def step(self) -> list[str]:
        """Change something, and return the command that has to notice it."""
        changes: list[Callable[[], list[str] | None]] = [
            self.set_setting,
            self.set_setting,
            self.unset_setting,
            self.switch_plugin,
            self.switch_plugin,
            self.edit_plugin,
            self.edit_yaml,
            self.edit_template,
            self.edit_template,
            self.change_fact,
            self.change_variable,
            self.change_version,
            self.edit_environment,
            self.edit_environment,
            self.spoil_caches,
            self.look,
        ]
        return self.random.choice(changes)() or ["config", "save"]

    def look(self) -> list[str]:
        """Only look at what would change."""
        name = self.random.choice(("LMS_HOST", "LANGUAGE_CODE", "READS_HOST", "LATER"))
        return ["plan", "--json", "--set", f"{name}=looked.example"]

    def set_setting(self) -> list[str]:
        """One that many read, or few, or nobody yet; also several."""
        names = ("LMS_HOST", "PLATFORM_NAME", "LANGUAGE_CODE", "READS_HOST", "LATER", "A_LATER", "OLD_LATER")
        chosen = [f"{name}=v{self.random.randrange(3)}.example" for name in self.random.sample(names, 2)]
        switches = ("ENABLE_HTTPS", "READS_CHANGES", "RUN_LMS", "READS_CHANGES")
        chosen.append(f"{self.random.choice(switches)}={self.random.choice(('true', 'false'))}")
        chosen.append(f"MOUNTS={self.random.choice(('[]', '[]', f'[{self.work}/mounted]'))}")
        arguments = ["config", "save"]
        for item in self.random.sample(chosen, self.random.randrange(1, 3)):
            arguments += ["--set", item]
        return arguments

    def unset_setting(self) -> list[str]:
        """Back to the default."""
        return [
            "config",
            "save",
            "--unset",
            self.random.choice(("LMS_HOST", "LANGUAGE_CODE", "PLATFORM_NAME")),
        ]

    def switch_plugin(self) -> list[str]:
        """One comes or goes."""
        return ["plugins", self.random.choice(("enable", "enable", "disable")), self.random.choice(PLUGINS)]

    def edit_plugin(self) -> None:
        """Its module says something else."""
        name = self.random.choice(list(FACTS))
        self.facts[name] = self.random.choice(FACTS[name])
        fact = self.work / "fact"
        fact.write_text("fact")
        source = V1.format(fact=str(fact), **self.facts)
        distribution(self.session.site, "reads", source, package="tutor-reads", group="tutor.plugin.v1")

    def edit_yaml(self) -> None:
        """The file in the plugins folder says something else."""
        write(self.session.plugins_root / "second.yml", YAML.format(number=self.random.randrange(3)))

    def edit_template(self) -> None:
        """Another text, another file, one less, or one that may be run."""
        path = self.templates / self.random.choice(
            ("apps/plain", "apps/new", "other/macro", "other/first", "other/third", "apps/setting")
        )
        what = self.random.randrange(3)
        if what == 0 and path.name not in ("macro", "plain") and path.exists():
            path.unlink()
        elif what == 1 and path.exists():
            path.chmod(0o755 if path.stat().st_mode & 0o777 == 0o644 else 0o644)
        elif path.name == "macro":
            path.write_text("{% macro m() %}{{ READS_LIST }}" + str(self.random.random()) + "{% endmacro %}")
        else:
            path.write_text("{{ LMS_HOST }}" + str(self.random.random()))

    def change_fact(self) -> None:
        """What a plugin's function reads, and a folder that is mounted."""
        (self.work / "fact").write_text(f"fact {self.random.randrange(3)}")
        (self.work / "mounted").mkdir(exist_ok=True)
        write(self.work / "mounted/setup.py", f"name='{self.random.choice(('other', 'my-xblock'))}'")

    def change_variable(self) -> None:
        """A variable that a plugin reads, or that is a setting."""
        name = self.random.choice(("NOW", "TUTOR_LMS_HOST", "TUTOR_READS_HOST"))
        self.variables = {name: self.random.choice(("early.example", "late.example"))}

    def change_version(self) -> None:
        """The same environment by another release."""
        self.monkeypatch.setitem(plain.CONSTANTS, "TUTOR_VERSION", f"99.0.{self.random.randrange(3)}")

    def edit_environment(self) -> None:
        """By hand: another text, permissions, a link, nothing."""
        files = sorted(path for path in (self.session.root / "env").rglob("*") if path.is_file())
        for path in self.random.sample(files, 3):
            what = self.random.randrange(4)
            if what == 0:
                path.write_bytes(path.read_bytes() + b"# mine\n")
            elif what == 1:
                path.chmod(0o600)
            elif what == 2:
                path.unlink()
            else:
                content, other = path.read_bytes(), self.work / f"linked-{path.name}"
                other.write_bytes(content)
                path.unlink()
                path.symlink_to(other)

    def spoil_caches(self) -> None:
        """Cut, change or remove what is kept."""
        for path in self.caches():
            content = path.read_bytes()
            place = self.random.randrange(len(content)) if content else 0
            what = self.random.randrange(4)
            if what == 0:
                path.write_bytes(content[:place])
            elif what == 1:
                path.write_bytes(content[:place] + b"!" + content[place + 1 :])
            elif what == 2:
                path.unlink()

    def caches(self) -> list[Path]:
        """All files of caches."""
        kept = [path for path in (self.work / "cache").rglob("*") if path.is_file()]
        record = self.session.root / ".tutor/rendered"
        return [*kept, record] if record.exists() else kept

    def run(self, arguments: list[str]) -> dict[str, Any]:
        """Run a command, and return everything that it left and said."""
        code: Any = None
        try:
            result = self.session.tutor(*arguments, env={"TUTOR_ENGINE": "none", **self.variables}, code=0)
            code, said = result.code, (result.out, result.err)
        except AssertionError as error:
            said = (str(error), "")
        root = self.session.root
        last = History.read(root).last
        return {
            "command": (arguments, code),
            "said": said,
            "files": fingerprint(root / "config.yml", root / "env"),
            "manifest": Manifest.read(root),
            "generation": last and (last.settings, last.defined, last.tree, last.config, last.plugins),
            "edited": fingerprint(root / ".tutor/edited"),
        }


def both(world: World, arguments: list[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a command gives with nothing kept, and with what is kept; the second one counts."""
    root, clean, caches = (world.session.root, world.work / "before", world.work / "cache")
    shutil.copytree(root, clean, symlinks=True)
    linked = {path: path.read_bytes() for path in world.work.glob("linked-*")}
    with pytest.MonkeyPatch.context() as without:
        without.setenv("XDG_CACHE_HOME", str(world.work / "no-cache"))
        (root / ".tutor/rendered").unlink(missing_ok=True)
        expected = world.run(arguments)
    shutil.rmtree(world.work / "no-cache", ignore_errors=True)
    shutil.rmtree(root)
    clean.rename(root)
    for path, content in linked.items():
        path.write_bytes(content)
    with pytest.MonkeyPatch.context() as kept:
        kept.setenv("XDG_CACHE_HOME", str(caches))
        return expected, world.run(arguments)


@pytest.mark.parametrize("seed", SEEDS)
def test_random_changes(session: Session, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    """The same environment, manifest, generation and messages, byte for byte."""
    world = World(session, seed, monkeypatch)
    for name in PLUGINS:
        session.tutor("plugins", "enable", name)
    session.tutor("config", "save")
    done = []
    for _ in range(LENGTH):
        arguments = world.step()
        expected, found = both(world, arguments)
        done.append(found["command"])
        assert found == expected, done


def test_a_template_that_changes_what_others_read(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the moment on in which it begins to, and for what it makes of it."""
    world = World(session, 1, monkeypatch)
    session.tutor("plugins", "enable", "reads")
    for value in ("READS_CHANGES=true", "LANGUAGE_CODE=fr", "READS_CHANGES=false", "LANGUAGE_CODE=es"):
        expected, found = both(world, ["config", "save", "--set", value])
        assert found == expected, value


REPLACING = {
    "a constant": ("ENV_TEMPLATE_VARIABLES", '("TUTOR_VERSION", "0.0.0")', "version"),
    "a constant by a setting": ("CONFIG_DEFAULTS", '("TUTOR_VERSION", "0.0.0")', "version"),
    "a function": (
        "ENV_TEMPLATE_VARIABLES",
        '("iter_mounts", lambda *_: ["/a:/b"])',
        "local/docker-compose.yml",
    ),
    "a filter": (
        "ENV_TEMPLATE_FILTERS",
        '("tojson", lambda v: repr(v) if isinstance(v, str) else __import__("json").dumps(v))',
        "apps/openedx/config/lms.env.yml",
    ),
    "what is missing": ("ENV_TEMPLATE_VARIABLES", '("LATER", "here")', "plugins/asking/apps/asks"),
    "what is missing by a setting": ("CONFIG_DEFAULTS", '("LATER", "here")', "plugins/asking/apps/asks"),
}
ASKING = """
    import os
    from tutor import hooks
    hooks.Filters.ENV_TEMPLATE_ROOTS.add_item(os.path.dirname(__file__) + "/templates")
    hooks.Filters.ENV_TEMPLATE_TARGETS.add_item(("asking/apps", "plugins"))
"""


@pytest.mark.parametrize(("handle", "item", "path"), REPLACING.values(), ids=REPLACING)
def test_a_plugin_that_replaces_what_templates_read(
    session: Session, handle: str, item: str, path: str
) -> None:
    """What was rendered without it is rendered again, and so it is when the plugin goes."""
    package = distribution(session.site, "asking", ASKING, group="tutor.plugin.v1").parent
    write(package / "templates/asking/apps/asks", "{% if LATER is defined %}{{ LATER }}{% endif %}\n")
    session.tutor("plugins", "enable", "asking")
    before = fingerprint(session.root / "env")
    source = f"from tutor import hooks\nhooks.Filters.{handle}.add_item({item})\n"
    write(session.plugins_root / "replacing.py", source)
    session.tutor("plugins", "enable", "replacing")
    replaced = fingerprint(session.root / "env")
    assert replaced[f"env/{path}"] != before[f"env/{path}"]
    (session.root / ".tutor/rendered").unlink()
    session.tutor("config", "save")
    assert fingerprint(session.root / "env") == replaced
    session.tutor("plugins", "disable", "replacing")
    assert fingerprint(session.root / "env") == before
