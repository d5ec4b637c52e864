"""Functions that plugins call with values alone: what comes out is a fact of the interface."""

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.kit import write
from tutor import bindmount, config, env, fmt, hooks, plugins, serialize, tasks, types, utils
from tutor.core.hooks import Action, Filter, Registry, contexts
from tutor.exceptions import TutorError
from tutor.hooks import Contexts, Filters
from tutor.plugins import openedx

if TYPE_CHECKING:
    from pathlib import Path


def test_tables() -> None:
    rows = [("a", "bb", "c"), ("cccc", "d", "eeeeee"), ("x", "", "z")]
    assert utils.format_table(rows, separator=" | ") == "a    | bb | c\ncccc | d  | eeeeee\nx    |    | z"
    assert utils.format_table([("a", "bb"), ("cccc", "d")]) == "a   \tbb\ncccc\td"
    assert utils.format_table([("abc",)]) == "abc"
    assert utils.format_table([]) == ""


@pytest.mark.parametrize("url", ["http://a", "https://a/b"])
def test_addresses(url: str) -> None:
    assert utils.is_http(url)
    assert utils.is_url(url)


@pytest.mark.parametrize(
    "text", ["HTTP://x", "ftp://a", "/path", "", "http", "a.com", "httpx://a", "file:///x"]
)
def test_what_is_no_address(text: str) -> None:
    assert not utils.is_http(text)
    assert not utils.is_url(text)


def test_what_is_at_an_address(tmp_path: Path) -> None:
    path = write(tmp_path / "x.txt", "héllo\n")
    assert utils.read_url(str(path)) == "héllo\n"
    with pytest.raises(TutorError, match="no such file"):
        utils.read_url(str(tmp_path / "none.txt"))
    with pytest.raises(TutorError, match="refused"):
        utils.read_url("http://127.0.0.1:1/x")
    with pytest.raises(TutorError, match="nonsense"):
        utils.read_url("nonsense://127.0.0.1:1/x")
    path.write_bytes(b"\xff")
    with pytest.raises(TutorError, match="UTF-8"):
        utils.read_url(str(path))


def test_passwords() -> None:
    """As the usual platform hashes them, too."""
    assert utils.verify_encrypted(utils.encrypt("abc"), "abc")
    assert utils.verify_encrypted("$2a$12$n9Dg3mxdLJU/hF/sAHL7zu.ifLXbgpIHDrCisqVJe1g5qU.d4IHw2", "abc")
    assert not utils.verify_encrypted(utils.encrypt("abc"), "abd")
    assert not utils.verify_encrypted("garbage", "abc")
    assert not utils.verify_encrypted("", "abc")
    hashed = "4cc2a685608a03e0d8f0e2fd51eedb69eb83326e924b2fbc33acaaa42554b226"
    assert utils.uid_master_hash("master", "uid") == hashed


def test_commands_that_are_silent() -> None:
    """What is printed comes as it is; one that fails is an error."""
    assert utils.check_output("printf", r"\377") == b"\xff"
    assert utils.execute_silent("true") == 0
    with pytest.raises(TutorError, match="exit code 3: why"):
        utils.check_output("sh", "-c", "echo why >&2; exit 3")
    with pytest.raises(TutorError, match="exit code 3"):
        utils.execute_silent("sh", "-c", "exit 3")
    with pytest.raises(TutorError, match="nosuchthing"):
        utils.execute_silent("nosuchthing")


def test_folders(tmp_path: Path) -> None:
    utils.ensure_file_directory_exists(str(tmp_path / "a" / "b" / "file"))
    assert (tmp_path / "a" / "b").is_dir()
    (tmp_path / "file").touch()
    with pytest.raises(TutorError, match="a file is in its place"):
        utils.ensure_directory_exists(str(tmp_path / "file"))
    with pytest.raises(TutorError, match="a file is in its place"):
        utils.ensure_file_directory_exists(str(tmp_path / "file" / "x"))


def test_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 0)
    assert utils.is_root()
    monkeypatch.setattr(os, "getuid", lambda: 1000)
    assert not utils.is_root()
    assert utils.get_user_id() == 1000


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("[a, b]", ["a", "b"]),
        ("", None),
        ("a: [", "a: ["),
        ("@x", "@x"),
        ("*x", "*x"),
        ("a\nb", "a b"),
        ("'x'", "x"),
    ],
)
def test_values_as_typed(text: str, value: Any) -> None:
    assert serialize.parse(text) == value


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("A=1", ("A", 1)),
        ("A=b=c", ("A", "b=c")),
        ("A=[1,2]", ("A", [1, 2])),
        ("a-b=1", ("a-b", 1)),
        ("1A=2", ("1A", 2)),
        ("A=", ("A", "")),
        ("A=a: [", ("A", "a: [")),
        ("A", None),
        ("=1", None),
        ("A b=1", None),
        ("A.B=1", None),
        ("é=1", None),
    ],
)
def test_assignments_as_typed(text: str, found: tuple[str, Any] | None) -> None:
    assert serialize.parse_key_value(text) == found


