"""Bringing a cluster to what an environment describes: applied, and what is no more rendered taken away."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tutor.engines import manifests as objects
from tutor.engines import ownership
from tutor.engines.kubectl import served_kinds
from tutor.engines.manifests import Identity
from tutor.exceptions import EngineError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from tutor.engines.kubernetes import Cluster
    from tutor.engines.manifests import Manifests
    from tutor.engines.ownership import Owned
    from tutor.engines.report import Reporter
    from tutor.engines.run import Runner

_UNCHANGED = re.compile(r"^\S+ unchanged\b")
#: Kinds whose names change with what they hold: a pod that is on its way out still reads the old one.
HASHED = ("ConfigMap", "Secret")


@dataclass(frozen=True, slots=True)
class Deployed:
    """What a cluster has been brought to.

    Args:
        manifests: what was applied of the rendered objects.
        owned: what was ours before.
    """

    manifests: Manifests
    owned: Owned

    @property
    def identities(self) -> frozenset[Identity]:
        """What was applied."""
        return frozenset(map(Identity.of, self.manifests.objects))


def acceptable(
    runner: Runner, cluster: Cluster, manifests: Manifests, owned: Owned, reporter: Reporter
) -> Manifests:
    """The rendered objects without those that are not for this cluster, with one notice about them.

    Left out is what the cluster does not serve, and a namespace that was there before us.

    Raises:
        EngineError: the cluster does not say what it serves.
    """
    served = served_kinds(runner, cluster.kubectl, {str(o["apiVersion"]) for o in manifests.objects})
    kept, out = objects.leave_out(manifests, served)
    if out:
        kinds = dict.fromkeys(f"{o['kind']} ({o['apiVersion']})" for o in out)
        reporter.warn(f"left out, because this cluster does not serve it: {', '.join(kinds)}")
    if owned.namespace == "foreign":
        rest = tuple(o for o in kept.objects if o["kind"] != "Namespace")
        kept = objects.Manifests(rest, kept.jobs)
    return kept


def apply(
    runner: Runner, cluster: Cluster, manifests: Manifests, owned: Owned, reporter: Reporter
) -> Deployed:
    """Create and change objects, and note them as ours before.

    Args:
        runner: runs the commands.
        cluster: where.
        manifests: acceptable ones.
        owned: what is ours already.
        reporter: told what changes.

    Raises:
        EngineError: the cluster refuses one; says which.
    """
    deployed = Deployed(manifests, owned)
    first = [o for o in manifests.objects if o["kind"] == "Namespace"]
    if first and owned.namespace == "absent":
        _apply(runner, cluster, first, reporter)
    noted = ownership.inventory(cluster, owned.objects | deployed.identities)
    _apply(runner, cluster, [noted, *manifests.objects], reporter)
    return deployed


def prune(
    runner: Runner,
    cluster: Cluster,
    deployed: Deployed,
    reporter: Reporter,
    *,
    kept: Collection[str] = (),
) -> None:
    """Delete what is ours and is not rendered any more. Volumes stay, and are told.

    Args:
        runner: runs the commands.
        cluster: where.
        deployed: all that is rendered.
        reporter: told what is deleted.
        kept: kinds of which nothing is deleted yet.

    Raises:
        EngineError: the cluster refuses.
    """
    stale = sorted(deployed.owned.objects - deployed.identities)
    there = ownership.ours(runner, cluster, [i for i in stale if i.kind not in kept])
    volumes = [i for i in there if i.kind in ownership.DATA]
    for volume in volumes:
        reporter.warn(
            f"{volume} is not used any more. Its data is kept; to delete it: "
            f"kubectl --namespace {cluster.namespace} delete {volume}"
        )
    gone = [i for i in there if i.kind not in ownership.DATA]
    if gone:
        reporter.info(f"deleting what is not rendered any more: {', '.join(map(str, gone))}")
        argv = ownership.delete(cluster, gone)
        run(runner, argv, reporter, "What is not rendered any more cannot be deleted")
    left = deployed.identities.union(volumes, (i for i in stale if i.kind in kept))
    if left != deployed.owned.objects | deployed.identities:
        _apply(runner, cluster, [ownership.inventory(cluster, left)], reporter)


def run(
    runner: Runner, argv: Sequence[str], reporter: Reporter, failure: str, stdin: str | None = None
) -> None:
    """Run a command that changes the cluster, and hand on what it says has changed.

    Args:
        runner: runs it.
        argv: the command.
        reporter: told what has changed.
        failure: the sentence about its failing.
        stdin: its input.

    Raises:
        EngineError: it fails.
    """

    def show(line: str) -> None:
        if line.strip() and not _UNCHANGED.match(line) and ownership.INVENTORY not in line:
            reporter.output(line.strip())

    result = runner.tail(argv, stdin=stdin, line=show)
    if result.code:
        raise EngineError(
            f"{failure}: {result.reason}",
            where="the cluster's answer follows",
            excerpt="\n".join(result.output.splitlines()[-10:]),
            hint="correct what it says, then run the same command again",
        )


def _apply(runner: Runner, cluster: Cluster, found: Sequence[objects.Object], reporter: Reporter) -> None:
    text = objects.serialized(found)
    run(runner, cluster.apply(), reporter, "The cluster does not take the objects", text)
