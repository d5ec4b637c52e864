"""A ``config.yml``, a value or a variable that is wrong: one message, and nothing is changed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.kit import distribution, project_state, write

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.kit import Session

    Golden = Callable[[Session], None]

#: Name of the test → content of config.yml.
BROKEN = {
    "syntax": b"LMS_HOST: learn.example.com\nPLUGINS: [one\nX_PASSWORD: hidden\n",
    "bad_indentation": b"A: 1\n  B: 2\n",
    "tab": b"A:\n\t- 1\n",
    "list": b"- LMS_HOST\n",
    "text": b"LMS_HOST=learn.example.com\n",
    "not_utf8": b"PLATFORM_NAME: \xe9cole\n",
    "number_as_name": b"1: one\n",
    "tag": b"LMS_HOST: !!python/object/apply:os.system ['true']\n",
    "null_bytes": b"A: 1\x00\n",
    "plugins_is_a_text": b"PLUGINS: myapp\n",
    "plugins_of_numbers": b"PLUGINS: [1, 2]\n",
}

#: Name of the test → arguments of `tutor config save`.
WRONG_VALUES = {
    "port_is_text": ["--set", "CADDY_HTTP_PORT=http"],
    "port_is_true": ["--set", "CADDY_HTTP_PORT=true"],
    "port_is_too_big": ["--set", "CADDY_HTTP_PORT=65536"],
    "workers_are_none": ["--set", "OPENEDX_LMS_UWSGI_WORKERS=0"],
    "flag_is_a_number": ["--set", "ENABLE_HTTPS=1"],
    "flag_is_text": ["--set", "ENABLE_HTTPS=maybe"],
    "number_is_a_list": ["--set", "SMTP_PORT=[a, b]"],
    "host_is_empty": ["--set", "LMS_HOST="],
    "list_is_text": ["--set", "MOUNTS=lms"],
    "host_with_scheme": ["--set", "LMS_HOST=https://learn.example.com"],
    "host_with_space": ["--set", "LMS_HOST=learn example"],
    "email_without_at": ["--set", "CONTACT_EMAIL=nobody"],
    "not_yaml": ["--set", "MOUNTS=[a"],
    "secret_is_not_yaml": ["--set", "MYAPP_PASSWORD=[topsecret"],
    "no_equals": ["--set", "PLATFORM_NAME"],
    "no_name": ["--set", "=x"],
    "name_with_dash": ["--set", "LMS-HOST=x"],
    "append_to_text": ["--append", "PLATFORM_NAME=x"],
    "remove_from_text": ["--remove", "PLATFORM_NAME=x"],
    "unset_unknown": ["--unset", "LSM_HOST"],
    "template_syntax": ["--set", "PLATFORM_NAME={{ oops"],
    "template_comment": ["--set", "PLATFORM_NAME='colour {#fff'"],
    "template_undefined": ["--set", "PLATFORM_NAME={{ NOPE }}"],
    "template_undefined_secret": ["--set", "SMTP_PASSWORD=topsecret{{ NOPE }}"],
    "cycle_of_two": ["--set", "LMS_HOST={{ CMS_HOST }}"],
    "cycle_of_one": ["--set", "PLATFORM_NAME={{ PLATFORM_NAME }}"],
    "cycle_of_three": [
        *("--set", "MYSQL_HOST={{ REDIS_HOST }}"),
        *("--set", "REDIS_HOST={{ SMTP_HOST }}"),
        *("--set", "SMTP_HOST={{ MYSQL_HOST }}"),
    ],
    "unknown_option": ["--sett", "A=1"],
}


@pytest.mark.parametrize("case", BROKEN)
def test_broken(case: str, session: Session, golden: Golden) -> None:
    """No command goes on, none changes anything, and no value of a line is shown."""
    (session.root / "config.yml").write_bytes(BROKEN[case])
    distribution(session.site, "myapp", "")
    before = project_state(session.root)
    session.tutor("config", "save", code=1)
    session.tutor("config", "printvalue", "LMS_HOST", code=1)
    session.tutor("plugins", "enable", "myapp", code=1)
    session.tutor("plugins", "disable", "myapp", code=1)
    session.tutor("plugins", "enable", "--no-save", "myapp", code=1)
    session.tutor("plugins", "list", code=1)
    assert project_state(session.root) == before
    assert "hidden" not in "".join(session.transcript)
    golden(session)


def test_it_is_a_folder(session: Session, golden: Golden) -> None:
    """Something else is in its place."""
    (session.root / "config.yml").unlink()
    (session.root / "config.yml").mkdir()
    before = project_state(session.root)
    session.tutor("config", "save", code=1)
    session.tutor("plugins", "list", code=1)
    assert project_state(session.root) == before
    golden(session)


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_it_may_not_be_read(session: Session) -> None:
    """Like somebody else's."""
    (session.root / "config.yml").chmod(0)
    before = session.root.joinpath("config.yml").stat()
    result = session.tutor("config", "save", code=1)
    assert "cannot be read: Permission denied" in result.err
    assert session.root.joinpath("config.yml").stat() == before


