"""What our data says of Compose files, Compose itself says too. No daemon is needed for it."""

from __future__ import annotations

import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.composing import FILES, VERSION, compose, refusal, samples, together
from tests.e2e.conftest import REQUIRED
from tests.kit import SOURCE, write
from tutor import serialize

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def command() -> list[str]:
    """Compose of the version whose words the data has."""
    found = compose()
    if found is None and REQUIRED:
        pytest.fail("Compose is required here, and is not installed (bin/setup)")
    if found is None:
        pytest.skip("Compose is not installed")
    command, version = found
    if not version.startswith(f"{VERSION}."):
        pytest.skip(f"the data has the words of Compose {VERSION}, and this is {version}")
    return command


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the files are that values refer to."""
    for name, content in FILES.items():
        write(tmp_path / name, content)
    return tmp_path


def test_compose_agrees(command: list[str], folder: Path) -> None:
    """It is asked for valid services at once; the others take a process each, as it says the first fault."""
    assert refusal(command, together(), folder / "together.yml") is None
    asked = [sample for sample in samples() if not sample.valid or sample.section in ("top", "files")]
    with ThreadPoolExecutor(4) as pool:
        said = pool.map(
            lambda numbered: refusal(command, numbered[1].text, folder / f"{numbered[0]}.yml"),
            enumerate(asked),
        )
    wrong = [
        (sample.title, reason)
        for sample, reason in zip(asked, said, strict=True)
        if (reason is None) != sample.valid
    ]
    assert wrong == []


def test_our_schema_is_that_of_compose(command: list[str]) -> None:
    """To the letter."""
    program = Path(command[0])
    if len(command) > 1:
        pytest.skip("where Docker's plugin lies is not known")
    ours = (SOURCE / "tutor/env/formats/compose/schema.json").read_bytes()
    assert ours.strip() in program.read_bytes()


def test_compose_agrees_on_projects(command: list[str], tmp_path: Path) -> None:
    """On files that are right each by itself, and refer to each other."""
    projects = serialize.load((Path(__file__).parents[1] / "data/compose_together.yml").read_text())
    wrong = []
    for number, project in enumerate(projects):
        folder = tmp_path / str(number)
        for name in project.get("there", ()):
            write(folder / name, "")
        files = [write(folder / f"{n}.yml", text) for n, text in enumerate(project["files"])]
        chosen = [word for file in files for word in ("--file", str(file))]
        done = subprocess.run(
            [*command, "--project-name", "test", *chosen, "config", "--quiet"],
            env={**os.environ, **project.get("variables", {})},
            capture_output=True,
            text=True,
            check=False,
        )
        if (done.returncode != 0) != ("says" in project):
            wrong.append((project, done.stderr))
    assert wrong == []
