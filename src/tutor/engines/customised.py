"""Images of the core that are pulled although something here would change them, were they built."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tutor.core.hooks import Layer
from tutor.engines import images

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tutor.engines.images import Build
    from tutor.project import Project


def pulled_without(project: Project, declared: Iterable[Build], built: Iterable[Build]) -> Iterator[str]:
    """A sentence about each image that is pulled and has not what plugins and settings put into it.

    Args:
        project: opened.
        declared: builds of the images that run.
        built: the builds of those that come from this machine.
    """
    tags = {build.tag for build in built}
    pulled = [build for build in declared if build.tag not in tags]
    if not pulled:
        return
    for build in pulled:
        causes = [*_patches(project, build), *_settings(project, build)]
        if causes:
            yield (
                f"image {build.tag} is pulled, without what these put into it: {', '.join(causes)}. "
                f"To have it built here: tutor images build {build.name}"
            )


def pulled_by_nodes(project: Project) -> Iterator[str]:
    """The same of a cluster, whose nodes pull every image.

    Images that the user has given a name of their own are the user's, who builds and pushes them.
    """
    for build in images.all_builds(project):
        setting = f"DOCKER_IMAGE_{build.name.upper()}"
        if (
            build.name not in images.PULLED
            or project.settings.winner(setting).origin.layer is not Layer.DEFAULT
        ):
            continue
        causes = [*_patches(project, build), *_settings(project, build)]
        if causes:
            yield (
                f"image {build.tag} is pulled, without what these put into it: {', '.join(causes)}. "
                f"To have one with it: tutor config save --set {setting}=REGISTRY/NAME:TAG "
                f"&& tutor images build {build.name} && tutor images push {build.name}"
            )


def _patches(project: Project, build: Build) -> list[str]:
    """Plugins whose patches are in files of the image."""
    from tutor.env.points import patch_points

    folder = f"{build.folder.relative_to(project.environment)}/"
    found = {
        f"plugin {origin.plugin} (patch {point.name})": None
        for point in patch_points(project.renderer).values()
        if any(path.startswith(folder) for place in point.places for path in place.files)
        for content, origin in point.uses
        if origin.plugin and content.strip()
    }
    return list(found)


def _settings(project: Project, build: Build) -> list[str]:
    """Settings of the user that the Dockerfile reads."""
    sources, name = project.renderer.sources, f"{build.folder.relative_to(project.environment)}/Dockerfile"
    root = sources.find(name)
    if root is None:
        return []
    expressions = re.findall(r"{[{%](.*?)[%}]}", sources.read(f"{root}/{name}").decode(errors="replace"))
    read = set(re.findall(r"\b[A-Z][A-Z0-9_]+\b", " ".join(expressions)))
    read.discard("MOUNTS")  # most are for other images
    return [f"setting {setting}" for setting in sorted(read & project.user.values.keys())]
