"""Compose files as one project: what they refer to is in one of them.

Files are merged as Compose 2.40 merges them, as far as references go; https://docs.docker.com/reference/compose-file/merge/.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tutor.core.named import Named
from tutor.env.formats.compose.reader import is_merge, read
from tutor.env.formats.compose.settle import settle
from tutor.env.formats.compose.variables import Unknown
from tutor.env.nodes import documents

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from tutor.env.formats.compose.schema import Path

#: Kind of a declaration at the top → what one is called.
KINDS = {
    "volumes": "volume",
    "networks": "network",
    "secrets": "secret",
    "configs": "config",
    "models": "model",
}
_DRIVE = re.compile(r"[A-Za-z]:[\\/]")


class Source(Named):
    """One document of a file: where it is from, its nodes and what it says."""

    path: str
    node: Any
    value: dict[str, Any]


class Wrong(Named):
    """What Compose would refuse.

    Args:
        message: one sentence, without a place.
        source: where it stands.
        at: the steps to it.
        service: the service that is not there, where that is what is wrong.
    """

    message: str
    source: Source
    at: Path
    service: str | None = None


class _Said(Named):
    """A value of a key of a service, and where it stands."""

    value: Any
    source: Source
    at: Path

    def step(self, step: str | int, value: Any) -> _Said:
        return _Said(value, self.source, (*self.at, step))

    def wrong(self, message: str, service: str | None = None) -> Wrong:
        return Wrong(f"{'.'.join(map(str, self.at[:3]))}: {message}", self.source, self.at, service)


@dataclass
class _Service:
    """A service: each key with what the files say of it, in their order."""

    name: str
    first: _Said
    keys: dict[str, list[_Said]] = field(default_factory=dict)

    def last(self, key: str) -> _Said | None:
        found = self.keys.get(key)
        return found[-1] if found else None

    def each(self, key: str) -> Iterator[_Said]:
        """The entries of a list or of a mapping; of a mapping, each key once, as it was said last."""
        entries: dict[Any, _Said] = {}
        for said in self.keys.get(key, ()):
            if isinstance(said.value, dict):
                entries.update((name, said.step(name, name)) for name in said.value)
            elif isinstance(said.value, list):
                for index, item in enumerate(said.value):
                    name = item if isinstance(item, str) else (id(said.value), index)
                    entries[name] = said.step(index, item)
            elif said.value is not None:
                entries[str(said.value)] = said
        yield from entries.values()


def sources_of(path: str, text: str, variables: Mapping[str, str]) -> Iterator[Source]:
    """The documents of a file that was checked by itself.

    Raises:
        yaml.YAMLError, UnreadableError: it was not.
    """
    for node in documents(text):
        value = settle(read(node), variables)
        if isinstance(value, dict):
            yield Source(path, node, value)


def check_together(
    sources: list[Source], exists: Callable[[str], bool], variables: Mapping[str, str]
) -> Iterator[Wrong]:
    """What is wrong with files that are each right by themselves.

    Args:
        sources: in the order in which Compose merges them.
        exists: whether a path, relative to the first file's folder, is there.
        variables: those that are known; ``COMPOSE_PROFILES`` says which profiles are active.
    """
    project = _Project(sources, exists, variables)
    if any("include" in source.value for source in sources):
        return  # what is included declares what it likes
    for service in project.active():
        yield from project.references(service)
    yield from project.equal_names()
    yield from project.cycles()


class _Project:
    def __init__(
        self, sources: list[Source], exists: Callable[[str], bool], variables: Mapping[str, str]
    ) -> None:
        self.exists = exists
        self.profiles = {name.strip() for name in variables.get("COMPOSE_PROFILES", "").split(",")} - {""}
        self.services: dict[str, _Service] = {}
        self.declared: dict[str, set[str]] = {kind: set() for kind in KINDS}
        for source in sources:
            self._merge(source)

    def _merge(self, source: Source) -> None:
        for kind, names in self.declared.items():
            tags = _tags(source.node, (kind,))
            names.difference_update(name for name, tag in tags.items() if tag == "!reset")
            body = source.value.get(kind)
            names.update(body if isinstance(body, dict) else ())
        body = source.value.get("services")
        for name, tag in _tags(source.node, ("services",)).items():
            if tag in ("!reset", "!override"):
                self.services.pop(name, None)
        for name, keys in body.items() if isinstance(body, dict) else ():
            if not isinstance(keys, dict):
                continue
            at = ("services", name)
            service = self.services.setdefault(name, _Service(name, _Said(keys, source, at)))
            for key, tag in _tags(source.node, at).items():
                if tag in ("!reset", "!override"):
                    service.keys.pop(key, None)
            for key, value in keys.items():
                service.keys.setdefault(key, []).append(_Said(value, source, (*at, key)))

    def active(self) -> list[_Service]:
        """The services that are in no profile, or in an active one."""
        return [service for service in self.services.values() if self._is_active(service)]

    def _is_active(self, service: _Service) -> bool:
        profiles = {said.value for said in service.each("profiles")}
        base = self._base(service)
        if base is not None and base is not service and not profiles:
            profiles = {said.value for said in base.each("profiles")}
        return not profiles or bool(profiles & self.profiles) or "*" in self.profiles

    def _base(self, service: _Service) -> _Service | None:
        """The service of the same project that one extends."""
        said = service.last("extends")
        if said is None:
            return None
        name = said.value.get("service") if isinstance(said.value, dict) else said.value
        elsewhere = isinstance(said.value, dict) and "file" in said.value
        return None if elsewhere else self.services.get(str(name))

    def references(self, service: _Service) -> Iterator[Wrong]:
        """What a service needs and nobody declares."""
        yield from self._missing_image(service)
        for said, name in _dependencies(service):
            yield from self._missing_service(said, name)
        for kind, said, name in _declarations(service):
            if name not in self.declared[kind] and not isinstance(name, Unknown):
                yield said.wrong(f"there is no {KINDS[kind]} {name}: declare it under {kind}")
        yield from self._missing_files(service)

    def _missing_image(self, service: _Service) -> Iterator[Wrong]:
        seen: set[str] = set()
        base: _Service | None = service
        while base is not None and base.name not in seen:
            seen.add(base.name)
            if any(base.last(key) is not None for key in ("image", "build", "provider")):
                return
            extends = base.last("extends")
            if extends is not None and self._base(base) is None:
                return  # of another file, or told as missing
            base = self._base(base)
        yield service.first.wrong("the service has neither image nor build")

    def _missing_service(self, said: _Said, name: str) -> Iterator[Wrong]:
        if isinstance(name, Unknown):
            return
        other = self.services.get(name)
        if other is None:
            yield said.wrong(f"there is no service {name}", name)
        elif not self._is_active(other) and not _is_optional(said, name):
            profiles = ", ".join(str(each.value) for each in other.each("profiles"))
            yield said.wrong(f"the service {name} is only there with the profile {profiles}")

    def _missing_files(self, service: _Service) -> Iterator[Wrong]:
        for key in ("env_file", "label_file"):
            for said in service.each(key):
                options = said.value if isinstance(said.value, dict) else {"path": said.value}
                if options.get("required", True):
                    yield from self._missing_file(said, options.get("path"))
        extends = service.last("extends")
        if extends is None:
            return
        options = extends.value if isinstance(extends.value, dict) else {"service": extends.value}
        if "file" in options:
            yield from self._missing_file(extends, options["file"])
            return
        name = options.get("service")
        if name not in (extends.source.value.get("services") or {}):
            known = "; extends looks in its own file only" if name in self.services else ""
            yield extends.wrong(f"there is no service {name}{known}", None if known else str(name))

    def _missing_file(self, said: _Said, path: Any) -> Iterator[Wrong]:
        if isinstance(path, str) and not isinstance(path, Unknown) and not self.exists(path):
            yield said.wrong(f"there is no file {path}")

    def equal_names(self) -> Iterator[Wrong]:
        """Containers of one name."""
        names: dict[str, str] = {}
        for service in self.active():
            said = service.last("container_name")
            if said is None or isinstance(said.value, Unknown):
                continue
            if said.value in names:
                yield said.wrong(f"the container of {names[said.value]} has the name {said.value}, too")
            names[said.value] = service.name

    def cycles(self) -> Iterator[Wrong]:
        """Services that wait for themselves, by way of others."""
        edges = {
            service.name: {name: said for said, name in _dependencies(service) if name in self.services}
            for service in self.active()
        }
        bases = ((service, self._base(service)) for service in self.services.values())
        extends = {service.name: {base.name: service.last("extends")} for service, base in bases if base}
        graphs: tuple[Mapping[str, Mapping[str, _Said | None]], ...] = (edges, extends)
        for graph in graphs:
            ring = _ring(graph)
            if ring:
                said = graph[ring[0]][ring[1]]
                if said is not None:
                    yield said.wrong(f"services wait for themselves: {' → '.join(ring)}")


def _ring(graph: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The first circle of a graph, its first node at both ends."""
    done: set[str] = set()

    def walk(node: str, way: list[str]) -> list[str]:
        if node in way:
            return [*way[way.index(node) :], node]
        if node in done:
            return []
        for after in graph.get(node, ()):
            found = walk(after, [*way, node])
            if found:
                return found
        done.add(node)
        return []

    return next((ring for node in graph if (ring := walk(node, []))), [])


