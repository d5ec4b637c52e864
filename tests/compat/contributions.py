"""What one plugin contributes, read from the hooks, and whether it is in the environment."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from tutor.commands.added import added_commands
from tutor.config import userfile
from tutor.engines.compose import local_files, service_names
from tutor.engines.images import all_builds, built_here
from tutor.env.failures import Text
from tutor.env.patterns import left_out
from tutor.env.plan import Manifest
from tutor.hooks import Filters
from tutor.jobs.compose import check_services
from tutor.jobs.tasks import init_tasks

if TYPE_CHECKING:
    from collections.abc import Collection

    from tutor.core.hooks import Origin
    from tutor.env.render import RenderedTree
    from tutor.project import Project

#: Patch point of the platform → the files that it lies in.
POINTS: dict[str, list[str]] = yaml.safe_load((Path(__file__).parent / "points.yml").read_text())
#: References to ConfigMaps that are Secrets here: `tutor.env.references` turns them into those of Secrets.
REFERENCES = re.compile(r"\bconfigMap(?:Ref|KeyRef)?\b")


@dataclass
class Contributions:
    """What a plugin contributes.

    Args:
        plugin: its name.
        patches: (name, content, origin).
        settings: those with defaults.
        unique: those that are generated once.
        overrides: name → value.
        targets: (folder in a template root, folder in the environment).
        roots: template roots.
        tasks: init tasks: (service, script).
        builds: images to build: names.
        pulls: images to pull and to push: tags.
        commands: what is typed for each of its commands and jobs.
        unused: names of patches that no template has a point for.
        files: files of the environment that are the plugin's own.
    """

    plugin: str
    patches: list[tuple[str, str, Origin]]
    settings: list[str]
    unique: list[str]
    overrides: dict[str, Any]
    targets: list[tuple[str, str]]
    roots: list[str]
    tasks: list[tuple[str, str]]
    builds: list[str]
    pulls: list[str]
    commands: list[list[str]]
    unused: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)

    def counts(self) -> dict[str, Any]:
        """For the table of results."""
        return {
            "settings": len({*self.settings, *self.unique, *self.overrides}),
            "patches": len(self.patches),
            "unused": sorted(set(self.unused)),
            "files": len(self.files),
            "tasks": len(self.tasks),
            "images": len({*self.builds}),
            "commands": len(self.commands),
        }

    def check_settings(self, project: Project) -> None:
        """Every setting has a value, and the generated ones are saved."""
        saved = userfile.read(project.root).values
        for name in (*self.settings, *self.unique):
            project.values[name]
        for name in self.unique:
            assert name in saved, f"{name} was not saved"
        for name in self.overrides:
            origins = [c.origin for c in project.settings.layers(name)]
            assert self.plugin in {o.plugin for o in origins}, f"{name} is not overridden"

    def check_patches(self, project: Project, tree: RenderedTree, said: str) -> None:
        """Every patch is in the file of its point; or it is said that no template has that point."""
        places: dict[tuple[str, Origin], set[str]] = {}
        for file in tree.files.values():
            for span in file.spans:
                places.setdefault((span.patch.name, span.patch.origin), set()).add(file.path)
        for name, content, origin in self.patches:
            paths = places.get((name, origin))
            if not paths and not tree.points.known(name):
                self.unused.append(name)
                # At most three are named.
                assert name in said or f"plugin {self.plugin}" in said, f"not said: {name}"
                continue
            text = Text("<check>", content, origin, f"patch {name}")
            rendered = project.renderer.render_text(content, text).strip()
            if not paths:
                asked = rendered and not self._asked_for_elsewhere(project, name)
                assert not asked, f"patch {name} is in no file"
                continue
            if name in POINTS:
                assert paths == set(POINTS[name]), f"patch {name} is in {paths}"
            for path in paths:
                live = (project.environment / path).read_text()
                words = REFERENCES.sub("", rendered) if path.startswith("k8s/") else rendered
                missing = [word for word in re.findall(r"\w+", words) if word not in live]
                assert not missing, f"patch {name} is not whole in {path}: {missing}"

    def _asked_for_elsewhere(self, project: Project, name: str) -> bool:
        """Whether only files that are not rendered ask for a patch, or one that leaves it out here."""
        call = re.compile(rf"""patch\(\s*["']{re.escape(name)}["']""")
        return any(
            call.search(path.read_text(errors="replace"))
            for root, origin in project.renderer.roots
            if origin.plugin
            for path in Path(root).rglob("*")
            if path.is_file()
        )

    def check_files(self, project: Project) -> None:
        """The templates of the plugin's targets are rendered."""
        tracked = Manifest.read(project.root).files
        for source, destination in self.targets:
            prefix = f"{destination}/{source}".strip("/").removeprefix("./")
            covered = [path for path in tracked if path == prefix or path.startswith(f"{prefix}/")]
            there = any(Path(root, source).exists() for root, _ in project.renderer.roots)
            assert covered or not there or _empty(source, self.roots), f"{prefix} is not in the environment"
            self.files += [path for path in covered if path not in self.files]
        for path in self.files:
            assert (project.environment / path).is_file()

    def check_tasks(self, project: Project) -> None:
        """Init tasks are rendered, in the plugin's order, and each has a service that runs it."""
        if not self.tasks:
            return
        tasks = [t for t in init_tasks(project) if t.origin.plugin == self.plugin]
        assert [t.service for t in tasks] == [
            {"mysql-client": "mysql"}.get(service, service) for service, _ in self.tasks
        ]
        for task, (_, source) in zip(tasks, self.tasks, strict=True):
            script = project.renderer.render_text(source, Text("<check>", source, task.origin, "task"))
            assert script.strip() in task.script
        check_services(tasks, local_files(project.environment))
        assert service_names(local_files(project.environment), jobs=True)

    def check_images(self, project: Project, unbuildable: Collection[str]) -> None:
        """What images are built from is in the environment, and their names are rendered."""
        for build in built_here(all_builds(project), {}):
            if build.name in self.builds and build.origin and build.origin.plugin == self.plugin:
                there = (build.folder / "Dockerfile").is_file()
                assert there is (build.name not in unbuildable), build.folder
                assert "{" not in build.tag
        for tag in self.pulls:
            assert project.renderer.render_text(tag, Text(f"<{tag}>", tag, project_origin(project), "tag"))


def project_origin(project: Project) -> Origin:
    """The origin of the core."""
    return project.renderer.roots[0][1]


def gather(project: Project, plugin: str) -> Contributions:
    """What a plugin contributes to the hooks of an opened project."""
    config = project.config

    def of(handle: Any, *arguments: Any) -> list[Any]:
        return [item for item, origin in handle.collect(*arguments) if origin.plugin == plugin]

    return Contributions(
        plugin=plugin,
        patches=[(n, c, o) for (n, c), o in Filters.ENV_PATCHES.collect() if o.plugin == plugin],
        settings=[name for name, _ in of(Filters.CONFIG_DEFAULTS)],
        unique=[name for name, _ in of(Filters.CONFIG_UNIQUE)],
        overrides=dict(of(Filters.CONFIG_OVERRIDES)),
        targets=of(Filters.ENV_TEMPLATE_TARGETS),
        roots=[str(root) for root in of(Filters.ENV_TEMPLATE_ROOTS)],
        tasks=of(Filters.CLI_DO_INIT_TASKS),
        builds=[item[0] for item in of(Filters.IMAGES_BUILD, config)],
        pulls=[tag for _, tag in (*of(Filters.IMAGES_PULL, config), *of(Filters.IMAGES_PUSH, config))],
        commands=[f"{a.group} {a.word}".split()[1:] for a in added_commands() if a.origin.plugin == plugin],
    )


def _empty(source: str, roots: list[str]) -> bool:
    """Whether nothing below a folder is rendered."""
    is_left_out = left_out()
    paths = ((p, p.relative_to(root)) for root in roots for p in Path(root, source).rglob("*"))
    return all(is_left_out(name.as_posix()) for path, name in paths if path.is_file())
