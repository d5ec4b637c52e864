"""Branches that move: git says where they are, and an image remembers where they were."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from tutor.engines import catalogue, images
from tutor.engines.commits import commits
from tutor.engines.find import Engine
from tutor.engines.images import Build
from tutor.engines.report import Journal
from tutor.engines.run import Call, ProcessRunner, RecordingRunner, Result

if TYPE_CHECKING:
    from pathlib import Path

ENGINE = Engine("docker", ("docker",), ("docker", "compose"))


def git(repository: Path, *arguments: str) -> str:
    """What git prints."""
    identity = {f"GIT_{who}_{what}": "a@b" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    command = ["git", "-C", str(repository), *arguments]
    return subprocess.run(
        command, check=True, capture_output=True, text=True, env={**os.environ, **identity}
    ).stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """With a branch and a tag."""
    folder = tmp_path / "code"
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "commit", "--quiet", "--allow-empty", "--message=one")
    git(folder, "tag", "--annotate", "--message=x", "v1")
    return folder


@pytest.fixture
def build(tmp_path: Path, repository: Path) -> Build:
    """Of an image that fetches the branch."""
    folder = tmp_path / "build"
    folder.mkdir()
    lines = [
        f'ARG CODE_REPOSITORY="{repository}"',
        "ARG CODE_VERSION=main",
        'ARG CODE_COMMIT=""',
        "ARG OTHER_COMMIT",
    ]
    (folder / "Dockerfile").write_text("\n".join(["FROM scratch", *lines, ""]))
    return Build("app", folder, "our/app:1")


def test_a_branch_is_at_a_commit(build: Build, repository: Path) -> None:
    assert commits(ProcessRunner(), build) == {"CODE_COMMIT": git(repository, "rev-parse", "main")}


def test_arguments_of_the_build_count(build: Build, repository: Path) -> None:
    """A tag is the commit that it names; a commit stays where it is."""
    commit = git(repository, "rev-parse", "v1^{commit}")
    for given in (("--build-arg=CODE_VERSION=v1",), ("--build-arg", "CODE_VERSION=v1")):
        assert commits(ProcessRunner(), dataclasses.replace(build, extra=given)) == {"CODE_COMMIT": commit}
    assert (
        commits(ProcessRunner(), dataclasses.replace(build, extra=(f"--build-arg=CODE_VERSION={commit}",)))
        == {}
    )


def test_without_git_the_builder_decides(
    build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (
        commits(ProcessRunner(), dataclasses.replace(build, extra=("--build-arg=CODE_VERSION=gone",))) == {}
    )
    monkeypatch.setenv("PATH", str(tmp_path))
    assert commits(ProcessRunner(), build) == {}


def test_a_branch_that_has_moved_is_built_again(build: Build, repository: Path) -> None:
    digest = images.digests([build])[build.tag]
    before = commits(ProcessRunner(), build)
    command = images.build_command(ENGINE, build, digest, before)
    assert f"--build-arg=CODE_COMMIT={before['CODE_COMMIT']}" in command
    label = next(word for word in command if word.startswith(images.COMMITS_LABEL)).partition("=")[2]
    labels = {images.DIGEST_LABEL: digest, images.COMMITS_LABEL: label}

    def answer(call: Call) -> Result:
        if call.argv[0] == "git":
            return ProcessRunner().capture(call.argv)
        return Result(0, f"id|{json.dumps({'Labels': labels})}")

    def planned() -> tuple[bool, str]:
        journal = Journal()
        due = catalogue.plan_builds(RecordingRunner(answer), ENGINE, [build], ["app"], (), journal)
        return bool(due.builds), " ".join(journal.texts("info"))

    assert planned() == (False, "app is up to date; to build it all the same: --no-cache")
    git(repository, "commit", "--quiet", "--allow-empty", "--message=two")
    moved = git(repository, "rev-parse", "--short=10", "main")
    assert planned() == (True, f"app is built: CODE is at commit {moved} now")
