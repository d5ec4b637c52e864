"""``plugins.lock``: the same for the same plugins, another one for whatever Python would run otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.kit import distribution, write
from tutor.engines.digests import Difference, digests, pull
from tutor.engines.digests import differences as image_differences
from tutor.engines.find import Engine
from tutor.engines.report import Journal
from tutor.engines.run import Call, RecordingRunner, Result
from tutor.exceptions import PluginError
from tutor.plugins import discover
from tutor.plugins.digest import counts, digest
from tutor.plugins.lock import Lock, Locked, differences, now, read, requirement

if TYPE_CHECKING:
    from pathlib import Path

SHA = "a" * 64
OTHER = "b" * 64


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("tutormyapp/plugin.py", True),
        ("tutormyapp/templates/myapp/a", True),
        ("tutor_myapp-1.0.dist-info/entry_points.txt", True),
        ("tutor_myapp-1.0.dist-info/METADATA", False),
        ("tutor_myapp-1.0.dist-info/RECORD", False),
        ("tutor_myapp-1.0.dist-info/licenses/entry_points.txt", False),
        ("tutor_myapp-1.0.data/scripts/run", False),
        ("tutormyapp/__pycache__/plugin.cpython-311.pyc", False),
        ("../../../bin/run", False),
        ("/etc/passwd", False),
    ],
)
def test_what_counts(path: str, expected: bool) -> None:
    """What Python runs, and nothing that differs between installers and machines."""
    assert counts(path) is expected


def test_digest_depends_on_content_and_path_alone() -> None:
    """Not on the order."""
    one = digest({"a": b"1", "b": b"2"})
    assert one == digest({"b": b"2", "a": b"1"})
    assert (
        len({one, digest({"a": b"2", "b": b"1"}), digest({"a": b"1"}), digest({"c": b"1", "b": b"2"})}) == 4
    )


def test_file_is_stable_and_comes_back(root: Path) -> None:
    """Sorted, whatever the order in which it was found."""
    plugins = (Locked("two", "tutor-two", "2", "index", SHA), Locked("one", None, None, "one.yml", OTHER))
    lock = Lock(plugins, {"b:1": "sha256:2", "a:1": "sha256:1"})
    assert lock.serialized() == Lock(plugins[::-1], {"a:1": "sha256:1", "b:1": "sha256:2"}).serialized()
    root.mkdir()
    (root / "plugins.lock").write_bytes(lock.serialized())
    assert read(root).serialized() == lock.serialized()
    assert [plugin.name for plugin in read(root).plugins] == ["one", "two"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("plugins: [", "broken"),
        ("- a", "expected a list of plugins"),
        ("format_version: 2\nplugins: []", "format is 2"),
        ("format_version: 1\nplugins: [a]", "with a name"),
        ("format_version: 1\nplugins: [{name: 1, source: index}]", "name of plugin"),
        ("format_version: 1\nplugins: [{name: a}]", "source of plugin a"),
        ("format_version: 1\nplugins: [{name: a, source: index, sha256: abc}]", "no SHA-256"),
        ("format_version: 1\nplugins: []\nimages: {a: 1}", "digests of images"),
    ],
)
def test_broken_file(root: Path, content: str, words: str) -> None:
    """Says what is wrong, and what to do."""
    root.mkdir()
    (root / "plugins.lock").write_text(content)
    with pytest.raises(PluginError, match=words) as caught:
        read(root)
    assert caught.value.hint


def test_differences(site: Path, plugins_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of each kind."""
    monkeypatch.syspath_prepend(str(site))
    for name in ("same", "newer", "changed", "extra"):
        distribution(site, name, f"# {name}\n")
        module = f"tutor{name}/__init__.py"
        info = f"tutor_{name}-1.0.0.dist-info"
        write(site / info / "RECORD", f"{module},,\n{info}/METADATA,,\n{info}/entry_points.txt,,\n")
    write(plugins_root / "file.yml", "name: file\n")
    there = {plugin.name: plugin for plugin in now(discover(plugins_root))}
    assert all(plugin.sha256 for plugin in there.values())
    lock = Lock(
        (
            there["same"],
            Locked("newer", "tutor-newer", "0.9", "index", SHA),
            Locked("changed", "tutor-changed", "1.0.0", "index", SHA),
            Locked("missing", "tutor-missing", "3", "https://example.com/m.whl", SHA),
            Locked("file", None, None, "file.yml", SHA),
        )
    )
    found = {d.name: (d.kind, d.have, d.want) for d in differences(lock, discover(plugins_root))}
    assert found == {
        "newer": ("change", "1.0.0", "0.9"),
        "changed": ("reinstall", there["changed"].sha256, SHA),
        "missing": ("install", None, "3"),
        "extra": ("uninstall", "1.0.0", None),
        "file": ("unknown", there["file"].sha256, SHA),
    }
    assert [requirement(plugin) for plugin in lock.plugins[1:4:2]] == [
        "tutor-newer==0.9",
        "https://example.com/m.whl",
    ]


def test_a_changed_file_changes_the_digest(
    site: Path, plugins_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Although its installer's record says otherwise."""
    monkeypatch.syspath_prepend(str(site))
    module = distribution(site, "myapp", "# one\n")
    write(site / "tutor_myapp-1.0.0.dist-info" / "RECORD", "tutormyapp/__init__.py,sha256=abc,6\n")
    before = now(discover(plugins_root))
    assert before == now(discover(plugins_root))
    module.write_text("# two\n")
    assert now(discover(plugins_root))[0].sha256 != before[0].sha256


def test_digests_of_images() -> None:
    """Those of a registry, under the image's own name; empty for one that was built here."""

    def answer(call: Call) -> Result:
        known = {
            "docker.io/redis:7": '["mirror/copy@sha256:1", "redis@sha256:2"]',
            "local/built:1": "[]",
        }
        name = call.argv[-1]
        return Result(0, known[name]) if name in known else Result(1, "", "no such image")

    runner = RecordingRunner(answer)
    engine = Engine("docker", ("docker",), ("docker", "compose"))
    assert digests(runner, engine, ["docker.io/redis:7", "local/built:1", "gone:1"]) == {
        "docker.io/redis:7": "sha256:2",
        "local/built:1": "",
    }
    wanted = {"docker.io/redis:7": "sha256:2", "local/built:1": "sha256:3", "gone:1": "sha256:4"}
    assert [d.message for d in image_differences(runner, engine, wanted)] == [
        "image gone:1 is not on this machine; it should be sha256:4",
        "image local/built:1 is one that no registry knows, not sha256:3",
    ]


def test_an_image_is_pulled_by_its_digest() -> None:
    """And gets the name under which it is run; the port of a registry is no tag."""
    runner = RecordingRunner()
    engine = Engine("docker", ("docker",), ("docker", "compose"))
    pull(runner, engine, Difference("localhost:5000/me/redis:7", None, "sha256:4"), Journal())
    assert [call.argv[1:] for call in runner.calls] == [
        ("pull", "localhost:5000/me/redis@sha256:4"),
        ("tag", "localhost:5000/me/redis@sha256:4", "localhost:5000/me/redis:7"),
    ]
