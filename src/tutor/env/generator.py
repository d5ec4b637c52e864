"""What Jinja compiles our templates with."""

from __future__ import annotations

from typing import Any

from jinja2 import nodes
from jinja2.compiler import CodeGenerator


class RuntimeGenerator(CodeGenerator):
    """Leaves every computation to the time of rendering.

    Jinja computes ``{{ 24|random_string }}`` when it compiles a template, once. Compiled templates are kept,
    so that would be one secret for all.
    """

    def _output_child_to_const(self, node: Any, frame: Any, finalize: Any) -> str:
        if not isinstance(node, nodes.TemplateData):
            raise nodes.Impossible
        return super()._output_child_to_const(node, frame, finalize)
