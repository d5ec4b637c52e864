"""What plugins contribute arrives, as in the incumbent. Each input lost something in silence once."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.kit import distribution, project_state, write

if TYPE_CHECKING:
    from pathlib import Path

    from tests.kit import Session


def enable(session: Session, name: str, source: str) -> str:
    """Enable a plugin in a single file; what was said."""
    write(session.plugins_root / f"{name}.py", source)
    return session.tutor("plugins", "enable", name).err


def read(session: Session, path: str) -> Any:
    """A file of the environment, from YAML."""
    return yaml.safe_load((session.root / "env" / path).read_text())


FILES = (
    "a.txt",
    "back~",
    "drafts/b.txt",
    "node_modules/m/index.js",
    "partials/_a.scss",
    "partialsx/p.txt",
    "sub/drafts/c.txt",
    "sub/partials/c.txt",
    "x.pyc",
    "x.pyc.txt",
    "__pycache__/y",
    ".dockerignore",
    ".env",
    "sub/.hidden/d.txt",
)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder of templates with everything that may lie in one."""
    for path in FILES:
        write(tmp_path / "templates/patterns/files" / path, "{{ LMS_HOST }}")
    return tmp_path / "templates"


ROOT = """
    from tutor.hooks import Actions, Filters, priorities

    Filters.ENV_TEMPLATE_ROOTS.add_item({root!r})
    Filters.ENV_TEMPLATE_TARGETS.add_item(("patterns/files", "plugins"))
"""


def rendered(session: Session) -> list[str]:
    """The files of the plugin's folder in the environment."""
    folder = session.root / "env/plugins/patterns/files"
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


ALWAYS = ["a.txt", "back~", "node_modules/m/index.js", "partialsx/p.txt", "sub/drafts/c.txt", "x.pyc.txt"]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("", [*ALWAYS, "drafts/b.txt"]),
        ('Filters.ENV_PATTERNS_IGNORE.add_item(r"patterns/files/drafts/")', ALWAYS),
        (
            'Filters.ENV_PATTERNS_INCLUDE.add_item(r"patterns/files/partials/")',
            [*ALWAYS, "drafts/b.txt", "partials/_a.scss"],
        ),
        (
            r'Filters.ENV_PATTERNS_INCLUDE.add_item(r".*/\.(env|dockerignore)$")',
            [*ALWAYS, "drafts/b.txt", ".dockerignore", ".env"],
        ),
        (
            'Filters.ENV_PATTERNS_IGNORE.add(priority=50)(lambda patterns: [*patterns[1:], r".*drafts"])',
            [*ALWAYS[:4], "x.pyc.txt", ".dockerignore", ".env", "sub/.hidden/d.txt"],
        ),
    ],
    ids=["none", "ignore", "include", "include dots", "the core's taken away"],
)
def test_patterns_match_the_beginning_of_a_path(
    session: Session, files: Path, more: str, expected: list[str]
) -> None:
    enable(session, "patterns", ROOT.format(root=str(files)) + "    " + more)
    assert rendered(session) == sorted(expected)


def test_a_pattern_that_is_none_names_the_plugin(session: Session) -> None:
    before = project_state(session.root)
    path = write(
        session.plugins_root / "wrong.py",
        """
        from tutor.hooks import Filters
        Filters.ENV_PATTERNS_IGNORE.add_item("(drafts")
        """,
    )
    said = session.tutor("plugins", "enable", "wrong", code=1).err
    assert "'(drafts' in ENV_PATTERNS_IGNORE is no regular expression" in said
    assert f"{path}:3" in said
    assert project_state(session.root) == before


def test_a_template_that_cannot_be_read_names_the_plugin(session: Session, files: Path) -> None:
    before = project_state(session.root)
    (files / "patterns/files/gone").symlink_to(files / "nowhere")
    write(session.plugins_root / "broken.py", ROOT.format(root=str(files)))
    said = session.tutor("plugins", "enable", "broken", code=1).err
    assert "The template patterns/files/gone cannot be read: No such file" in said
    assert "plugin broken" in said
    assert project_state(session.root) == before


