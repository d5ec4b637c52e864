"""What the tests of backups share: archives made without an engine, and an engine that is a shell."""

from __future__ import annotations

import io
import subprocess
import tarfile
from typing import TYPE_CHECKING, Any

from tutor.backup import archive
from tutor.backup.manifest import Manifest, Plugin
from tutor.engines.run import ProcessRunner, Result

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from tutor.backup.manifest import Kind

CREATED = "2026-11-24T03:00:00+00:00"


def make_archive(
    path: Path,
    members: Mapping[str, tuple[Kind, bytes]],
    *,
    release: str = "verawood",
    created: str = CREATED,
    plugins: tuple[Plugin, ...] = (),
) -> Path:
    """Write an archive: name of a member → what it is, and its content."""
    with archive.created(path) as file:
        writer = archive.Writer(file)
        for name, (kind, content) in members.items():
            place = "" if kind == "settings" else name.split(".")[0]
            with writer.member(name, kind, place) as write:
                for start in range(0, len(content), 1000):
                    write(content[start : start + 1000])
        writer.finish(Manifest(created, "22.1.0", release, plugins, tuple(writer.members)))
    return path


def tar_of(files: Mapping[str, bytes | None]) -> bytes:
    """A tar: path → content, or ``None`` for a folder."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            if content is None:
                entry.type, entry.mode = tarfile.DIRTYPE, 0o755
            else:
                entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content or b""))
    return out.getvalue()


class ShellEngine(ProcessRunner):
    """Runs what would run in a container here, on the folders that would be mounted."""

    def __init__(self) -> None:
        self.commands: list[list[str]] = []
        #: Commands of the engine that are answered, by their first word.
        self.answers: dict[str, Callable[[Sequence[str]], Result]] = {}

    def pipe(self, argv: Sequence[str], **options: Any) -> Result:
        """Run the command of a container, with the mounted folders in the place of their targets."""
        self.commands.append(list(argv))
        words = list(argv)
        volumes = [words[n + 1] for n, word in enumerate(words) if word == "--volume"]
        program = words[words.index("--entrypoint") + 1]
        arguments = words[words.index("--entrypoint") + 3 :]
        for volume in volumes:
            folder, _, target = volume.rpartition(":")
            arguments = [folder if word == target else word for word in arguments]
        return super().pipe([program, *arguments], **options)

    def capture(self, argv: Sequence[str], *, environment: Mapping[str, str] | None = None) -> Result:
        """Answer as the engine, which knows nothing."""
        self.commands.append(list(argv))
        answer = self.answers.get(argv[1])
        return answer(argv) if answer else Result(0)


def tree(folder: Path) -> dict[str, Any]:
    """What is in a folder: path → content, ``None`` for a folder."""
    return {
        str(path.relative_to(folder)): path.read_text() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }


def shell(script: str) -> str:
    """What a script prints."""
    return subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True).stdout
