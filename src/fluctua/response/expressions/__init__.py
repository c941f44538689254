"""Pushes and observables as they are written: expressions, parsed by hand and never evaluated as code."""

from ._expressions import Observable as Observable
from ._push_expressions import (
    as_name as as_name,
    push_of_components as push_of_components,
    push_of_text as push_of_text,
    push_of_weights as push_of_weights,
    split_label as split_label,
)
from ._pushes import (
    AbstractPush as AbstractPush,
    ComponentPush as ComponentPush,
    ConstantPush as ConstantPush,
    DelayedPush as DelayedPush,
    ExpressionPush as ExpressionPush,
    PushVectors as PushVectors,
    VectorFieldPush as VectorFieldPush,
    pushed_variables as pushed_variables,
)