READY = """
    import pathlib

    import click
    from tutor.hooks import Actions, Filters

    log = pathlib.Path({log!r})

    @Actions.PROJECT_ROOT_READY.add()
    def _ready(root):
        loaded = ",".join(Filters.PLUGINS_LOADED.iterate())
        log.write_text(log.read_text() + f"{{root}} {{loaded}}\\n")
        Filters.LMS_WORKER_COMMAND.add_item("--queues=mine")
        Filters.CONFIG_DEFAULTS.add_item(("READY_AT", root))

    @click.command()
    def shout():
        click.echo("HEY")

    Filters.CLI_COMMANDS.add_item(shout)

    @click.command()
    def whisper():
        return []

    Filters.CLI_DO_COMMANDS.add_item(whisper)
"""


@pytest.mark.parametrize(
    "line",
    [
        "config save",
        "config save --set PLATFORM_NAME=X",
        "config printvalue LMS_HOST",
        "config show",
        "images printtag openedx",
        "plan",
        "explain LMS_HOST",
        "shout",
        "shout --help",
        "--help",
        "local do whisper --help",
        "dev hosts",
        "plugins disable ready",
    ],
)
def test_the_root_is_told_once_after_loading(session: Session, tmp_path: Path, line: str) -> None:
    """By every command that opens the project; what plugins contribute then counts."""
    log = write(tmp_path / "log", "")
    enable(session, "ready", READY.format(log=str(log)))
    command = read(session, "local/docker-compose.prod.yml")["services"]["lms-worker"]["command"]
    assert "--queues=mine" in (command if isinstance(command, list) else command.split())
    assert session.tutor("config", "printvalue", "READY_AT").out.strip() == str(session.root)
    log.write_text("")
    session.tutor(*line.split(), code=2 if line == "plan" else 0)
    assert log.read_text() == ("" if "disable" in line else f"{session.root} ready\n")


SEEING = """
    from tutor.hooks import Filters, priorities

    @Filters.{hook}.add(priority=priorities.LOW)
    def _change(items, *args):
        names = [i[0] if isinstance(i, tuple) else getattr(i, "name", i) for i in items]
        return [i for i, name in zip(items, names) if not str(name).startswith({taken!r})]
"""


@pytest.mark.parametrize(
    ("hook", "taken", "said"),
    [
        ("CONFIG_DEFAULTS", "K8S_NAMESPACE", "setting K8S_NAMESPACE"),
        ("CONFIG_UNIQUE", "MEILISEARCH_API_KEY_UID", "generated setting MEILISEARCH_API_KEY_UID"),
        ("IMAGES_BUILD", "permissions", "build of image permissions"),
        ("IMAGES_PULL", "mysql", "pull of image mysql"),
        ("IMAGES_PUSH", "permissions", "push of image permissions"),
        ("IMAGES_BUILD_REQUIRED", "openedx-dev", "required image openedx-dev"),
        ("ENV_TEMPLATE_TARGETS", "dev/", "target dev/"),
        ("ENV_TEMPLATE_FILTERS", "encrypt", "filter encrypt"),
        ("ENV_TEMPLATE_VARIABLES", "TUTOR_BRANCH_IS_MAIN", "variable TUTOR_BRANCH_IS_MAIN"),
        ("ENV_PATTERNS_IGNORE", r".*\.pyc$", r"ignored pattern .*\.pyc$"),
        ("MOUNTED_DIRECTORIES", "openedx", "mounted folder openedx"),
        ("APP_PUBLIC_HOSTS", "{{ CMS_HOST }}", "public host {{ CMS_HOST }}"),
        ("CLI_DO_COMMANDS", "createuser", "job createuser"),
        ("LMS_WORKER_COMMAND", "--without-gossip", "--without-gossip"),
    ],
)
def test_functions_see_and_change_what_the_core_contributes(
    session: Session, hook: str, taken: str, said: str
) -> None:
    """What a plugin takes away is told when it is enabled, and has its effect."""
    if hook in ("CONFIG_DEFAULTS", "CONFIG_UNIQUE"):
        session.tutor("config", "save", f"--set={taken}=kept")  # templates read it
    told = enable(session, "taking", SEEING.format(hook=hook, taken=taken))
    assert "takes away from tutor, or changes:" in told
    assert said in told
    gone: dict[str, Any] = {
        "IMAGES_BUILD": lambda: session.tutor("images", "build", "permissions", code=1).err,
        "IMAGES_PULL": lambda: session.tutor("images", "printtag", "mysql", code=1).err,
        "APP_PUBLIC_HOSTS": lambda: session.tutor("dev", "hosts").out,
        "ENV_TEMPLATE_TARGETS": lambda: os.listdir(session.root / "env"),  # noqa: PTH208 (names)
    }
    if hook == "APP_PUBLIC_HOSTS":
        assert "studio" not in gone[hook]()
    elif hook == "ENV_TEMPLATE_TARGETS":
        assert "dev" not in gone[hook]()
    elif hook in gone:
        assert f"There is no image {taken}" in gone[hook]()
    elif hook == "LMS_WORKER_COMMAND":
        assert taken not in str(read(session, "local/docker-compose.prod.yml")["services"]["lms-worker"])
        assert taken in str(read(session, "local/docker-compose.prod.yml")["services"]["cms-worker"])


