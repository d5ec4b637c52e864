"""What kustomize would refuse across the files that it reads, found where plugin and line are known."""

from __future__ import annotations

import os.path
import re
from functools import partial
from typing import TYPE_CHECKING, Any

import yaml

from tutor.core.named import Named
from tutor.env.formats.fault import Fault
from tutor.env.formats.kubernetes import at, items, references
from tutor.env.nodes import documents
from tutor.env.validate import fault_error

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from tutor.core.hooks import Origin
    from tutor.env.render import RenderedFile

_PATH = "kustomization.yml"
_OVERRIDE = "k8s/override.yml"
_SECRETS = "k8s/secrets.yml"
#: Keys with which plugins bring objects that are not in files of the environment.
_ELSEWHERE = ("components", "helmCharts", "helmChartInflationGenerator", "transformers")
#: Resources that are fetched from elsewhere.
_REMOTE = re.compile(r"\w+://|git@|git::|[\w-]+(\.[\w-]+)+/.*(\?|//)|github\.com")

#: Group of the API, kind, namespace, name: two objects cannot have the same.
_Identity = tuple[str, str, str, str]


class _Resource(Named):
    """An object, and where it stands."""

    identity: _Identity
    file: RenderedFile
    line: int

    @property
    def title(self) -> str:
        return f"{self.identity[1]} {self.identity[3]}"

    @property
    def place(self) -> str:
        span = self.file.contributor(self.line)
        place = f"{self.file.path}:{self.line}"
        plugin = span.patch.origin.plugin if span else self.file.origin.plugin
        return f"{place}, plugin {plugin}" if plugin else place


class Lack(Named):
    """Something that manifests name and that is not there.

    Args:
        message: one sentence.
        origin: who names it.
    """

    message: str
    origin: Origin


def check_kustomization(files: Mapping[str, RenderedFile], exists: Callable[[str], bool]) -> list[str]:
    """Check what the files that kustomize reads say about each other: see `lacks`.

    Raises:
        RenderError: two objects of one kind and name.
    """
    return [lack.message for lack in lacks(files, exists)]


def lacks(files: Mapping[str, RenderedFile], exists: Callable[[str], bool]) -> list[Lack]:
    """What the files that kustomize reads name and do not have. Each was checked by its format before.

    Args:
        files: of the rendered environment, by path.
        exists: tells of a path in the environment whether a file or a folder is there that is not rendered.

    Returns:
        Files that are named and not there, which a plugin may write when the environment is saved; and
        changes to objects that are not there, which published plugins make to each other's. They keep nobody
        from running the platform on Compose.

    Raises:
        RenderError: two objects of one kind and name.
    """
    if _PATH not in files:
        return []
    file = files[_PATH]
    document = _documents(file)[0]
    resources = [node for node in items(at(document, "resources")) if isinstance(node, yaml.ScalarNode)]
    rendered = [files[path] for node in resources if (path := _plain(node.value)) in files]
    objects = _unique([found for resource in rendered for found in _objects(resource)])
    patched = any(_text(patch, "path") == _OVERRIDE for patch in items(at(document, "patches")))
    # Otherwise there are objects that only kustomize knows.
    all_known = len(rendered) == len(resources) and not any(map(partial(at, document), _ELSEWHERE))
    found: list[Lack] = []
    if all_known:
        known = objects | set(_generated(files, document))
        if patched:
            found += _lost_overrides(files[_OVERRIDE], known)
        found += _lost_references(rendered, known)
    for node, path in _named(document):
        if path not in files and not exists(path):
            line = node.start_mark.line + 1
            message = f"{_PATH}:{line} names {path}, which is not in the environment{_by(file, node)}"
            found.append(Lack(message, _whose(file, line)))
    return found


def _whose(file: RenderedFile, line: int) -> Origin:
    span = file.contributor(line)
    return span.patch.origin if span else file.origin


def _generated(files: Mapping[str, RenderedFile], document: Any) -> Iterator[_Identity]:
    """What generators make, by the names that it can be changed by: those without a hash."""
    for key, kind in (("configMapGenerator", "ConfigMap"), ("secretGenerator", "Secret")):
        yield from (("", kind, "", _text(node, "name")) for node in items(at(document, key)))
    for generator in _objects(files[_SECRETS]):
        yield ("", "Secret", "", generator.identity[3])


