"""What applying would change on a cluster, by the server's own dry run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tutor.engines import manifests as objects
from tutor.engines import ownership
from tutor.engines.manifests import Identity
from tutor.exceptions import EngineError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tutor.engines.kubernetes import Cluster
    from tutor.engines.manifests import Manifests, Object
    from tutor.engines.ownership import Owned
    from tutor.engines.run import Runner

#: Lines of the difference that are put together; more are never read by anybody.
LONGEST = 20_000


@dataclass(frozen=True, slots=True)
class Difference:
    """What applying would change.

    Args:
        lines: the difference of objects, as `diff -u` writes it; values of Secrets are masked.
        created: objects of a namespace that is not there yet, which no server can compare.
        deleted: what is ours and not rendered any more.
        kept: volumes of those.
    """

    lines: tuple[str, ...] = ()
    created: tuple[Identity, ...] = ()
    deleted: tuple[Identity, ...] = ()
    kept: tuple[Identity, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether nothing would change."""
        return not (self.lines or self.created or self.deleted)


def changed_objects(lines: Iterable[str], objects: Iterable[Object]) -> dict[Identity, bool]:
    """Which objects a difference is about, each with whether it is new.

    Args:
        lines: what `kubectl diff` printed: a file for each object, named version.kind.namespace.name.
        objects: those that were compared.
    """
    by_file = {}
    for item in objects:
        i = Identity.of(item)
        version = str(item["apiVersion"]).replace("/", ".")
        by_file[f"{version}.{i.kind}.{i.namespace}.{i.name}"] = i
    found: dict[Identity, bool] = {}
    current = None
    for line in lines:
        if line.startswith("diff "):
            current = by_file.get(line.rpartition("/")[2])
            if current is not None:
                found[current] = False
        elif line.startswith("@@ -0,0 ") and current is not None:
            found[current] = True
    return found


def compare(runner: Runner, cluster: Cluster, manifests: Manifests, owned: Owned) -> Difference:
    """Compare what is rendered with what is on a cluster; changes nothing.

    Args:
        runner: runs the questions.
        cluster: to compare with.
        manifests: acceptable ones.
        owned: what is ours on the cluster.

    Raises:
        EngineError: the server refuses an object; says which.
    """
    wanted = tuple(map(Identity.of, manifests.objects))
    if owned.namespace == "absent":
        return Difference(created=wanted)
    stale = ownership.ours(runner, cluster, sorted(owned.objects.difference(wanted)))
    lines: list[str] = []

    def remember(line: str) -> None:
        if len(lines) < LONGEST:
            lines.append(line)

    argv = cluster.command("diff", "--filename=-")
    result = runner.tail(argv, stdin=objects.serialized(manifests.objects), line=remember)
    if result.code > 1:
        raise EngineError(
            f"The server does not accept an object: {result.reason}",
            where="kubectl diff",
            excerpt="\n".join(result.output.splitlines()[-10:]),
            hint="correct the plugin or its patch, then run the same command again",
        )
    return Difference(
        tuple(lines),
        deleted=tuple(i for i in stale if i.kind not in ownership.DATA),
        kept=tuple(i for i in stale if i.kind in ownership.DATA),
    )