def test_functions_see_the_cores_commands_which_stay(session: Session) -> None:
    """They may add to one of them. To take one away has no effect: `plugins disable` is always there."""
    enable(
        session,
        "commanding",
        """
        import click
        from tutor.hooks import Filters, priorities

        @click.command()
        def beep():
            click.echo("BEEP")

        @Filters.CLI_COMMANDS.add(priority=priorities.LOW)
        def _change(commands):
            found = {command.name: command for command in commands}
            found["local"].add_command(beep)
            return [found["k8s"]]
        """,
    )
    assert session.tutor("local", "beep").out == "BEEP\n"
    assert session.tutor("images", "printtag", "caddy").out.startswith("docker.io/caddy")


def test_the_core_has_contexts_as_plugins_have(session: Session) -> None:
    enable(
        session,
        "contexts",
        """
        import click
        from tutor.hooks import Contexts, Filters

        @click.command()
        def count():
            for name in ("mysql", "lms", "cms", "meilisearch", "contexts"):
                context = Contexts.app(name).name
                print(name, len(list(Filters.CLI_DO_INIT_TASKS.iterate_from_context(context))))

        Filters.CLI_COMMANDS.add_item(count)
        Filters.CLI_DO_INIT_TASKS.add_item(("lms", "true"))
        """,
    )
    assert session.tutor("count").out == "mysql 1\nlms 1\ncms 1\nmeilisearch 1\ncontexts 1\n"


VARIANT = """
    from tutor.hooks import Filters, priorities

    @Filters.{hook}.add(priority=priorities.LOW)
    def _variant(images, config):
        for image in list(images):
            if config["DOCKER_IMAGE_OPENEDX"] in image:
                images.append(tuple(part + "-blue" if ":" in part else part for part in image))
        return images
"""


def test_a_variant_of_the_cores_image(session: Session) -> None:
    """Found by its full name in the list, and added with a suffix under the same short name."""
    source = "".join(VARIANT.format(hook=hook) for hook in ("IMAGES_BUILD", "IMAGES_PULL", "IMAGES_PUSH"))
    enable(session, "blue", source)
    tags = session.tutor("images", "printtag", "openedx").out.split()
    assert len(tags) == 2
    assert tags[1] == f"{tags[0]}-blue"


SETTINGS = """
    from tutor.hooks import Filters

    Filters.CONFIG_DEFAULTS.add_items([("SHOP_VERSION", "1.0"), ("SHOP_IMAGE", "shop:{{ SHOP_VERSION }}")])

    @Filters.IMAGES_BUILD.add()
    def _build(images, config):
        arguments = ("--build-arg=A=" + config["LMS_HOST"],)
        return [*images, ("shop", ("plugins", "shop"), config["SHOP_IMAGE"], arguments)]

    @Filters.IMAGES_PULL.add()
    @Filters.IMAGES_PUSH.add()
    def _registry(images, config):
        return [*images, ("shop", config["SHOP_IMAGE"])]
"""


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("images printtag shop", "shop:1.0"),
        ("explain SHOP_IMAGE", "shop:{{ SHOP_VERSION }}"),
        ("explain SHOP_VERSION", "1.0"),
        ("plugins check shop", ""),
        ("config save", ""),
        ("plan", ""),
    ],
)
def test_functions_for_images_get_the_settings(session: Session, line: str, expected: str) -> None:
    said = enable(session, "shop", SETTINGS)
    assert "images to build: shop" in said
    assert expected in session.tutor(*line.split(), code=2 if line == "plan" else 0).out


