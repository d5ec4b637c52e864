"""Editing line by line gives what the round-trip editor gives, byte for byte, or nothing."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from tutor.config import lines, userfile
from tutor.config.userfile import UserFile
from tutor.exceptions import ConfigError

KEY = "-----BEGIN X-----\nabc+/=\nd e\n-----END X-----"
VALUES: list[Any] = [
    *("x", "My platform", "yes", "no", "null", "Null", "True", "true", "on", "y", "N", "1", "01", "1_000"),
    *("0x1F", "1e3", "2020-01-01", "a: b", "a #b", "#a", "a:b", "-", "- a", "", " a", "a ", "it's"),
    *('a "b"', "[a]", "{a}", "a, b", "{{ LMS_HOST }}", "é", "a\\b", "*a", "&a", "!a", "%a", "@a", "`a"),
    *("a@b.c", "~", "https://a.b/c", "a.", "a-", "a/", "A_", ".inf", "inf", "nan", "=", "<<", "a\tb", KEY),
    *(KEY + "\n", "a\n\nb", " a\nb", "a\n b", "a\nb ", "a\n#b", "---\na", "x" * 300, "e", "E1", "1:20"),
    *("a\n---\nb", "null\na", True, False, None, 0, 7, -3, 1.5, 1e100, ["a"], ["a", "null"], [], {"a": 1}),
    *(10**30,),
]
#: Lines of files, whole settings each.
PIECES = [
    *("A: x", "B: My platform", "C: yes", "D: null", "E: True", "F: true", "G: 12", "H: 012", "I: 1_0"),
    *("J: ~", 'K: "a b"', "L: 'a # b'", 'M: "it\'s"', "N: 'it''s'", 'O: "a\\nb"', "P: a # comment", "Q:"),
    *("R: [a, b]", "S:\n- a\n- b", "T:\n  - a\n  - b", "U: |-\n  a\n  b", "V: |\n  a\n  b"),
    *("W: >\n  a\n  b", "# comment", "", "X: &x 1", "Y: *x", "Z: {a: b}", "AA: !t a", "AB:   a", "AC: a "),
    *("---", "...", "AD: 2020-01-01", "AE: 1e3", "AF:\n- null", "AG:\n- a: 1", "AH: |-\n  a\n\n  b"),
    *("AI: |-\n    a\n  b", "AJ: a\n  b", "AK: - a", "AL: 0x1F", "AM: {{ A }}", "AN: '{{ A }}'"),
    *("a: lower", '"A": x', "? A\n: x", "A : x", "A: é", "AO: |-", "AP: ''", "AQ:\n- True"),
    *("AR:\n- 'a'\n- \"b\"", "AS: on", "AT: a.b.c", "AU: x: y", "AV:\n# c\n- a", "AW: |-\n  # a"),
    *("AX: |-\n  a", "AY: 1.50", "AZ: 1:20", "BA: y", "A: twice", "%YAML 1.1", "\tBB: a", "BC: 'a\n  b'"),
]


SECRETS = [
    *("12345678-0123-4567-89e1-000000000001", "1g", "1e5g", "0x1Fz", "0b1", "0o7h", "1e5", "12e03", "0n"),
    *("0xa", "0xag", "0f", "1a", "1f2", "0d1", "0o9"),
]
VALUES += SECRETS
LISTS = ["[]", '["a"]', "['a', \"b, c\"]", '["a","b"]', "[ 'a' ]", "['a', ]", '["a", null]', "[['a']]"]
PIECES += [f"LIST{n}: {text}" for n, text in enumerate([*LISTS, str(["x" * 90] * 9)])]
PIECES += [f"SECRET{n}: {text}" for n, text in enumerate(SECRETS)]


def by_editor(path: Path, content: bytes, new: dict[str, Any]) -> bytes | None:
    """What the round-trip editor writes; ``None`` where it refuses."""
    try:
        return userfile._edit(path, content, new, ())
    except ConfigError:
        return None


def compared(content: bytes, new: dict[str, Any]) -> bool:
    """Whether there was something to compare, which has to be the same."""
    found = lines.edited(content, new)
    if found is None:
        return False
    assert found == by_editor(Path("config.yml"), content, new), (content, new)
    return True


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_values(value: Any) -> None:
    """Each alone: added to an empty file, added to one with settings, put in the place of another."""
    for content in (b"", b"B: x\n", b"A: x\nB: y\n", b"B: |-\n  a\nA: 'x'\n", b"B:\n- a\n"):
        compared(content, {"A": value})


@pytest.mark.parametrize("piece", PIECES, ids=repr)
def test_pieces(piece: str) -> None:
    """Each alone, and between others."""
    for content in (piece, piece + "\n", f"FIRST: a\n{piece}\nLAST: b\n", f"FIRST:\n- a\n{piece}\n"):
        compared(content.encode(), {"A": "new"})
        compared(content.encode(), {"LAST": "new", "FIRST": 1})


def test_random_files() -> None:
    """Whatever they are made of: of plain pieces more often than not."""
    chance = random.Random(11)
    plain = [p for p in PIECES if lines.edited(f"{p}\n".encode(), {"NEW": "x"}) is not None]
    assert 15 < len(plain) < len(PIECES) - 30
    equal = 0
    for _ in range(600):
        pieces = chance.sample(plain, chance.randrange(6)) + chance.sample(PIECES, chance.randrange(2))
        chance.shuffle(pieces)
        content = "".join(f"{piece}\n" for piece in pieces).encode()
        names = chance.sample(["A", "B", "K", "S", "U", "NEW", "NEWER"], chance.randrange(1, 4))
        equal += compared(content, {name: chance.choice(VALUES) for name in names})
    assert equal > 30


def test_what_is_written_is_what_was_asked_for() -> None:
    """Or the editor is asked, as for a file whose settings are not those that it was read to."""
    content = b"A: x\nB: y\n"
    user = UserFile(Path("config.yml"), content, {"A": "x", "B": "y"})
    assert user.edited({"B": "z", "C": KEY}) == b"A: x\nB: z\nC: |-\n" + b"".join(
        b"  %s\n" % line.encode() for line in KEY.split("\n")
    )
    assert user.edited({"B": "é"}) == "A: x\nB: é\n".encode()