def _unique(objects: list[_Resource]) -> set[_Identity]:
    seen: dict[_Identity, _Resource] = {}
    for found in objects:
        first = seen.setdefault(found.identity, found)
        if first is not found:
            # Of two, it is the plugin's that is too much.
            late, early = (found, first) if _guest(found) or not _guest(first) else (first, found)
            fault = Fault(f"there is a {late.title} already, in {early.place}", late.line)
            raise fault_error(late.file, late.file.content.decode(), "Kubernetes manifest", fault)
    return set(seen)


def _guest(found: _Resource) -> bool:
    return bool(found.file.contributor(found.line) or found.file.origin.plugin)


def _lost_overrides(file: RenderedFile, objects: set[_Identity]) -> Iterator[Lack]:
    for found in _objects(file):
        group, kind, namespace, name = found.identity
        same = ((g, k, n) for g, k, space, n in objects if not namespace or not space or space == namespace)
        if (group, kind, name) not in same:
            message = f"{found.place}: there is no {found.title} to change; kubectl will refuse that"
            yield Lack(message, _whose(file, found.line))


def _lost_references(files: Iterable[RenderedFile], objects: set[_Identity]) -> Iterator[Lack]:
    """What pods need to start, and what requests are sent to."""
    known = {(kind, name) for _, kind, _, name in objects}
    for file in files:
        for document in _documents(file):
            title = f"{_text(document, 'kind')} {_text(document, 'metadata', 'name')}"
            for kind, node in references(document):
                if (kind, node.value) not in known:
                    line = node.start_mark.line + 1
                    place = f"{file.path}:{line}{_by(file, node)}"
                    yield Lack(
                        f"{place}: {title} needs the {kind} {node.value}, which is not there",
                        _whose(file, line),
                    )


def _objects(file: RenderedFile) -> Iterator[_Resource]:
    for document in _documents(file):
        for manifest in items(at(document, "items")) if _text(document, "kind") == "List" else [document]:
            if not isinstance(manifest, yaml.MappingNode) or at(manifest, "metadata", "name") is None:
                continue
            version = _text(manifest, "apiVersion")
            identity = (
                version.rpartition("/")[0],
                _text(manifest, "kind"),
                _text(manifest, "metadata", "namespace"),
                _text(manifest, "metadata", "name"),
            )
            yield _Resource(identity, file, manifest.start_mark.line + 1)


def _documents(file: RenderedFile) -> list[Any]:
    try:
        return documents(file.content.decode())
    except (yaml.YAMLError, UnicodeDecodeError):
        return []  # a file of a plugin that no format is known of


def _named(document: Any) -> Iterator[tuple[Any, str]]:
    """Paths that kustomize reads, each with its node."""
    for key in ("resources", "generators", "components", "crds", "configurations", "transformers"):
        for node in items(at(document, key)):
            yield from _local(node, node)
    for patch in items(at(document, "patches")):
        yield from _local(at(patch, "path"), patch)
    for key in ("configMapGenerator", "secretGenerator"):
        for generator in items(at(document, key)):
            for field in ("files", "envs"):
                for node in items(at(generator, field)):
                    yield from _local(node, node)


def _local(node: Any, place: Any) -> Iterator[tuple[Any, str]]:
    if not isinstance(node, yaml.ScalarNode) or "\n" in node.value or _REMOTE.match(node.value):
        return
    # NAME=PATH, where the key is not the name of the file.
    yield place, _plain(node.value.rpartition("=")[2])


def _plain(path: str) -> str:
    return os.path.normpath(path)


def _text(node: Any, *path: str) -> str:
    found = at(node, *path)
    return str(found.value) if isinstance(found, yaml.ScalarNode) else ""


def _by(file: RenderedFile, node: Any) -> str:
    span = file.contributor(node.start_mark.line + 1)
    return f" ({span.patch.origin}, patch {span.patch.name})" if span else ""