def test_documents() -> None:
    stream = io.StringIO()
    serialize.dump_all([{"a": 1}, {"b": [2]}], stream)
    assert stream.getvalue() == "a: 1\n---\nb:\n- 2\n"
    assert list(serialize.load_all(stream.getvalue())) == [{"a": 1}, {"b": [2]}]


@pytest.mark.parametrize(
    ("value", "text"),
    [("text", "text"), ("1", "1"), ("a\nb", "a\nb"), ("", ""), (None, "null"), (True, "true"), (3, "3")],
)
def test_values_as_shown(value: Any, text: str) -> None:
    assert serialize.str_format(value) == text


def test_types_of_settings() -> None:
    """They are types: plugins compute with them."""
    assert types.Config | None
    assert types.cast_config({"A": 1}) == {"A": 1}
    wrongs: list[Any] = [[], None, {1: 2}]
    for wrong in wrongs:
        with pytest.raises(TutorError):
            types.cast_config(wrong)


def test_where_lines_go(capsys: pytest.CaptureFixture[str]) -> None:
    """A line of a plugin's command is a result, unless it says otherwise."""
    fmt.echo("a")
    fmt.echo("b", True)
    fmt.echo("c", err=True)
    assert capsys.readouterr() == ("a\n", "b\nc\n")


