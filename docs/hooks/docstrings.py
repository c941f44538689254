"""What the reference makes of docstrings and signatures beyond what builds it does by itself."""

import re
from typing import Any

import griffe

_HEADING = re.compile(r"^(\s*)Example:$", re.MULTILINE)


class Readable(griffe.Extension):
    """Examples as code, and types without what the command line is told about them."""

    def on_object(self, *, obj: griffe.Object, **kwargs: Any) -> None:
        """Sections of examples are known by the plural alone."""
        if obj.docstring is not None:
            obj.docstring.value = _HEADING.sub(r"\1Examples:", obj.docstring.value)

    def on_function(self, *, func: griffe.Function, **kwargs: Any) -> None:
        """``Annotated[T, ...]`` is T to a reader."""
        for parameter in func.parameters:
            annotation = parameter.annotation
            if isinstance(annotation, griffe.ExprSubscript) and str(annotation.left) == "Annotated":
                kinds = annotation.slice
                parameter.annotation = kinds.elements[0] if isinstance(kinds, griffe.ExprTuple) else kinds
