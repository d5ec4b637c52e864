"""The Compose files of each way to run the platform, in the order in which Compose merges them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

#: Way to run → files of what runs all the time, and files of what runs once besides; below the environment.
WAYS = {
    "local": (
        ("local/docker-compose.yml", "local/docker-compose.prod.yml"),
        ("local/docker-compose.jobs.yml",),
    ),
    "dev": (
        ("local/docker-compose.yml", "dev/docker-compose.yml"),
        ("local/docker-compose.jobs.yml", "dev/docker-compose.jobs.yml"),
    ),
}


#: Services that the platform had in older releases: what depends on one may find it in a plugin, or nowhere.
OLD_SERVICES = frozenset(("elasticsearch", "forum", "memcached", "nginx", "notes", "rabbitmq", "xqueue"))
_READ = (
    "Compose is given docker-compose.override.yml, docker-compose.prod.override.yml and "
    "docker-compose.jobs.override.yml, of local and of dev"
)


def rendered_files(way: str, *, jobs: bool) -> tuple[str, ...]:
    """The files that are rendered."""
    services, tasks = WAYS[way]
    return (*services, *tasks) if jobs else services


def files_in_order(way: str, *, jobs: bool) -> list[str]:
    """All files that Compose is given where they are there."""
    services, tasks = WAYS[way]
    found = in_order(services, f"{way}/docker-compose.tmp.yml")
    return found + in_order(tasks, f"{way}/docker-compose.jobs.tmp.yml") if jobs else found


def in_order(files: Iterable[str], temporary: str) -> list[str]:
    """Rendered files, then those that commands and the user lay over them.

    The names of the user's files, and the order, are those of the incumbent.
    """
    files = list(files)
    return [*files, temporary, *map(_override, files)]


def users_files(environment: Path) -> list[str]:
    """The override files of the user that are there, and are read."""
    known = dict.fromkeys(path for way in WAYS for path in files_in_order(way, jobs=True))
    rendered = {path for way in WAYS for path in rendered_files(way, jobs=True)}
    return [path for path in known if path not in rendered and (environment / path).is_file()]


def unread_overrides(environment: Path) -> Iterator[tuple[str, str]]:
    """Files of the user that look as if Compose were given them: path, and what to say of it."""
    read = {path for way in WAYS for path in files_in_order(way, jobs=True)}
    for folder in ("local", "dev"):
        try:
            names = sorted(path.name for path in (environment / folder).iterdir())
        except OSError:
            continue
        for name in names:
            looks_like_one = "override" in name and name.endswith((".yml", ".yaml"))
            if looks_like_one and f"{folder}/{name}" not in read:
                yield f"{folder}/{name}", f"env/{folder}/{name} is read by no command; {_READ}"


def _override(path: str) -> str:
    return f"{path.removesuffix('.yml')}.override.yml"