SAML = """
    from tutor.hooks import Filters

    Filters.ENV_PATCHES.add_items(
        [
            ("openedx-auth", '"SAML_KEY": "secret",\\n"SAML_CERT": "cert, with a comma",'),
            ("common-env-features", '"ENABLE_SAML": true,\\n"OTHER": [1, {"a": null}],'),
            ("lms-env", "PLAIN: yes, please\\nLIST:\\n  - 1"),
            ("cms-env", '"ONE": false,'),
            ("lms-env-features", '{{ "ENABLE_X" }}: {{ ENABLE_HTTPS|tojson }}'),
            ("cms-env-features", '"A": {\\n  "b": [\\n    1,\\n    2\\n  ]\\n},'),
        ]
    )
"""


def test_members_in_json_are_understood(session: Session) -> None:
    enable(session, "saml", SAML)
    lms, cms = (read(session, f"apps/openedx/config/{name}.env.yml") for name in ("lms", "cms"))
    for found in (lms, cms):
        assert (found["SAML_KEY"], found["SAML_CERT"]) == ("secret", "cert, with a comma")
        assert (found["FEATURES"]["ENABLE_SAML"], found["FEATURES"]["OTHER"]) == (True, [1, {"a": None}])
    assert (lms["PLAIN"], lms["LIST"], lms["FEATURES"]["ENABLE_X"]) == ("yes, please", [1], False)
    assert (cms["ONE"], cms["FEATURES"]["A"]) == (False, {"b": [1, 2]})


def test_a_file_takes_the_place_of_the_cores(session: Session, tmp_path: Path) -> None:
    """Of several targets that lead to one path the last counts; it is told, and disabled it is as before."""
    session.tutor("config", "save")
    before = (session.root / "env/apps/redis/redis.conf").read_text()
    write(tmp_path / "templates/redis/redis.conf", "# mine for {{ LMS_HOST }}\n")
    write(tmp_path / "templates/apps/caddy/Caddyfile", "# not asked: the first root counts\n")
    said = enable(
        session,
        "placing",
        f"""
        from tutor.hooks import Filters
        Filters.ENV_TEMPLATE_ROOTS.add_item({str(tmp_path / "templates")!r})
        Filters.ENV_TEMPLATE_TARGETS.add_item(("redis", "apps"))
        """,
    )
    assert "takes the place of tutor's files: apps/redis/redis.conf\n" in said
    session.tutor("plugins", "disable", "placing")
    shown = session.tutor("plugins", "enable", "placing", "--dry-run", code=2)
    assert "placing takes the place of tutor's files: apps/redis/redis.conf" in " ".join(shown.out.split())
    session.tutor("plugins", "enable", "placing")
    assert (session.root / "env/apps/redis/redis.conf").read_text() == "# mine for local.openedx.io\n"
    assert "not asked" not in (session.root / "env/apps/caddy/Caddyfile").read_text()
    session.tutor("plugins", "disable", "placing")
    assert (session.root / "env/apps/redis/redis.conf").read_text() == before


@pytest.mark.parametrize(
    ("enabled", "expected", "winner"),
    [
        ([], ["a", "b", "c"], "c"),
        (["b"], ["a", "b", "c"], "c"),
        (["c", "b"], ["c", "b", "a"], "a"),
    ],
)
def test_a_sorted_list_of_plugins_stays_sorted(
    session: Session, enabled: list[str], expected: list[str], winner: str
) -> None:
    """So that the same default and override wins as in the incumbent; another order is the user's."""
    for name in "abc":
        write(
            session.plugins_root / f"{name}.py",
            f"""
            from tutor.hooks import Filters
            Filters.CONFIG_OVERRIDES.add_item(("PLATFORM_NAME", {name!r}))
            Filters.CONFIG_DEFAULTS.add_item(("SHARED_DEFAULT", {name!r}))
            """,
        )
    write(session.root / "config.yml", yaml.safe_dump({"PLUGINS": enabled}))
    for name in "cab":
        if name not in enabled:
            session.tutor("plugins", "enable", name)
    assert yaml.safe_load((session.root / "config.yml").read_text())["PLUGINS"] == expected
    for setting in ("PLATFORM_NAME", "SHARED_DEFAULT"):
        assert session.tutor("config", "printvalue", setting).out.strip() == winner