def _dependencies(service: _Service) -> Iterator[tuple[_Said, str]]:
    """The services that one cannot be without, and where it says so."""
    for said in service.each("depends_on"):
        yield said, said.value
    for said in service.each("links"):
        yield said, _like(said.value, str(said.value).partition(":")[0])
    for said in service.each("volumes_from"):
        if not str(said.value).startswith("container:"):
            yield said, _like(said.value, str(said.value).partition(":")[0])
    for key in ("network_mode", "ipc", "pid"):
        last = service.last(key)
        if last is not None and str(last.value).startswith("service:"):
            yield last, _like(last.value, str(last.value).partition(":")[2])


def _declarations(service: _Service) -> Iterator[tuple[str, _Said, str]]:
    """What a service uses that has to be declared at the top: kind, where it says so, name."""
    for said in service.each("networks"):
        if said.value != "default":
            yield "networks", said, said.value
    targets: dict[Any, tuple[_Said, str | None]] = {}
    for said in service.each("volumes"):
        target, name = _volume(said.value)
        targets[target] = (said, name)
    yield from (("volumes", said, name) for said, name in targets.values() if name)
    for kind in ("secrets", "configs", "models"):
        yield from _named(kind, service.each(kind))
    for said in service.keys.get("build", ()):
        secrets = said.value.get("secrets") if isinstance(said.value, dict) else None
        place = said.step("secrets", secrets)
        yield from _named("secrets", (place.step(index, item) for index, item in enumerate(secrets or ())))


