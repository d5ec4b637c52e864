"""The commands of `tutor k8s` on what runs: start, stop, look, reach in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tutor.commands.compose import PASS_THROUGH, allow_missing_option
from tutor.commands.kubernetes import DATA_SERVICES, on_terminal, session
from tutor.commands.params import NameType, completing

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tutor.commands.context import Context
    from tutor.commands.kubernetes import KubernetesSession
    from tutor.engines.kubernetes import Cluster
    from tutor.engines.run import Runner

#: Seconds that `wait` waits unless told otherwise.
WAIT_TIMEOUT = 600
#: What `status` lists.
SHOWN = ("deployments", "statefulsets", "daemonsets", "jobs", "pods", "services", "persistentvolumeclaims")


class WorkloadType(NameType):
    """The name of a workload: a Deployment, a StatefulSet or a DaemonSet."""

    name = "service"

    def names(self, ctx: click.Context) -> Iterable[str]:
        """Workloads in the rendered file of Deployments; kustomize is not asked, which takes too long."""
        from pathlib import Path

        from tutor.engines.manifests import WORKLOADS, parse

        path = Path(completing(ctx).root) / "env" / "k8s" / "deployments.yml"
        objects = parse(path.read_text()) if path.is_file() else []
        return sorted(str(o["metadata"]["name"]) for o in objects if o.get("kind") in WORKLOADS)


names_argument = click.argument("names", metavar="[SERVICE]...", nargs=-1, type=WorkloadType())


@click.command("start", short_help="Start the platform, or some of its services.")
@click.option(
    "--prune-configmaps",
    is_flag=True,
    help="Also delete ConfigMaps and Secrets of before; pods on their way out may still read them.",
)
@allow_missing_option
@names_argument
@click.pass_obj
def start(context: Context, prune_configmaps: bool, allow_missing: bool, names: tuple[str, ...]) -> None:
    """Apply what is rendered: all, or all but the services that are not named. It does not wait.

    Only pods whose definition or settings have changed are replaced. What is ours and is not rendered any
    more is deleted; volumes are kept.

    \b
    Examples:
      tutor k8s start
      tutor k8s start lms lms-worker
    """
    with session(context, deploys=True, allow_missing=allow_missing) as s:
        apply_all(s, names, prune_configmaps=prune_configmaps)


def apply_all(s: KubernetesSession, names: Sequence[str] = (), *, prune_configmaps: bool = False) -> None:
    """Apply what is rendered, and delete what is not any more, unless only some services are meant."""
    from tutor.engines import deploy

    s.check_workloads(names)
    deployed = s.deploy(names or None)
    if not names:
        kept = () if prune_configmaps else deploy.HASHED
        deploy.prune(s.runner, s.cluster, deployed, s.reporter, kept=kept)


@click.command("stop", short_help="Stop the platform, or some of its services.")
@names_argument
@click.pass_obj
def stop(context: Context, names: tuple[str, ...]) -> None:
    """Stop the platform, or some of its services, and wait until their pods are gone. Data is kept.

    \b
    Examples:
      tutor k8s stop
      tutor k8s stop lms-worker cms-worker
    """
    with session(context) as s:
        stop_all(s, names)


def stop_all(s: KubernetesSession, names: Sequence[str] = ()) -> None:
    """Delete workloads that are ours, all or some. Everything else stays."""
    from tutor.engines import deploy, ownership
    from tutor.engines.manifests import WORKLOADS

    s.check_workloads(names)
    owned = ownership.read(s.runner, s.cluster)
    wanted = [i for i in owned.objects if i.kind in WORKLOADS and (not names or i.name in names)]
    there = ownership.ours(s.runner, s.cluster, sorted(wanted))
    if not there:
        s.reporter.info("nothing of it runs")
        return
    argv = ownership.delete(s.cluster, there, wait=True)
    deploy.run(s.runner, argv, s.reporter, "The services do not stop")


@click.command("reboot", short_help="Stop, then start.")
@allow_missing_option
@click.pass_obj
def reboot(context: Context, allow_missing: bool) -> None:
    """Stop the whole platform, then start it again. Nobody can use it in between.

    \b
    Example:
      tutor k8s reboot
    """
    with session(context, deploys=True, allow_missing=allow_missing) as s:
        stop_all(s)
        apply_all(s)


@click.command("status", short_help="Show what runs on the cluster.")
@click.pass_obj
def status(context: Context) -> int:
    """Show workloads, pods, services and volumes of the platform, and the state that they are in.

    \b
    Example:
      tutor k8s status
    """
    with session(context) as s:
        selector = f"--selector={s.cluster.selector}"
        return s.runner.run(s.cluster.command("get", ",".join(SHOWN), selector, "--output=wide"))


@click.command("logs", short_help="Show what a service prints.")
@click.option("-c", "--container", default="", help="Only this container of its pods.")
@click.option("-f", "--follow", is_flag=True, help="Go on showing until Ctrl-C.")
@click.option("--tail", type=int, metavar="N", help="Only the last N lines of each pod.")
@click.option("-m", "--max-log-requests", type=int, metavar="N", help="Follow at most N pods.  [default: 5]")
@click.argument("service", type=WorkloadType())
@click.pass_obj
def logs(
    context: Context,
    container: str,
    follow: bool,
    tail: int | None,
    max_log_requests: int | None,
    service: str,
) -> int:
    """Show what the pods of a service print.

    \b
    Examples:
      tutor k8s logs --follow --tail=100 lms
      tutor k8s logs --max-log-requests=20 --follow lms
    """
    with session(context) as s:
        s.check_workloads([service])
        argv = s.cluster.logs(
            service, container=container, follow=follow, tail=tail, at_most=max_log_requests
        )
        return s.runner.run(argv)


@click.command("exec", short_help="Run a command in a running pod.", context_settings=PASS_THROUGH)
@click.argument("service", type=WorkloadType())
@click.argument("args", metavar="COMMAND...", nargs=-1, required=True, type=click.UNPROCESSED)
@click.pass_obj
def execute(context: Context, service: str, args: tuple[str, ...]) -> int:
    """Run a command in a running pod of a service, on this terminal.

    \b
    Examples:
      tutor k8s exec lms bash
      tutor k8s exec mysql mysql --version
    """
    with session(context) as s:
        s.check_workloads([service])
        return run_in_pod(s.runner, s.cluster, service, args)


def run_in_pod(runner: Runner, cluster: Cluster, service: str, command: Sequence[str]) -> int:
    """Run a command in a running pod of a service, on this terminal; in one that is ready, if there is one.

    Raises:
        EngineError: no pod of it runs.
    """
    from tutor.engines.kubernetes import NAME
    from tutor.engines.pods import list_pods
    from tutor.exceptions import EngineError

    pods = [p for p in list_pods(runner, cluster, f"{NAME}={service}") if p.state == "Running"]
    if not pods:
        raise EngineError(
            f"No pod of {service} runs",
            where=f"namespace {cluster.namespace}",
            hint=f"tutor k8s start {service}, or see: tutor k8s status",
        )
    pods.sort(key=lambda pod: not pod.ready)
    return runner.run(cluster.execute(pods[0].name, command, terminal=on_terminal()))


@click.command("scale", short_help="Run more pods of a service, or fewer.")
@click.argument("deployment", type=WorkloadType())
@click.argument("replicas", type=click.IntRange(min=0))
@click.pass_obj
def scale(context: Context, deployment: str, replicas: int) -> None:
    """Run so many pods of a service.

    With a number above 1 in the settings, the next start or launch goes back to that. Else it stays until it
    is changed again, or the service is stopped.

    \b
    Examples:
      tutor k8s scale lms 4
      tutor config save --set K8S_LMS_REPLICAS=4 && tutor k8s start
    """
    from tutor.engines import deploy
    from tutor.exceptions import EngineError

    with session(context) as s:
        s.check_workloads([deployment])
        if replicas > 1 and deployment in DATA_SERVICES and deployment != "smtp":
            raise EngineError(
                f"{deployment} cannot run in several pods: they would write to the same volume",
                where=f"workload {deployment}",
                hint="give it more of one node, or use a service outside of the cluster: "
                f"tutor config save --set RUN_{deployment.upper()}=false",
            )
        scalers = [o for o in s.manifests.objects if o["kind"] == "HorizontalPodAutoscaler"]
        if any(o["spec"]["scaleTargetRef"]["name"] == deployment for o in scalers):
            s.reporter.warn(f"the number of pods of {deployment} is chosen by its HorizontalPodAutoscaler")
        kind = s.manifests.workloads[deployment]["kind"].lower()
        argv = s.cluster.command("scale", f"{kind}/{deployment}", f"--replicas={replicas}")
        deploy.run(s.runner, argv, s.reporter, f"{deployment} cannot be scaled")


@click.command("wait", short_help="Wait until a service is ready.")
@click.option(
    "--timeout", type=float, default=WAIT_TIMEOUT, show_default=True, metavar="SECONDS", help="How long."
)
@click.argument("name", type=WorkloadType())
@click.pass_obj
def wait(context: Context, timeout: float, name: str) -> None:
    """Wait until all pods of a service are new ones and ready. Where one cannot start, say why.

    \b
    Example:
      tutor k8s wait lms
    """
    from tutor.engines import rollout

    with session(context) as s:
        s.check_workloads([name])
        rollout.wait(s.runner, s.cluster, [name], s.reporter, timeout=timeout)
        s.reporter.info(f"{name} is ready")


@click.command("apply", short_help="Run kubectl apply on what is rendered.", context_settings=PASS_THROUGH)
@click.argument("args", metavar="[OPTION OF KUBECTL]...", nargs=-1, type=click.UNPROCESSED)
@click.pass_obj
def apply(context: Context, args: tuple[str, ...]) -> int:
    """Run `kubectl apply` with any options on the rendered objects, and nothing else.

    Templates of jobs, and what the cluster does not serve, are left out. What is applied is noted as ours by
    the next `tutor k8s start`, not by this.

    \b
    Examples:
      tutor k8s apply --dry-run=server
      tutor k8s apply --selector app.kubernetes.io/name=lms
    """
    with session(context, deploys=True) as s:
        return apply_rendered(s, args)


def apply_rendered(s: KubernetesSession, options: Sequence[str]) -> int:
    """Run `kubectl apply` with options on the rendered objects that the cluster serves."""
    from tutor.engines import deploy, manifests, ownership

    owned = ownership.read(s.runner, s.cluster)
    wanted = deploy.acceptable(s.runner, s.cluster, s.manifests, owned, s.reporter)
    text = manifests.serialized(wanted.objects)
    return s.runner.tail(s.cluster.apply(*options), stdin=text, line=click.echo).code


#: The commands of this module.
COMMANDS = (start, stop, reboot, status, logs, execute, scale, wait, apply)
