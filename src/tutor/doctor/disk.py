"""Check: there is room for images and data."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from tutor.doctor.check import Finding, Subject

if TYPE_CHECKING:
    from collections.abc import Iterator

GIB = 1024**3
#: Below this, databases stop or lose data.
LEAST = GIB // 2
#: Below this, an update of the platform's images does not fit.
ENOUGH = 8 * GIB


def check_disk(subject: Subject) -> Iterator[Finding]:
    """Look at the file systems of the project and of the engine's images."""
    places = {str(subject.project.root): subject.project.root}
    if subject.engine is not None and not subject.remote:
        folder = _images_folder(subject)
        if folder is not None:
            places[str(folder)] = folder
    seen = set()
    for place in places.values():
        device = place.stat().st_dev
        if device not in seen:
            seen.add(device)
            yield from judge(str(place), shutil.disk_usage(place).free)


def judge(place: str, free: int) -> Iterator[Finding]:
    """What so many free bytes in a place mean."""
    if free >= ENOUGH:
        return
    room = f"Only {free / GIB:.1f} GiB are free"
    remedy = "docker system df, then: docker image prune"
    if free < LEAST:
        yield Finding("disk", "error", f"{room}, too little for databases to run on", place, remedy)
    else:
        yield Finding(
            "disk", "warning", f"{room} in {place}; images of the platform may not fit", place, remedy
        )


def _images_folder(subject: Subject) -> Path | None:
    if subject.engine is None or subject.engine.name != "docker":
        return None
    argv = [*subject.engine.command, "info", "--format", "{{.DockerRootDir}}"]
    folder = Path(subject.runner.capture(argv).output.strip() or "/nowhere")
    try:
        return folder if folder.is_dir() else None
    except OSError:
        return None
