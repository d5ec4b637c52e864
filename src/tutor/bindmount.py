"""Bind mounts: which folder of this machine appears where in which service, and in which image."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from tutor.core.named import Named
from tutor.env.patterns import compiled
from tutor.hooks import Filters
from tutor.types import get_typed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tutor.types import Config

# service1,service2:/host/path:/container/path
_EXPLICIT = r"(?P<services>[A-Za-z0-9_,\s-]+):(?P<host>[^:]+):(?P<container>[^:]+)"
#: Where a package names itself, in the order in which builders read it.
_NAME = {
    "pyproject.toml": r"(?ms)^\[project\][^\[]*?^name\s*=\s*[\"']([^\"']+)",
    "setup.cfg": r"(?ms)^\[metadata\][^\[]*?^name\s*=\s*(\S+)",
    "setup.py": r"\bname\s*=\s*[\"']([^\"']+)",
}
#: Names of packages that run inside of LMS and CMS, and the entry points with which others plug into them.
_PLATFORM_NAME = r"(?i)(?:.*[-_.])?xblock(?:[-_.].*)?|(?:edx|openedx|platform-plugin)[-_.].+"
_PLATFORM_ENTRY = r"\b(?:xblock\.v1|xblock_asides\.v1|[lc]ms\.djangoapp|openedx\.\w+)\b"
PLATFORM = "edx-platform"
#: The images that carry the platform's code.
_IMAGES = ("openedx", "openedx-dev")
_PLATFORM_TARGET = ("openedx", "/openedx/edx-platform")
#: What the core contributes to `MOUNTED_DIRECTORIES`: names of folders that are installed in the platform.
INSTALLED = tuple(
    ("openedx", pattern)
    for pattern in (
        ".*[xX][bB]lock.*",
        "edx-enterprise",
        "edx-ora2",
        "edx-search",
        "openedx-(?!platform)(.*)",
        "opaque-keys",
        "platform-plugin-.*",
    )
)


class Folder(Named):
    """What a folder of this machine is.

    Args:
        path: absolute.
        package: name of the Python package in it, if there is one.
        is_platform: it is the platform's code.
        plugs_in: it is a package that runs inside of LMS and CMS, such as an XBlock.
    """

    path: str
    package: str | None = None
    is_platform: bool = False
    plugs_in: bool = False

    @property
    def words(self) -> str:
        """What it is, for people."""
        if self.is_platform:
            return "the platform's code"
        if self.plugs_in:
            return f"a package of the platform, {self.package}"
        if self.package:
            return f"a package, {self.package}"
        return "a file" if os.path.isfile(self.path) else "a folder"


def iter_mounts(user_mounts: Iterable[str], *names: str) -> Iterator[str]:
    """Yield ``host:container`` for the mounts that belong to any of some services, each once."""
    seen = set()
    for mount in user_mounts:
        for service, host, container in parse_mount(mount):
            bind = f"{host}:{container}"
            if service in names and bind not in seen:
                seen.add(bind)
                yield bind


def iter_mounted_directories(user_mounts: Iterable[str], image: str) -> Iterator[str]:
    """Yield the names of the mounted folders that an image installs, each once."""
    seen = set()
    for mount in user_mounts:
        for _, host, _ in parse_mount(mount):
            name = os.path.basename(host)
            if name not in seen and image in installing_images(host):
                seen.add(name)
                yield name


def parse_mount(mount: str) -> list[tuple[str, str, str]]:
    """The (service, path on this machine, path in the container) that one mount stands for.

    A mount is ``SERVICE[,SERVICE…]:HOST_PATH:CONTAINER_PATH``, or the path of a folder: it is recognised by
    its name, and the core's also by what is in it. ``openedx`` stands for LMS, CMS and their workers.
    """
    host = host_path(mount)
    explicit = re.fullmatch(_EXPLICIT, mount)
    if explicit:
        services = [s.strip() for s in explicit["services"].split(",")]
        return [(service, host, explicit["container"]) for service in services if service]
    name = os.path.basename(host)
    targets = list(Filters.COMPOSE_MOUNTS.iterate(name))
    folder = recognised(host)
    if folder.is_platform:
        targets.insert(0, _PLATFORM_TARGET)
    elif folder.plugs_in and all(service != "openedx" for service, _ in targets):
        targets.insert(0, ("openedx", f"/mnt/{name}"))
    return [(service, host, container) for service, container in dict.fromkeys(targets)]


def parse_explicit_mount(value: str) -> list[tuple[str, str, str]]:
    """As `parse_mount`, of mounts that name services; nothing of others."""
    return parse_mount(value) if re.fullmatch(_EXPLICIT, value) else []


def parse_implicit_mount(value: str) -> list[tuple[str, str, str]]:
    """As `parse_mount`, of mounts that are the path of a folder; nothing of others."""
    return [] if re.fullmatch(_EXPLICIT, value) else parse_mount(value)


def get_mounts(config: Config) -> list[str]:
    """The mounts of the user.

    Raises:
        TutorError: the setting is not a list.
    """
    return get_typed(config, "MOUNTS", list, [])


def build_contexts(mount: str) -> list[tuple[str, str, str]]:
    """The (image, name of the build context, path on this machine) of a mount: what is built into images."""
    host = host_path(mount)
    name = os.path.basename(host)
    contexts: list[tuple[str, str]] = []
    if not re.fullmatch(_EXPLICIT, mount):
        contexts += Filters.IMAGES_BUILD_MOUNTS.iterate(name)
        contexts += [(image, PLATFORM) for image in _IMAGES if recognised(host).is_platform]
    contexts += [(image, f"mnt-{name}") for image in installing_images(host)]
    return [(image, context, host) for image, context in dict.fromkeys(contexts)]


def installing_images(host: str) -> list[str]:
    """The images in which a folder is installed, as a package that can be edited."""
    images = _images_by_name(os.path.basename(host))
    if recognised(host).plugs_in:
        images += _IMAGES
    return list(dict.fromkeys(images))


def mounts_by_name(targets: list[tuple[str, str]], name: str) -> list[tuple[str, str]]:
    """What the core contributes to `COMPOSE_MOUNTS`: (service, path in the container)."""
    if name == PLATFORM:
        return [*targets, _PLATFORM_TARGET]
    services = (image for image in _images_by_name(name) if image != "openedx-dev")  # it runs as openedx
    return [*targets, *((service, f"/mnt/{name}") for service in services)]


def contexts_by_name(contexts: list[tuple[str, str]], name: str) -> list[tuple[str, str]]:
    """What the core contributes to `IMAGES_BUILD_MOUNTS`: (image, name of the build context)."""
    if name == PLATFORM:
        return [*contexts, *((image, PLATFORM) for image in _IMAGES)]
    return [*contexts, *((image, f"mnt-{name}") for image in _images_by_name(name))]


def _images_by_name(name: str) -> list[str]:
    """The images in which a folder of a name is installed; patterns match the beginning of the name."""
    mounted = Filters.MOUNTED_DIRECTORIES.collect()
    patterns = compiled([(pattern, origin) for (_, pattern), origin in mounted], "MOUNTED_DIRECTORIES")
    images = [image for ((image, _), _), p in zip(mounted, patterns, strict=True) if p.match(name)]
    return [i for image in images for i in (_IMAGES if image == "openedx" else (image,))]


def host_path(mount: str) -> str:
    """The path on this machine, absolute."""
    explicit = re.fullmatch(_EXPLICIT, mount)
    return os.path.abspath(os.path.expanduser(explicit["host"] if explicit else mount))


def normalised(mount: str) -> str:
    """A mount with its path absolute, as it is kept in the settings."""
    explicit = re.fullmatch(_EXPLICIT, mount)
    if explicit is None:
        return host_path(mount)
    services = ",".join(s.strip() for s in explicit["services"].split(",") if s.strip())
    return f"{services}:{host_path(mount)}:{explicit['container']}"


def recognised(host: str) -> Folder:
    """What a folder is, by what is in it. One that cannot be read is just a folder."""
    path = Path(host)
    if (path / "manage.py").is_file() and (path / "lms").is_dir() and (path / "cms").is_dir():
        return Folder(host, is_platform=True)
    texts = {name: _text(path / name) for name in _NAME}
    package = next((m[1] for name, text in texts.items() if (m := re.search(_NAME[name], text))), None)
    if package is None:
        return Folder(host)
    plugs_in = re.fullmatch(_PLATFORM_NAME, package) or any(
        re.search(_PLATFORM_ENTRY, text) for text in texts.values()
    )
    return Folder(host, package, plugs_in=bool(plugs_in))


def _text(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""