@pytest.mark.parametrize("case", WRONG_VALUES)
def test_wrong_value(case: str, session: Session, golden: Golden) -> None:
    """Key, value and type are named; a secret is not shown."""
    before = project_state(session.root)
    session.tutor("config", "save", *WRONG_VALUES[case], code=1)
    assert project_state(session.root) == before
    assert "topsecret" not in "\n".join(line for line in session.transcript if not line.startswith("$"))
    golden(session)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TUTOR_CADDY_HTTP_PORT", "http"),
        ("TUTOR_LMS_HOST", "[a"),
        ("TUTOR_ENABLE_HTTPS", "12"),
        ("TUTOR_PLATFORM_NAME", "{{ NOPE }}"),
        ("TUTOR_MOUNTS", "[topsecret"),
    ],
    ids=lambda value: value if value.startswith("TUTOR") else "",
)
def test_wrong_variable(name: str, value: str, session: Session, golden: Golden) -> None:
    """The variable is named, with its prefix."""
    before = project_state(session.root)
    session.tutor("config", "save", code=1, env={name: value})
    assert project_state(session.root) == before
    assert "topsecret" not in "\n".join(session.transcript)
    assert name in session.transcript[-2] + session.transcript[-3]
    golden(session)


def test_wrong_value_of_a_plugin(session: Session, golden: Golden) -> None:
    """The plugin is named, and that the user's value would win."""
    distribution(session.site, "myapp", 'config = {"set": {"CADDY_HTTP_PORT": "eighty"}}\n')
    before = project_state(session.root)
    session.tutor("plugins", "enable", "myapp", code=1)
    assert project_state(session.root) == before
    golden(session)


def test_cycle_through_a_plugin(session: Session, golden: Golden) -> None:
    """Every step of the cycle says where it is from."""
    distribution(
        session.site,
        "myapp",
        'config = {"defaults": {"HOST": "app.{{ LMS_HOST }}"}, "set": {"LMS_HOST": "{{ CMS_HOST }}"}}\n',
    )
    before = project_state(session.root)
    session.tutor("plugins", "enable", "myapp", code=1)
    assert project_state(session.root) == before
    golden(session)


def test_unknown_setting(session: Session, golden: Golden) -> None:
    """It is kept, and reported with the nearest real name; one of a plugin that is off is no mistake."""
    distribution(session.site, "myapp", 'config = {"defaults": {"GREETING": "hello"}}\n')
    session.tutor("config", "save", "--set", "LSM_HOST=x", "--set", "MYAPP_GREETING=y", "--set", "lms_host=z")
    text = (session.root / "config.yml").read_text()
    assert "LSM_HOST: x\n" in text
    assert "MYAPP_GREETING: y\n" in text
    session.tutor("config", "printvalue", "LSM_HOST")
    session.tutor("config", "printvalue", "NO_SUCH_SETTING", code=1)
    session.tutor("config", "printvalue", "lms_hos", code=1)
    golden(session)


