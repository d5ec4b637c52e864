"""See it before it happens: plans, dry runs, plans in files."""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.kit import distribution, fingerprint, write
from tutor import serialize
from tutor.env.history import note_deployed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.kit import Session

    Golden = Callable[[Session], None]

#: There is no engine: what needs one is said to be unknown.
NO_ENGINE = {"TUTOR_ENGINE": "none"}
PLUGIN = """
    config = {
        "add": {"PASSWORD": "{{ 20|random_string }}"},
        "defaults": {"GREETING": "Welcome to {{ PLATFORM_NAME }}"},
        "set": {"ATLAS_OPTIONS": "--myapp"},
    }
    patches = {
        "lms-env": 'MYAPP_GREETING: "{{ MYAPP_GREETING }}"\\nMYAPP_PASSWORD: "{{ MYAPP_PASSWORD }}"',
        "local-docker-compose-services": "myapp:\\n  image: {{ DOCKER_IMAGE_REDIS }}",
    }
    """


def with_plugin(session: Session) -> None:
    """The plugin is installed, not enabled."""
    distribution(session.site, "myapp", PLUGIN)


def plan(session: Session, *arguments: str, code: int = 2, env: dict[str, str] | None = None) -> Any:
    """The plan as data."""
    return json.loads(session.tutor("plan", "--json", *arguments, code=code, env=env or NO_ENGINE).out)


def test_enabling(small: Session, golden: Golden) -> None:
    """What a plugin would bring, with its name at every piece; and what it would take with it."""
    with_plugin(small)
    small.tutor("plugins", "enable", "myapp", "--dry-run", code=2, env=NO_ENGINE)
    small.tutor("plugins", "list")
    small.tutor("plugins", "enable", "myapp")
    small.tutor("plugins", "enable", "myapp", "--dry-run", code=2, env=NO_ENGINE)
    small.tutor("plugins", "disable", "myapp", "--dry-run", code=2)
    golden(small)


def test_saving(small: Session, golden: Golden) -> None:
    """What a setting would change: by whom, what follows it, and which lines of which templates read it."""
    small.tutor("config", "save", "--set", "PLATFORM_NAME=Ours", "--set", "SMTP_PORT=25", "--dry-run", code=2)
    small.tutor("config", "save", "--dry-run")
    small.tutor("config", "save", "--set", "LMS_HOST=a b", "--dry-run", code=1)
    golden(small)


def test_launching(small: Session, golden: Golden) -> None:
    """With the options of the launch that is shown; what they mean for images is told by an engine alone."""
    small.tutor("local", "launch", "--dry-run", code=2, env=NO_ENGINE)
    small.tutor(*("local", "launch", "--dry-run", "--skip-build", "--pullimages"), code=2, env=NO_ENGINE)
    golden(small)


def test_narrow(small: Session, golden: Golden) -> None:
    """On a terminal of 60 columns, words are broken into lines."""
    with_plugin(small)
    small.tutor(*("plugins", "enable", "myapp", "--dry-run"), code=2, env={**NO_ENGINE, "COLUMNS": "60"})
    golden(small)


def test_hand_edits(small: Session, golden: Golden) -> None:
    """Are seen and shown, and kept when the file is written: also a second one of the same file."""
    for text in ("# mine\n", "# mine too\n"):
        with (small.root / "env/apps/caddy/Caddyfile").open("a") as file:
            file.write(text)
        small.tutor("plan", code=2, env=NO_ENGINE)
        small.tutor("config", "save")
    kept = small.root / ".tutor/edited/apps/caddy"
    small.note("\n".join(f"{path.name}: {path.read_text()[-11:]}" for path in sorted(kept.iterdir())))
    golden(small)


def test_a_change_of_a_file_that_was_edited_too(small: Session, golden: Golden) -> None:
    """Both are said, each where it is."""
    file = small.root / "env/apps/openedx/config/lms.env.yml"
    file.write_text(file.read_text().replace("\n", "\n# mine\n", 1))
    small.tutor("config", "save", "--set", "PLATFORM_NAME=Ours", "--dry-run", code=2)
    golden(small)


def test_the_first_environment_is_not_the_plugins(empty_session: Session) -> None:
    """Its files are there without the plugin, too."""
    folder = "    from pathlib import Path\n    templates = str(Path(__file__).parent / 'templates')\n"
    distribution(
        empty_session.site,
        "myapp",
        folder + PLUGIN.lstrip("\n"),
        files={"templates/myapp/apps/own.txt": "text\n"},
    )
    said = empty_session.tutor("plugins", "enable", "myapp").err
    assert "new files: plugins/myapp/apps/own.txt\n" in said
    assert "Caddyfile" not in said