def _named(kind: str, entries: Iterable[_Said]) -> Iterator[tuple[str, _Said, str]]:
    """Entries that are a name, or a mapping with one."""
    for said in entries:
        name = said.value.get("source") if isinstance(said.value, dict) else said.value
        if isinstance(name, str):
            yield kind, said, name


def _volume(value: Any) -> tuple[Any, str | None]:
    """Where a volume appears, and its name if it has one that has to be declared."""
    if isinstance(value, dict):
        name = value.get("source") if value.get("type", "volume") == "volume" else None
        return value.get("target"), name
    source, colon, rest = str(value).partition(":")
    if not colon:
        return source, None
    target = rest.partition(":")[0]
    named = source and source[0] not in "./~\\$" and not _DRIVE.match(str(value)) and len(source) > 1
    return target, _like(value, source) if named else None


def _is_optional(said: _Said, name: str) -> bool:
    """Whether a dependency says that it can be done without."""
    options: Any = said.source.value
    for step in said.at[:-1]:
        options = options[step]
    body = options.get(name) if isinstance(options, dict) else None
    return isinstance(body, dict) and body.get("required") is False


def _like(value: Any, part: str) -> str:
    """A part of a value: not known where that is not."""
    return Unknown(part) if isinstance(value, Unknown) else part


def _tags(node: Any, path: Path) -> dict[str, str]:
    """Key → tag of what stands there, for the mapping at a path of a document."""
    for step in path:
        if not hasattr(node, "value") or not isinstance(node.value, list):
            return {}
        node = next((value for key, value in _pairs(node) if key == step), None)
    return {key: value.tag or "" for key, value in _pairs(node)} if node is not None else {}


def _pairs(node: Any) -> Iterator[tuple[str, Any]]:
    for pair in node.value if isinstance(getattr(node, "value", None), list) else ():
        if isinstance(pair, tuple) and not is_merge(pair[0]):
            yield str(pair[0].value), pair[1]