@pytest.mark.parametrize(
    "content", ["", "# my settings\n", "\n\n", "---\n", "{}\n", "# one\r\n# two\r\n", "\ufeff# with a mark\n"]
)
def test_without_settings(content: str, session: Session, saved_project: Path) -> None:
    """An empty file, and one with nothing but comments: they are kept."""
    path = session.root / "config.yml"
    path.write_text(content, encoding="utf-8", newline="")
    session.tutor("config", "save")
    text = path.read_bytes().decode()
    comments = [line for line in content.lstrip("\ufeff").splitlines() if line.startswith("#")]
    assert text.splitlines()[: len(comments)] == comments
    assert "\nID: " in f"\n{text}"
    session.tutor("config", "save")
    assert path.read_bytes().decode() == text


def test_windows_line_ends(session: Session) -> None:
    """A file with them keeps them, in every line."""
    path = session.root / "config.yml"
    path.write_bytes(b"# mine\r\nPLATFORM_NAME: School # short\r\n\r\nLMS_HOST: learn.example.com\r\n")
    session.tutor("config", "save", "--set", "PLATFORM_NAME=Academy")
    lines = path.read_bytes().split(b"\n")
    assert lines[0] == b"# mine\r"
    assert lines[1] == b"PLATFORM_NAME: Academy # short\r"
    assert all(line.endswith(b"\r") for line in lines[:-1])
    assert session.tutor("config", "printvalue", "PLATFORM_NAME").out == "Academy\n"
    assert session.tutor("config", "printvalue", "LMS_HOST").out == "learn.example.com\n"


def test_a_link_stays_a_link(session: Session, tmp_path: Path) -> None:
    """An operator's config.yml lies in a folder under version control."""
    real = tmp_path / "versioned.yml"
    path = session.root / "config.yml"
    path.rename(real)
    path.symlink_to(real)
    session.tutor("config", "save", "--set", "PLATFORM_NAME=Academy")
    assert path.is_symlink()
    assert "PLATFORM_NAME: Academy\n" in real.read_text()


def test_braces_that_are_no_template(session: Session) -> None:
    """`raw` keeps them."""
    session.tutor("config", "save", "--set", "PLATFORM_NAME={% raw %}{{ x }}{% endraw %}")
    assert session.tutor("config", "printvalue", "PLATFORM_NAME").out == "{{ x }}\n"


def test_edit_keeps_the_file_when_the_copy_is_broken(
    session: Session, tmp_path: Path, golden: Golden
) -> None:
    """A mistake made in the editor does not reach config.yml."""
    editor = write(tmp_path / "editor", "#!/bin/sh\necho '  bad: [' >>\"$1\"\n")
    editor.chmod(0o755)
    before = project_state(session.root)
    session.process("config", "edit", code=1, env={"EDITOR": str(editor)})
    assert project_state(session.root) == before


def test_edit(session: Session, tmp_path: Path) -> None:
    """What is right is saved, with closed permissions."""
    editor = write(tmp_path / "editor", "#!/bin/sh\necho 'PLATFORM_NAME: Edited' >>\"$1\"\n")
    editor.chmod(0o755)
    session.process("config", "edit", env={"EDITOR": str(editor)})
    assert session.tutor("config", "printvalue", "PLATFORM_NAME").out == "Edited\n"
    assert (session.root / "config.yml").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "text",
    ["2020-99-99", "[" * 2000 + "]" * 2000, "9" * 5000],
    ids=["a date with too many months", "too deep", "too many digits"],
)
def test_values_that_yaml_has_and_python_has_not(session: Session, text: str) -> None:
    """In the user's file, in a plugin's that nobody enabled, and on the command line."""
    write(
        session.plugins_root / "odd.yml", f"name: odd\nversion: 1.0.0\nconfig: {{defaults: {{A: {text}}}}}\n"
    )
    session.tutor("plugins", "list")
    session.tutor("config", "save")
    assert "Plugin odd is no valid YAML" in session.tutor("plugins", "enable", "odd", code=1).err
    with (session.root / "config.yml").open("a") as file:
        file.write(f"ODD: {text}\n")
    assert "config.yml is broken" in session.tutor("config", "save", code=1).err


def test_a_default_that_yaml_has_no_form_for(session: Session) -> None:
    write(
        session.plugins_root / "odd.py",
        "from tutor import hooks\nhooks.Filters.CONFIG_DEFAULTS.add_item(('ODD', lambda: 1))\n",
    )
    session.tutor("plugins", "enable", "odd")
    assert "ODD: <function <lambda>" in session.tutor("config", "show", "ODD").out