def test_a_patch_that_gets_shorter_is_a_change_of_its_plugin(session: Session) -> None:
    """Not of tutor's template: also when an earlier generation comes back."""
    plugin = "name: mine\nversion: '1'\npatches:\n  lms-env: |\n    A: 1\n"
    path = write(session.plugins_root / "mine.yml", plugin)
    session.tutor("plugins", "enable", "mine")
    write(path, plugin + "    B: 2\n")
    session.tutor("config", "save")
    session.tutor("rollback", "--yes", env=NO_ENGINE)
    for command in (("config", "save", "--dry-run"), ("rollback", "--dry-run")):
        shown = session.tutor(*command, code=2, env=NO_ENGINE).out
        assert "plugin mine 1, patch lms-env" in shown
        assert "template of tutor" not in shown
    session.tutor("config", "save")
    shown = session.tutor("rollback", "--dry-run", code=2, env=NO_ENGINE).out
    assert "-B: 2" in shown
    assert "plugin mine 1, patch lms-env" in shown
    assert "template of tutor" not in shown


@pytest.mark.parametrize(
    "arguments",
    [
        ("plan",),
        ("plan", "--json", "--full"),
        ("config", "save", "--set", "PLATFORM_NAME=Ours", "--dry-run"),
        ("plugins", "enable", "myapp", "--dry-run"),
        ("local", "launch", "--dry-run"),
        ("dev", "launch", "--dry-run"),
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("new", [True, False], ids=["new", "saved"])
def test_nothing_is_written(arguments: tuple[str, ...], session: Session, new: bool, tmp_path: Path) -> None:
    """Not in the project, not beside it."""
    with_plugin(session)
    if new:
        for path in (session.root / "env", session.root / ".tutor"):
            path.rename(tmp_path / path.name)
    else:
        with (session.root / "config.yml").open("a") as file:
            file.write("PLATFORM_NAME: Theirs\n")
    before = fingerprint(session.root.parent)
    session.tutor(*arguments, code=2, env=NO_ENGINE)
    assert fingerprint(session.root.parent) == before


def test_a_project_that_is_not_there_stays_so(empty_session: Session) -> None:
    """Everything would be new."""
    found = plan(empty_session)
    assert not empty_session.root.exists()
    assert found["config"]
    assert {change["action"] for change in found["files"]} == {"created"}
    assert "OPENEDX_SECRET_KEY" in found["generated"]


def test_without_an_engine_what_needs_it_is_unknown(session: Session) -> None:
    """Said with the reason; the rest is told, and the exit code is that of the rest."""
    found = plan(session)
    assert found["services"] == []
    assert "services and images: The container engine none is not installed" in found["unknown"][0]
    assert [task["reason"] for task in found["tasks"]] == ["it has not run yet"] * 4


def test_no_secret_is_shown(session: Session) -> None:
    """Neither generated ones nor what is computed from them, as text, data or page, before or after."""
    with_plugin(session)
    session.tutor("plugins", "enable", "myapp")
    old = (session.root / "config.yml").read_text()
    new = {
        "MYSQL_ROOT_PASSWORD": "n3w%$pass",
        "MYAPP_PASSWORD": "anotherOne77",
        "OPENEDX_SECRET_KEY": "k" * 24,
    }
    with_keys = serialize.load(old.encode())
    (session.root / "config.yml").write_text(serialize.dumps({**with_keys, **new}))
    page = session.root / "page.html"
    shown = [
        session.tutor("plan", "--full", code=2, env=NO_ENGINE).out,
        session.tutor("plan", "--json", "--html", str(page), code=2, env=NO_ENGINE).out,
        page.read_text(),
    ]
    secrets = [*new.values(), *(with_keys[name] for name in new)]
    for text in shown:
        assert "MYSQL_ROOT_PASSWORD" in text
        for secret in secrets:
            assert secret not in text


def test_a_new_key_shows_nothing_of_it(session: Session) -> None:
    """The parts of a key are in a file of settings, each under a name of one letter."""
    values = serialize.load((session.root / "config.yml").read_bytes())
    del values["JWT_RSA_PRIVATE_KEY"]
    (session.root / "config.yml").write_text(serialize.dumps(values))
    out = session.tutor("plan", "--full", code=2, env=NO_ENGINE).out
    assert re.search(r'\+ +"d": "\*+"', out)
    assert not re.search(r'"(d|p|q|dp|dq|qi)": "[^*"]{20,}"', out)


def test_colours(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only on a terminal, and not where NO_COLOR is set."""
    monkeypatch.setattr("click._compat.isatty", lambda stream: True)
    arguments = ("config", "save", "--set", "PLATFORM_NAME=Ours", "--dry-run")
    assert "\x1b[" in session.tutor(*arguments, code=2).out
    assert "\x1b[" not in session.tutor(*arguments, code=2, env={"NO_COLOR": "1"}).out


def test_the_page_shows_texts_of_plugins_as_texts(session: Session) -> None:
    """Whatever they hold."""
    evil = "<script>alert('x')</script>"
    write(
        session.plugins_root / "evil.yml",
        f"""
        name: evil
        version: "{evil}"
        config: {{defaults: {{TEXT: "{evil}"}}}}
        patches:
          lms-env: |
            # {evil}
        """,
    )
    session.tutor("plugins", "enable", "--no-save", "evil")
    page = session.root / "page.html"
    session.tutor("plan", "--html", str(page), code=2, env=NO_ENGINE)
    text = page.read_text()
    assert "<script" not in text
    assert "&lt;script&gt;alert(" in text
    assert "default-src 'none'" in text


class TestPlansInFiles:
    """`tutor plan -o FILE`, and `tutor apply FILE`."""

    def made(self, session: Session) -> Path:
        """A plan for a setting that somebody wrote into the file."""
        with_plugin(session)
        session.tutor("plugins", "enable", "myapp")
        with (session.root / "config.yml").open("a") as file:
            file.write("PLATFORM_NAME: Ours\n")
        path = session.root.parent / "plan.json"
        session.tutor("plan", "-o", str(path), code=2, env=NO_ENGINE)
        session.transcript.clear()
        return path

    def test_only_its_owner_may_read_it_and_it_holds_no_secret(self, session: Session) -> None:
        path = self.made(session)
        assert path.stat().st_mode & 0o777 == 0o600
        text = path.read_text()
        values = serialize.load((session.root / "config.yml").read_bytes())
        secrets = [
            v for k, v in values.items() if isinstance(v, str) and re.search("PASSWORD|SECRET|KEY$", k)
        ]
        assert len(secrets) > 4
        assert not [secret for secret in secrets if secret in text]

    @pytest.mark.parametrize(
        "since",
        ["setting", "plugin", "file", "project"],
    )
    def test_stale(self, since: str, session: Session, golden: Golden) -> None:
        """Says what has changed since, and changes nothing."""
        path = self.made(session)
        if since == "setting":
            with (session.root / "config.yml").open("a") as file:
                file.write("CONTACT_EMAIL: us@example.com\n")
        elif since == "plugin":
            module = next(session.site.glob("tutormyapp/__init__.py"))
            module.write_text(module.read_text() + "\n# another one\n")
        elif since == "file":
            (session.root / "env/apps/redis/redis.conf").write_text("# mine\n")
        else:
            (session.root / ".tutor/plan.key").unlink()
        before = fingerprint(session.root / "config.yml", session.root / "env")
        session.tutor("apply", str(path), code=1, env=NO_ENGINE)
        assert fingerprint(session.root / "config.yml", session.root / "env") == before
        golden(session)

    @pytest.mark.parametrize("how", ["edited", "another", "broken", "missing"])
    def test_tampered(self, how: str, session: Session, golden: Golden) -> None:
        """Is refused, and changes nothing."""
        path = self.made(session)
        if how == "edited":
            path.write_text(path.read_text().replace("Ours", "Theirs"))
        elif how == "another":
            path.write_text('{"kind": "shopping list"}')
        elif how == "broken":
            path.write_bytes(path.read_bytes()[:100])
        else:
            path.unlink()
        before = fingerprint(session.root)
        session.tutor("apply", str(path), code=1, env=NO_ENGINE)
        assert fingerprint(session.root) == before
        golden(session)


def test_apply_needs_somebody_to_ask(session: Session, golden: Golden) -> None:
    """Or an engine, before that."""
    session.tutor("apply", code=1, env=NO_ENGINE)
    golden(session)


def test_the_data_has_a_version(session: Session) -> None:
    """And the names of its parts."""
    found = plan(session)
    assert found["format_version"] == 1
    assert set(found) == {
        *("format_version", "changes", "side", "settings", "generated", "config", "files", "images"),
        *("services", "tasks", "unknown", "warnings", "commands"),
    }
    assert os.environ.get("TUTOR_ENGINE") is None


def test_no_cluster(small: Session) -> None:
    """Where no cluster answers, a plan says so and tells the rest; applying it changes nothing."""
    nowhere = {"KUBECONFIG": str(write(small.root.parent / "kubeconfig", ""))}
    small.tutor("config", "save", "--set", "PLATFORM_NAME=Ours")
    found = plan(small, "--on", "k8s", env=nowhere)
    assert found["side"] == "k8s"
    assert [text.partition(":")[0] for text in found["unknown"]] == ["objects on the cluster"]
    assert found["services"] == []
    assert {task["reason"] for task in found["tasks"]} == {
        "the cluster was not brought to what was saved last"
    }
    before = fingerprint(small.root / "config.yml", small.root / "env")
    out = small.tutor("apply", "--on", "k8s", "--yes", code=1, env=nowhere)
    assert "What would change cannot be found out: objects on the cluster" in out.err
    assert fingerprint(small.root / "config.yml", small.root / "env") == before
    note_deployed(small.root, "k8s", {})
    assert plan(small, "--on", "k8s", env=nowhere, code=0)["tasks"] == []
    small.tutor("config", "save", "--set", "PLATFORM_NAME=Theirs")
    found = plan(small, "--on", "k8s", env=nowhere)
    assert {task["reason"] for task in found["tasks"]} == {"all run when something changes on a cluster"}
