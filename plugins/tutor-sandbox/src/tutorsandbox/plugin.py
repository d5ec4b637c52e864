"""The plugin: images that are built here, in the place of those that the platform would pull."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from tutorsandbox.__about__ import __version__
from tutorsandbox.commands import sandbox

templates = str(Path(__file__).parent / "templates")

# What the images are made of. Their names change with it.
BASE = Path(__file__).with_name("base.py")
BUILD_FOLDERS = Path(templates, "sandbox", "build")
# In build order: every image stands on the first one. Their folders are sandbox/build/sandbox-NAME.
IMAGES = (
    "packages",
    "openedx",
    "mysql",
    "mongodb",
    "meilisearch",
    "redis",
    "caddy",
    "smtp",
    "permissions",
)


def config() -> dict[str, dict[str, Any]]:
    """Settings of the sandbox, and the images that it puts in the place of the platform's."""
    return {
        "defaults": {
            "VERSION": __version__,
            # What the images are built on: pulled or made by `tutor sandbox base`.
            "BASE_IMAGE": f"tutor-sandbox/debian:bookworm-{_digest(BASE)}",
            # The server: mariadb, which is small and soon there, or mysql itself.
            "MYSQL": "mariadb",
            "MYSQL_BASE_IMAGE": f"tutor-sandbox/debian:sid-mysql-{_digest(BASE)}",
            "IMAGE_PREFIX": "tutor-sandbox/",
            "IMAGE_TAG": f"{__version__}-{_digest(BASE, BUILD_FOLDERS)}",
            "PACKAGES_IMAGE": _image("packages"),
            # Settings of LMS and CMS that the page shows beside those named after a plugin.
            "SHOW_SETTINGS": [],
        },
        "set": {
            "DOCKER_IMAGE_OPENEDX": _image("openedx"),
            "DOCKER_IMAGE_OPENEDX_DEV": _image("openedx"),
            "DOCKER_IMAGE_MYSQL": _image("{{ SANDBOX_MYSQL }}"),
            "DOCKER_IMAGE_MONGODB": _image("mongodb"),
            "DOCKER_IMAGE_MEILISEARCH": _image("meilisearch"),
            "DOCKER_IMAGE_REDIS": _image("redis"),
            "DOCKER_IMAGE_CADDY": _image("caddy"),
            "DOCKER_IMAGE_SMTP": _image("smtp"),
            "DOCKER_IMAGE_PERMISSIONS": _image("permissions"),
        },
    }


patches = {
    # The page shows the settings that are named after an enabled plugin.
    "openedx-common-settings": """\
SANDBOX_PLUGINS = {{ PLUGINS | list | tojson }}
SANDBOX_SHOW_SETTINGS = {{ SANDBOX_SHOW_SETTINGS | tojson }}
SANDBOX_VERSION = {{ SANDBOX_VERSION | tojson }}""",
}


def hooks() -> dict[str, dict[str, str]]:
    """Images to build, in order."""
    built = {name: _image("{{ SANDBOX_MYSQL }}" if name == "mysql" else name) for name in IMAGES}
    return {"build-image": {f"sandbox-{name}": image for name, image in built.items()}}


command = sandbox


def _image(name: str) -> str:
    return "{{ SANDBOX_IMAGE_PREFIX }}" + name + ":{{ SANDBOX_IMAGE_TAG }}"


def _digest(*sources: Path) -> str:
    """Return a few characters that change with any of the files: no image is ever stale."""
    digest = hashlib.sha256()
    for source in sources:
        for path in (source, *sorted(source.rglob("*"))):
            if path.is_file() and "__pycache__" not in path.parts:
                name = path.relative_to(source.parent)
                digest.update(str(name).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:8]
