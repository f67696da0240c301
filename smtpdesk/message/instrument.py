"""Puts the counting of steps into a template while it is compiled (see :mod:`smtpdesk.message.budget`).

Jinja lets an environment name its code generator; ours walks the syntax tree once before it writes Python. A turn of a
loop costs one attribute look-up on the environment; what stands outside of loops and macros is compiled as always.
"""

from __future__ import annotations

from typing import Any, TypeVar

from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.visitor import NodeTransformer

#: Names on the environment that the compiled templates use; no template can name them, they are no identifiers there.
STEP = "step"
WEIGH = "weigh value"
SPEND = "spend output"
_Repeated = nodes.For | nodes.Macro | nodes.CallBlock | nodes.Block
_REPEATED: tuple[type[_Repeated], ...] = (nodes.For, nodes.Macro, nodes.CallBlock, nodes.Block)
_AnyNode = TypeVar("_AnyNode", bound=nodes.Node)


class CountingGenerator(CodeGenerator):
    """Jinja's code generator, after the tree was prepared."""

    def visit_Template(self, node: nodes.Template, frame: Frame | None = None) -> None:
        """Prepare the whole tree, then compile it as always."""
        _Weighing().visit(node)
        node.body.insert(0, _step(node))
        for repeated in [*node.find_all(_REPEATED)]:
            _count(repeated)
        super().visit_Template(node, frame)


class _Weighing(NodeTransformer):
    """Looks at what is put together out of other values: ``a ~ b``, ``[a, b]``, ``{'k': a}``."""

    def visit_Concat(self, node: nodes.Concat, *args: Any, **kwargs: Any) -> nodes.Node:
        """Weigh a concatenation."""
        return self._weighed(node)

    def visit_List(self, node: nodes.List, *args: Any, **kwargs: Any) -> nodes.Node:
        """Weigh a list."""
        return self._weighed(node)

    def visit_Dict(self, node: nodes.Dict, *args: Any, **kwargs: Any) -> nodes.Node:
        """Weigh a dict."""
        return self._weighed(node)

    def visit_Tuple(self, node: nodes.Tuple, *args: Any, **kwargs: Any) -> nodes.Node:
        """Weigh a tuple, unless it is the target of an assignment."""
        return self._weighed(node) if node.ctx == "load" else node

    def _weighed(self, node: nodes.Expr) -> nodes.Node:
        self.generic_visit(node)
        if not node.find(nodes.Name) and not node.find(nodes.Call):
            return node  # its size is the size of the source
        return _through(node, WEIGH)


def _count(node: _Repeated) -> None:
    """Every turn or call is a step, and what it puts out counts at once, not only when a buffer is joined."""
    for output in node.find_all(nodes.Output):
        output.nodes = [
            child if isinstance(child, nodes.TemplateData) or _is_spending(child) else _through(child, SPEND)
            for child in output.nodes
        ]
    if isinstance(node, nodes.For) and node.test is not None:
        node.test = _at(nodes.And(_attribute(node), node.test), node)
    node.body.insert(0, _step(node))


def _is_spending(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Filter) and node.name == SPEND


def _through(node: nodes.Expr, name: str) -> nodes.Filter:
    return _at(nodes.Filter(node, name, [], [], None, None), node)


def _step(node: nodes.Node) -> nodes.ExprStmt:
    return _at(nodes.ExprStmt(_attribute(node)), node)


def _attribute(node: nodes.Node) -> nodes.EnvironmentAttribute:
    return _at(nodes.EnvironmentAttribute(STEP), node)


def _at(made: _AnyNode, node: nodes.Node) -> _AnyNode:
    made.set_lineno(node.lineno)
    if node.environment is not None:
        made.set_environment(node.environment)
    return made
