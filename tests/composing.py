"""What Compose accepts and refuses, as data, and Compose itself."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

DATA = Path(__file__).parent / "data" / "compose.yml"
#: The version whose words these are.
VERSION = "2.40"
#: Variables that are set; others are not.
VARIABLES = {"SET": "80", "EMPTY": ""}
#: Files that values refer to.
FILES = {
    "included.yml": "services: {d: {image: x}}\n",
    "key": "x",
    "labels": "a=b\n",
    "other.yml": "services: {c: {image: x}}\n",
    "vars.env": "A=1\n",
}
#: What values refer to, in the same file.
_OTHERS = """
  b: {image: x}
volumes: {data: }
networks: {front: }
secrets: {key: {file: ./key}}
configs: {settings: {content: x}}
models: {model: {model: x}}
"""


@dataclass(frozen=True)
class Sample:
    """A Compose file.

    Args:
        title: what is special about it.
        section: of the data: ``services``, ``top``, ``texts`` or ``files``.
        key: that it is about, if it is about one.
        text: of the file.
        valid: whether Compose accepts it.
    """

    title: str
    section: str
    key: str
    text: str
    valid: bool


def samples() -> list[Sample]:
    """All of them."""
    data = yaml.safe_load(DATA.read_text())
    return [
        Sample(title.strip(), section, key, text, verdict == "valid")
        for section, keys in data.items()
        for key, verdicts in ({"": keys} if section in ("texts", "files") else keys).items()
        for verdict, values in verdicts.items()
        for title, text in _files(section, key, values)
    ]


def together() -> str:
    """One file with a service for each value of a service, and each text, that is valid."""
    data = yaml.safe_load(DATA.read_text())
    bodies = [
        service(key, value)
        for key, verdicts in data["services"].items()
        for value in verdicts.get("valid", "").splitlines()
    ]
    bodies += [service("command", quoted(text)) for text in data["texts"]["valid"].splitlines()]
    return "services:\n" + "".join(f"  s{n}:\n{body}" for n, body in enumerate(bodies)) + _OTHERS.lstrip("\n")


def _files(section: str, key: str, values: Any) -> Iterator[tuple[str, str]]:
    if section == "files":
        yield from ((text, text) for text in values)
        return
    for value in values.splitlines():
        if section == "services":
            yield f"{key}: {value}", f"services:\n  a:\n{service(key, value)}{_OTHERS}"
        elif section == "top":
            yield f"{key}: {value}", f"services: {{a: {{image: x}}}}\n{key}: {value}\n"
        else:
            yield value, f"services:\n  a:\n{service('command', quoted(value))}"


def quoted(text: str) -> str:
    """A text in YAML, on one line."""
    return yaml.dump(text, default_style='"', width=10**6).strip()


def service(key: str, value: str) -> str:
    """The lines of a service's body in which one key has a value."""
    image = "" if key == "image" else "    image: x\n"
    return f"{image}    {key}: {value}\n"


def compose() -> tuple[list[str], str] | None:
    """The command that is Compose, and its version; nothing where there is none."""
    for command in (["docker", "compose"], [str(Path(sys.executable).parent / "docker-compose")]):
        try:
            asked = subprocess.run(
                [*command, "version", "--short"], capture_output=True, text=True, check=False
            )
        except FileNotFoundError:
            continue
        if asked.returncode == 0:
            return command, asked.stdout.strip().removeprefix("v")
    return None


def refusal(command: list[str], text: str, path: Path) -> str | None:
    """What Compose says of a file that it refuses; nothing if it accepts it."""
    path.write_text(text)
    done = subprocess.run(
        [*command, "--project-name", "sample", "--file", str(path), "config", "--quiet"],
        env={**{n: v for n, v in os.environ.items() if n in ("HOME", "PATH", "DOCKER_CONFIG")}, **VARIABLES},
        capture_output=True,
        text=True,
        check=False,
    )
    return (done.stderr.strip() or "no reason") if done.returncode else None
