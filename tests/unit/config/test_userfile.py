"""``config.yml``: read as YAML 1.1, edited without losing what the user wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tutor import serialize
from tutor.config import userfile
from tutor.config.repeated import repeated_key
from tutor.exceptions import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

KEPT = """\
# Top comment

LMS_HOST: learn.example.com  # beside
PLATFORM_NAME: 'quoted "text"'
DOUBLE: "two\\nlines"
PLUGINS:
- one
# between items
- two
NESTED:
  a: {b: [1, 2]}
  # inside
  c: yes
BLOCK: |
  line one

  line three
TIME: 12:30
OCTAL: 010
BIG: 1_000
WORD: no
EMPTY:
DATE: 2024-01-01
# Last comment
"""


def file(root: Path, content: str) -> userfile.UserFile:
    """A file with this content."""
    (root / "config.yml").write_text(content, encoding="utf-8")
    return userfile.read(root)


def test_absent(tmp_path: Path) -> None:
    """No file is no mistake."""
    found = userfile.read(tmp_path)
    assert (found.content, found.values) == (None, {})
    assert found.edited({"A": 1}) == b"A: 1\n"


def test_nothing_to_change_is_byte_for_byte(tmp_path: Path) -> None:
    """Also where the style is odd."""
    odd = "A:    1\n\n\n'B' : \"x\"   \n{}\n".replace("{}\n", "")
    assert file(tmp_path, odd).edited({"A": 1, "B": "x"}, ["NOT_THERE"]) == odd.encode()


def test_everything_else_stays(tmp_path: Path) -> None:
    """Comments, order, quotes, blocks; and values mean what they meant."""
    found = file(tmp_path, KEPT).edited({"LMS_HOST": "other.example.com", "NEW": "added"}).decode()
    assert found == KEPT.replace("learn.example.com", "other.example.com").replace(
        "# Last comment\n", "# Last comment\nNEW: added\n"
    )


def test_remove(tmp_path: Path) -> None:
    """A key goes, its neighbours stay."""
    found = file(tmp_path, KEPT).edited({}, ["PLATFORM_NAME", "NESTED"]).decode()
    values = serialize.load(KEPT)
    del values["PLATFORM_NAME"], values["NESTED"]
    assert serialize.load(found) == values
    assert "# Top comment" in found
    assert "# beside" in found


@pytest.mark.parametrize(
    "key", [line.partition(":")[0] for line in KEPT.splitlines() if ":" in line and line[0].isupper()]
)
def test_remove_each(key: str, tmp_path: Path) -> None:
    """Whichever it is, the others keep their values."""
    found = file(tmp_path, KEPT).edited({}, [key])
    values = serialize.load(KEPT)
    del values[key]
    assert serialize.load(found) == values


WORDS = (
    "yes no on off y n null ~ true 1_000 12:30 12:30:45 1e3 0x1F 0o17 010 1.0 .5 .inf .nan = << "
    "2024-01-01 # - [a {a ' \" it's *a &a !a %a @a `a | > ? \\ é 日本 🦆 --- ..."
)
#: Texts that YAML 1.1, YAML 1.2 or an editor of either may take for something else.
TRAPS = (
    *WORDS.split(),
    *("", " ", " leading", "trailing ", "a: b", "a #b", "- a", "a\tb", "\ta", "--- a", "{{ LMS_HOST }}"),
    *("a\n", "a\nb", "a\nb\n", "\na", " a\n b", "a\n\n", "a \nb", "a\r\nb", "a\n---\nb", "a\n\tb"),
    *("\u2028", "a\u2028\nb", "\x85", "\x07", "\ufeff", "x" * 5000, "-----BEGIN-----\nabc\n-----END-----"),
)


@pytest.mark.parametrize("value", TRAPS)
def test_texts_read_back(value: str, tmp_path: Path) -> None:
    """Under YAML 1.1, in which many a text is something else; alone, in lists and in mappings."""
    old = file(tmp_path, "# mine\nA: 1\n")
    written = old.edited({"X": value, "LIST": [value, value], "MAP": {"k": value}})
    values = serialize.load(written)
    assert values == {"A": 1, "X": value, "LIST": [value, value], "MAP": {"k": value}}
    (tmp_path / "config.yml").write_bytes(written)
    again = userfile.read(tmp_path)
    assert serialize.load(again.edited({"A": 2})) == values | {"A": 2}


@pytest.mark.parametrize(
    "value",
    [
        0,
        -1,
        10**20,
        1.5,
        1e100,
        1e-9,
        True,
        None,
        [],
        {},
        [[]],
        [{}],
        {"a": None},
        [1, "1", True],
        {1: 2},
        {"on": "no"},
    ],
)
def test_other_values_read_back(value: Any, tmp_path: Path) -> None:
    """With their types."""
    written = file(tmp_path, "A: 1\n").edited({"X": value})
    assert repr(serialize.load(written)["X"]) == repr(value)


def test_a_change_of_type_alone_is_one(tmp_path: Path) -> None:
    """``1``, ``1.0`` and ``true`` are equal in Python, not in YAML."""
    old = file(tmp_path, "A: 1\n")
    assert old.edited({"A": True}) == b"A: true\n"
    assert old.edited({"A": 1.0}) == b"A: 1.0\n"
    assert old.edited({"A": 1}) == b"A: 1\n"


def test_the_last_key_goes(tmp_path: Path) -> None:
    """What is left is no `{}` that somebody would have to delete before writing below it."""
    assert file(tmp_path, "A: 1\n").edited({}, ["A"]).strip() == b""


@pytest.mark.parametrize("content", ["", "# only\n# comments\n", "\n", "---\n# x\n", "null\n", "{}\n"])
def test_without_keys(content: str, tmp_path: Path) -> None:
    """A first key is added, comments stay."""
    found = file(tmp_path, content).edited({"A": 1}).decode()
    assert serialize.load(found) == {"A": 1}
    for line in content.splitlines():
        if line.startswith("#"):
            assert line in found.splitlines()


@pytest.mark.parametrize(
    ("content", "name", "first", "second"),
    [
        ("A: 1\nB: 2\nA: 3\n", "A", 1, 3),
        ("A: 1\n'A': 3\n", "A", 1, 2),
        ("A:\n  x: 1\n  y: 2\n  x: 3\n", "x", 2, 4),
        ("A:\n- x: 1\n  x: 3\n", "x", 2, 3),
        ("A: {x: 1, x: 2}\n", "x", 1, 1),
    ],
)
def test_a_key_twice(tmp_path: Path, content: str, name: str, first: int, second: int) -> None:
    """YAML readers take the last; which one was meant, only the user knows."""
    with pytest.raises(
        ConfigError, match=f"{name} stands there twice, on lines {first} and {second}"
    ) as caught:
        file(tmp_path, content)
    assert str(caught.value.where).endswith(f"config.yml:{second}")


@pytest.mark.parametrize(
    "content",
    [
        "A: &a {x: 1}\nB: *a\nC: *a\n",
        "A: &a {x: 1}\nB:\n  <<: *a\n  x: 2\n",
        "A: [{x: 1}, {x: 1}]\n",
        "1.0: a\n",
    ],
)
def test_keys_that_are_not_twice(content: str) -> None:
    """An anchor is written once; each mapping has keys of its own."""
    assert repeated_key(content.encode()) is None


@pytest.mark.parametrize(
    ("content", "message", "line"),
    [
        (b"A: [1\nB: 2\n", "did not find expected", 2),
        (b"- a\n", "expected settings, found a list", 1),
        (b"A: 1\nB: \xff\n", "it is not UTF-8 text", 2),
        (b"1: a\n", "the name 1 is not text", None),
        (b"null: a\n", "the name None is not text", None),
        (b"? [a]\n: b\n", "unhashable", 1),
        (b"A: *x\n", "undefined alias", 1),
        (b"--- a\n--- b\n", "expected a single document in the stream but found another document", None),
    ],
)
def test_broken(content: bytes, message: str, line: int | None, tmp_path: Path) -> None:
    """File, line and what is wrong; no value."""
    (tmp_path / "config.yml").write_bytes(content)
    with pytest.raises(ConfigError, match=message) as caught:
        userfile.read(tmp_path)
    if line:
        assert str(caught.value.where).endswith(f"config.yml:{line}")


def test_secrets_of_a_broken_line_are_not_shown(tmp_path: Path) -> None:
    """Only the name in front of the colon is; of a line without one, nothing."""
    for content in ("A_PASSWORD: 'hidden\n", "A: [\nhidden\nB: 1\n", "hidden\n"):
        (tmp_path / "config.yml").write_text(content)
        with pytest.raises(ConfigError) as caught:
            userfile.read(tmp_path)
        assert "hidden" not in f"{caught.value.message} {caught.value.excerpt}"


@pytest.mark.parametrize(
    ("name", "near"),
    [("LSM_HOST", "LMS_HOST"), ("lms_host", "LMS_HOST"), ("LMS_HOSTS", "LMS_HOST"), ("NOTHING", None)],
)
def test_nearest(name: str, near: str | None) -> None:
    """The name that was meant, if it can be guessed."""
    assert userfile.nearest(name, ["LMS_HOST", "CMS_HOST_X", "PLATFORM_NAME"]) == near
