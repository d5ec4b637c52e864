"""Plugins that are made for a measurement: packages of API v1, with patches and settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

#: Patch points in files of all kinds, each with something that is valid there. ``{n}`` is the plugin's
#: number, ``{i}`` the patch's, ``{p}`` what the names of its settings start with.
POINTS = (
    ("openedx-common-settings", 'PLUGIN_{n}_{i} = "{{{{ {p}_TITLE }}}}"'),
    ("openedx-lms-common-settings", 'LMS_{n}_{i} = "{{{{ {p}_HOST }}}}"'),
    ("openedx-cms-common-settings", "CMS_{n}_{i} = {{{{ {p}_PORT }}}}"),
    ("lms-env", 'LMS_{n}_{i}: "{{{{ {p}_HOST }}}}"'),
    ("cms-env", 'CMS_{n}_{i}: "{{{{ LMS_HOST }}}}"'),
    (
        "local-docker-compose-services",
        'service{n}x{i}:\n  image: "{{{{ {p}_IMAGE }}}}"\n  environment:\n    PORT: "{{{{ {p}_PORT }}}}"',
    ),
    ("local-docker-compose-jobs-services", 'service{n}x{i}-job:\n  image: "{{{{ {p}_IMAGE }}}}"'),
    (
        "k8s-services",
        (
            "---\napiVersion: v1\nkind: Service\nmetadata:\n  name: service{n}x{i}\n"
            "spec:\n  type: NodePort\n  ports:\n    - port: {{{{ {p}_PORT }}}}\n      protocol: TCP"
        ),
    ),
    ("caddyfile", '{{{{ {p}_HOST }}}}{{$default_site_port}} {{\n    import proxy "service{n}x{i}:80"\n}}'),
    ("openedx-dockerfile-post-python-requirements", 'RUN echo "{{{{ {p}_TITLE }}}} {i}"'),
)
#: Settings of a plugin: a name and a default value, text or template.
SETTINGS = (
    ("TITLE", "Plugin {n} of {{{{ PLATFORM_NAME }}}}"),
    ("HOST", "plugin{n}.{{{{ LMS_HOST }}}}"),
    ("PORT", "{port}"),
    ("IMAGE", "{{{{ DOCKER_REGISTRY }}}}example/plugin{n}:{{{{ {p}_VERSION }}}}"),
    ("VERSION", "1.{n}"),
)


def generate(folder: Path, number: int, patches: int = 10, settings: int = 5) -> list[str]:
    """Make installed packages in a folder that is then put on the path.

    Returns:
        The names of the plugins.
    """
    names = []
    for n in range(number):
        name = f"generated{n:04d}"
        info = folder / f"tutor_{name}-1.0.0.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: tutor-{name}\nVersion: 1.0.0\nSummary: Made for a measurement\n"
        )
        (info / "entry_points.txt").write_text(f"[tutor.plugin.v1]\n{name} = tutor{name}\n")
        (info / "RECORD").write_text("")
        (folder / f"tutor{name}.py").write_text(_module(name.upper(), n, patches, settings))
        names.append(name)
    return names


def _module(prefix: str, n: int, patches: int, settings: int) -> str:
    defaults, contents = [], []
    for i in range(max(settings, len(SETTINGS))):
        key, value = SETTINGS[i] if i < len(SETTINGS) else (f"EXTRA_{i}", "extra {n} {{{{ {p}_VERSION }}}}")
        defaults.append((f"{prefix}_{key}", value.format(n=n, p=prefix, port=10000 + n)))
    for i in range(patches):
        point, content = POINTS[i % len(POINTS)]
        contents.append((point, content.format(n=n, i=i, p=prefix)))
    return (
        "from tutor import hooks\n\n"
        f"hooks.Filters.CONFIG_DEFAULTS.add_items({defaults!r})\n"
        f"hooks.Filters.ENV_PATCHES.add_items({contents!r})\n"
    )