@pytest.mark.usefixtures("registry")
def test_settings_in_dictionaries(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are filled in place, and nothing that is there is overwritten, but by variables."""
    Filters.CONFIG_DEFAULTS.add_item(("P_DEFAULT", "{{ LMS_HOST }}p"))
    Filters.CONFIG_UNIQUE.add_item(("P_UNIQUE", "{{ 4|random_string }}"))
    Filters.CONFIG_OVERRIDES.add_items([("CMS_HOST", "over.{{ LMS_HOST }}"), ("ID", "mine")])
    names = ("P_DEFAULT", "P_UNIQUE", "CMS_HOST", "ID", "LMS_HOST")
    base: types.Config = {"LMS_HOST": "own"}
    config.update_with_base(base)
    assert [base.get(n) for n in names] == [
        None,
        "{{ 4|random_string }}",
        "over.{{ LMS_HOST }}",
        "mine",
        "own",
    ]
    assert {"PLUGINS", "PLUGIN_INDEXES", "MYSQL_ROOT_PASSWORD"} <= base.keys()
    defaults: types.Config = {"LMS_HOST": "own"}
    config.update_with_defaults(defaults)
    assert [defaults.get(n) for n in names] == ["{{ LMS_HOST }}p", None, "studio.{{ LMS_HOST }}", None, "own"]
    monkeypatch.setenv("TUTOR_LMS_HOST", "env.host")
    monkeypatch.setenv("TUTOR_UNKNOWN", "1")
    monkeypatch.setenv("TUTOR_ENABLE_HTTPS", "true")
    found: types.Config = {"LMS_HOST": "own", "ENABLE_HTTPS": False}
    config.update_with_env(found)
    assert found == {"LMS_HOST": "env.host", "ENABLE_HTTPS": True}


def test_merged_settings() -> None:
    """Whole values, which are nobody else's afterwards."""
    found: dict[str, Any] = {"A": 1, "D": {"x": 1}}
    base = {"A": 2, "B": {"y": [1]}, "D": {"x": 2, "z": 3}}
    config.merge(found, base)
    found["B"]["y"].append(2)
    assert found == {"A": 1, "D": {"x": 1}, "B": {"y": [1, 2]}}
    assert base["B"] == {"y": [1]}


@pytest.mark.usefixtures("registry")
def test_resolved_settings() -> None:
    found: types.Config = {"A": "{{ B }}-x", "B": "b", "L": ["{{ A }}"], "D": {"{{ B }}": "{{ A }}"}, "N": 3}
    config.render_full(found)
    assert found == {"A": "b-x", "B": "b", "L": ["b-x"], "D": {"{{ B }}": "b-x"}, "N": 3}
    wrong: types.Config = {"A": "{{ B }}", "B": "b", "C": "{{ NOPE }}"}
    with pytest.raises(TutorError, match="NOPE"):
        config.render_full(wrong)
    assert wrong == {"A": "{{ B }}", "B": "b", "C": "{{ NOPE }}"}


def test_what_settings_say_of_plugins_and_services() -> None:
    assert config.get_enabled_plugins({}) == []
    assert config.get_enabled_plugins({"PLUGINS": ["b", "a"]}) == ["b", "a"]
    with pytest.raises(TutorError, match="PLUGINS"):
        config.get_enabled_plugins({"PLUGINS": "x"})
    assert config.is_service_activated({"RUN_LMS": True}, "lms")
    assert not config.is_service_activated({"RUN_LMS": False}, "lms")
    with pytest.raises(TutorError, match="RUN_NONE"):
        config.is_service_activated({}, "none")


def test_settings_in_a_file(tmp_path: Path) -> None:
    path = write(tmp_path / "a.yml", "A: 1\nB: [x]\n")
    assert config.get_yaml_file(str(path)) == {"A": 1, "B": ["x"]}
    for wrong in ("A: [\n", "- 1\n", ""):
        with pytest.raises(TutorError):
            config.get_yaml_file(str(write(tmp_path / "b.yml", wrong)))
    with pytest.raises(TutorError, match="No such file"):
        config.get_yaml_file(str(tmp_path / "none.yml"))


@pytest.mark.parametrize(
    ("version", "release"),
    [
        ("3.0.0", "ironwood"),
        ("10.4.0", "juniper"),
        ("13.1.0", "maple"),
        ("20.0.0-main", "teak"),
        ("22.0.3", "verawood"),
    ],
)
def test_releases(version: str, release: str) -> None:
    assert env.get_release(version) == release


@pytest.mark.parametrize("version", ["4.0", "23.0.0", "garbage", ""])
def test_versions_that_are_not_known(version: str) -> None:
    with pytest.raises(TutorError, match="No version"):
        env.get_release(version)


def test_the_version_of_an_environment(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = str(tmp_path)
    asked = (env.current_version, env.is_up_to_date, env.get_env_release, env.should_upgrade_from_release)
    assert [ask(root) for ask in asked] == [None, True, None, None]
    write(tmp_path / "env" / "version", "22.0.3\n")
    assert [ask(root) for ask in asked] == ["22.0.3", True, "verawood", None]
    env.check_is_up_to_date(root)
    assert capsys.readouterr().err == ""
    write(tmp_path / "env" / "version", "14.0.0")
    assert [ask(root) for ask in asked] == ["14.0.0", False, "nutmeg", "nutmeg"]
    env.check_is_up_to_date(root)
    assert "14.0.0" in capsys.readouterr().err


def test_files_by_their_names() -> None:
    assert all(map(env.is_binary_file, ("a.png", "b/a.patch", "a.woff2")))
    assert not any(map(env.is_binary_file, ("a.txt", "a.PNG", ".ico")))
    assert env.is_rendered("a/b.txt")
    assert not env.is_rendered("a/partials/b")
    assert not env.is_rendered("a/__pycache__/b.pyc")


def test_paths_of_a_project() -> None:
    assert env.root_dir("/r") == "/r"
    assert env.base_dir("/r") == env.pathjoin("/r") == "/r/env"
    assert env.pathjoin("/r", "a", "b") == "/r/env/a/b"
    assert env.data_path("/r", "a") == "/r/data/a"
    assert config.config_path("/r") == "/r/config.yml"


@pytest.mark.usefixtures("registry")
def test_templates_of_a_folder(tmp_path: Path) -> None:
    """Those that become files; what is no text, and a patch, is copied."""
    templates = tmp_path / "templates"
    write(templates / "mine" / "a.txt", "{{ NAME }}")
    write(templates / "mine" / "deep" / "fix.patch", "+{% trans %}\n")
    write(templates / "mine" / "partials" / "part.txt", "")
    (templates / "mine" / "data.bin").write_bytes(b"\xff\x00{{ NAME }}")
    Filters.ENV_TEMPLATE_ROOTS.add_item(str(templates))
    settings: types.Config = {"NAME": "x", "A_HOST": "h", "B_HOST": ""}
    renderer = env.Renderer(settings)
    names = ["mine/a.txt", "mine/data.bin", "mine/deep/fix.patch"]
    assert sorted(renderer.iter_templates_in("mine")) == sorted(renderer.walk_templates("mine")) == names
    assert list(renderer.iter_templates_in("mine", "a.txt")) == ["mine/a.txt"]
    assert list(renderer.iter_values_named(suffix="_HOST")) == ["h"]
    assert list(renderer.iter_values_named(suffix="_HOST", allow_empty=True)) == ["h", ""]
    assert env.render_file(settings, "mine", "data.bin") == b"\xff\x00{{ NAME }}"
    env.save_all_from("mine", str(tmp_path / "out"), settings)
    assert (tmp_path / "out/mine/a.txt").read_text() == "x"
    assert (tmp_path / "out/mine/deep/fix.patch").read_text() == "+{% trans %}\n"
    assert not (tmp_path / "out/mine/partials").exists()
    write(templates / "mine" / "wrong.txt", "{{ NOPE }}")
    with pytest.raises(TutorError, match="NOPE"):
        env.save_all_from("mine", str(tmp_path / "other"), settings)
    assert not (tmp_path / "other").exists()


def test_templates_without_settings() -> None:
    assert env.Renderer().render_str("{{ TUTOR_APP }}") == "tutor"
    assert env.Renderer().config == {}
    assert env.read_core_template_file("version").strip() == "{{ TUTOR_VERSION }}"
    assert os.path.isdir(env.TEMPLATES_ROOT)


@pytest.mark.usefixtures("registry")
def test_mounts() -> None:
    explicit, implicit = "lms,cms:/a:/b", "/x/something"
    assert bindmount.parse_explicit_mount(explicit) == [("lms", "/a", "/b"), ("cms", "/a", "/b")]
    assert bindmount.parse_implicit_mount(explicit) == bindmount.parse_explicit_mount(implicit) == []
    Filters.COMPOSE_MOUNTS.add()(
        lambda found, name: [*found, ("lms", "/mnt")] if name == "something" else found
    )
    Filters.MOUNTED_DIRECTORIES.add_item(("openedx", "something"))
    assert bindmount.parse_implicit_mount(implicit) == [
        ("openedx", "/x/something", "/mnt/something"),
        ("lms", "/x/something", "/mnt"),
    ]
    assert list(openedx.iter_mounted_directories([implicit], "openedx")) == ["something"]
    assert openedx.is_directory_mounted("openedx", "something")
    assert not openedx.is_directory_mounted("openedx", "else")
    assert bindmount.get_mounts({"MOUNTS": ["a"]}) == ["a"]
    with pytest.raises(TutorError, match="MOUNTS"):
        bindmount.get_mounts({"MOUNTS": "x"})


def test_where_plugins_are(monkeypatch: pytest.MonkeyPatch) -> None:
    assert plugins.base.PLUGINS_ROOT_ENV_VAR_NAME == "TUTOR_PLUGINS_ROOT"
    monkeypatch.setenv("TUTOR_PLUGINS_ROOT", "/somewhere")
    assert plugins.base.PLUGINS_ROOT == "/somewhere"


@pytest.mark.usefixtures("registry")
def test_contexts_of_the_first_releases() -> None:
    """Of API v1: a module of hooks, and a function for the context of a plugin."""
    with hooks.contexts.enter("mine"), Contexts.APP("app").enter():
        Filters.ENV_PATCHES.add_item(("a", "b"))
    for name in ("mine", Contexts.app("app").name):
        assert list(Filters.ENV_PATCHES.iterate_from_context(name)) == [("a", "b")]
    assert contexts.Context is hooks.contexts.Context
    assert Filter is hooks.filters.Filter
    assert Action is hooks.actions.Action


def test_one_patch_point_as_a_hook(registry: Registry) -> None:
    """As the first releases of API v1 had it."""
    Filters.ENV_PATCHES.add_items([("a", "1"), ("b", "2")])
    Filters.ENV_PATCH("a").add_item("3")
    Filters.ENV_PATCH("b").add()(lambda contents: [content * 2 for content in contents])
    assert sorted(Filters.ENV_PATCHES.iterate()) == [("a", "1"), ("a", "3"), ("b", "22")]
    assert list(Filters.ENV_PATCH("a").iterate()) == ["1", "3"]
    assert {entry.origin.file for entry in registry.entries(Filters.ENV_PATCHES)} == {__file__}


def test_all_hooks_of_a_kind_are_forgotten(registry: Registry) -> None:
    with contexts.enter("gone"):
        Filters.ENV_PATCHES.add_item(("a", "gone"))
    Filters.ENV_PATCHES.add_item(("a", "stays"))
    hooks.Actions.CORE_READY.add()(lambda: None)
    Filter.clear_all("gone")
    assert list(Filters.ENV_PATCHES.iterate()) == [("a", "stays")]
    Filter.clear_all()
    assert list(Filters.ENV_PATCHES.iterate()) == []
    assert registry.entries(hooks.Actions.CORE_READY)
    Action.clear_all()
    assert not registry.entries(hooks.Actions.CORE_READY)


def test_a_runner_of_a_plugin() -> None:
    """What a subclass runs is rendered; names of 2022 lead there, too."""
    ran = []

    class Runner(tasks.BaseComposeTaskRunner):
        def run_task(self, service: str, command: str) -> int:
            ran.append((service, command))
            return 0

    runner = Runner("/root", {"NAME": "x"})
    runner.run_task_from_str("lms", "echo {{ NAME }}\n")
    runner.run_job("cms", "true")
    runner.run_job_from_template("lms", "version")
    assert ran == [("lms", "echo x"), ("cms", "true"), ("lms", runner.render("version"))]
    with pytest.raises(NotImplementedError):
        runner.docker_compose("ps")
    assert sys.modules["tutor.jobs"].BaseJobRunner is tasks.BaseTaskRunner