def test_what_a_package_requires_need_not_be_enabled(session: Session) -> None:
    """A package may require another for its code only: a warning with the command, and no other order."""
    for name, requires in (("app", "Requires-Dist: tutor-zbase\n"), ("zbase", "")):
        distribution(session.site, name, "", group="tutor.plugin.v1")
        with (session.site / f"tutor_{name}-1.0.0.dist-info" / "METADATA").open("a") as file:
            file.write(requires)
    said = session.tutor("plugins", "enable", "app").err
    assert "the package of plugin app requires plugin zbase, which is not enabled" in said
    assert "tutor plugins enable zbase" in said
    assert "requires plugin zbase" not in session.tutor("plugins", "enable", "zbase").err
    assert yaml.safe_load((session.root / "config.yml").read_text())["PLUGINS"] == ["app", "zbase"]


def test_settings_in_the_place_of_the_users(session: Session) -> None:
    """They count before those of config.yml, which stays the user's."""
    session.tutor("config", "save", "--set=PLATFORM_NAME=Mine")
    before = (session.root / "config.yml").read_text()
    said = enable(
        session,
        "school",
        """
        from tutor.hooks import Filters
        Filters.CONFIG_USER.add_items([("PLATFORM_NAME", "{{ SCHOOL_CITY }} school"), ("SCHOOL_CITY", "Ulm")])
        """,
    )
    assert "settings in the place of config.yml's: PLATFORM_NAME, SCHOOL_CITY" in said
    assert session.tutor("config", "printvalue", "PLATFORM_NAME").out == "Ulm school\n"
    explained = session.tutor("explain", "PLATFORM_NAME").out
    assert "plugin school" in explained
    assert (
        session.tutor("config", "printvalue", "PLATFORM_NAME", env={"TUTOR_PLATFORM_NAME": "Env"}).out
        == "Env\n"
    )
    session.tutor("plugins", "disable", "school")
    assert session.tutor("config", "printvalue", "PLATFORM_NAME").out == "Mine\n"
    after = yaml.safe_load((session.root / "config.yml").read_text())
    assert after == yaml.safe_load(before) | {"PLUGINS": []}


def test_a_plugin_is_told_that_another_is_disabled(session: Session, tmp_path: Path) -> None:
    """Not the one that is disabled: its code is not run, which may be why it goes."""
    for name in ("going", "staying"):
        enable(
            session,
            name,
            f"""
            import pathlib
            from tutor.hooks import Actions

            @Actions.PLUGIN_UNLOADED.add()
            def _told(name, root, config):
                pathlib.Path({str(tmp_path / name)!r}).write_text(f"{{name}} {{root}} {{config['PLUGINS']}}")
            """,
        )
    session.tutor("plugins", "disable", "going")
    assert (tmp_path / "staying").read_text() == f"going {session.root} ['staying']"
    assert not (tmp_path / "going").exists()


def test_what_is_generated_counts_before_a_default(session: Session) -> None:
    """Of whomever; an override, and the user, count before it."""
    enable(
        session,
        "both",
        """
        from tutor.hooks import Filters
        Filters.CONFIG_UNIQUE.add_items([("BOTH_A", "made"), ("BOTH_B", "made"), ("PLATFORM_NAME", "Made")])
        Filters.CONFIG_DEFAULTS.add_item(("BOTH_A", "default"))
        Filters.CONFIG_OVERRIDES.add_item(("BOTH_B", "override"))
        """,
    )
    saved = yaml.safe_load((session.root / "config.yml").read_text())
    assert (saved["BOTH_A"], saved["PLATFORM_NAME"]) == ("made", "Made")
    for name, value in (("BOTH_A", "made"), ("BOTH_B", "override"), ("PLATFORM_NAME", "Made")):
        assert session.tutor("config", "printvalue", name).out == f"{value}\n"
    session.tutor("config", "save", "--set=BOTH_A=mine")
    assert session.tutor("config", "printvalue", "BOTH_A").out == "mine\n"
