"""A class is an interface or it is final: nobody inherits from something concrete."""

import abc
import inspect
from types import ModuleType

import equinox as eqx


def named_abstract(cls: type) -> bool:
    return cls.__name__.lstrip("_").startswith("Abstract")


def is_abstract(cls: type) -> bool:
    """Whether something is left for others to fill in: a method, or a field of an Equinox module."""
    left = ("__abstractmethods__", "__abstractvars__", "__abstractclassvars__")
    return any(getattr(cls, name, None) for name in left)


def governed(cls: type) -> bool:
    """Whether the rule is for this class: Equinox modules and abstract bases, not errors or tuples."""
    return issubclass(cls, eqx.Module) or isinstance(cls, abc.ABCMeta)


def own_classes(modules: list[ModuleType]) -> set[type]:
    found = set()
    for module in modules:
        for cls in vars(module).values():
            if inspect.isclass(cls) and cls.__module__ == module.__name__ and governed(cls):
                found.add(cls)
    return found


def test_no_class_inherits_from_a_concrete_one(modules: list[ModuleType]) -> None:
    classes = own_classes(modules)
    assert any(is_abstract(cls) for cls in classes)
    breaches = [
        f"{cls.__module__}.{cls.__name__} inherits from the concrete class {base.__name__}"
        for cls in classes
        for base in cls.__bases__
        if base.__module__.startswith("fluctua") and governed(base) and not is_abstract(base)
    ]
    assert not breaches, "\n".join(sorted(breaches))


def test_what_is_named_abstract_is(modules: list[ModuleType]) -> None:
    named = [cls for cls in own_classes(modules) if named_abstract(cls)]
    complete = sorted(f"{cls.__module__}.{cls.__name__}" for cls in named if not is_abstract(cls))
    assert not complete, f"named Abstract, yet nothing in them is: {complete}"
