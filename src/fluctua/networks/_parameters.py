"""The parameters of a network as named arrays, and back."""

from typing import TypeVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

Tree = TypeVar("Tree")


def count_parameters(tree: object) -> int:
    """Number of numbers in the floating-point arrays of a tree.

    Example:
        >>> import jax.numpy as jnp
        >>> count_parameters({"weight": jnp.zeros((3, 2)), "bias": jnp.zeros(3)})
        9
    """
    return sum(leaf.size for leaf in jax.tree.leaves(tree) if eqx.is_inexact_array(leaf))


def parameters_to_arrays(tree: object, prefix: str = "") -> dict[str, np.ndarray]:
    """Every array of a tree under the name of its path, such as ``"layers.0.weight"``.

    Args:
        tree: Any tree of arrays; what is not an array is left out.
        prefix: Put in front of every name.

    Example:
        >>> import jax.numpy as jnp
        >>> sorted(parameters_to_arrays({"a": [jnp.zeros(1), jnp.ones(2)]}, "network."))
        ['network.a.0', 'network.a.1']
    """
    leaves, _ = jax.tree_util.tree_flatten_with_path(eqx.filter(tree, eqx.is_array))
    return {prefix + _path_name(path): np.asarray(leaf) for path, leaf in leaves}


def parameters_from_arrays(like: Tree, arrays: dict[str, np.ndarray], prefix: str = "") -> Tree:
    """The tree ``like`` with its arrays replaced by those of the same names.

    Args:
        like: A tree with the right structure, shapes and types; its arrays may be ``jax.ShapeDtypeStruct``.
        arrays: Arrays by name, as made by ``parameters_to_arrays``.
        prefix: Put in front of every name.

    Raises:
        KeyError: When an array is missing; the name says which.
        ValueError: When an array does not have the shape or the type it needs.

    Example:
        >>> import jax.numpy as jnp
        >>> tree = {"a": jnp.arange(3.0)}
        >>> parameters_from_arrays({"a": jnp.zeros(3)}, parameters_to_arrays(tree))["a"].tolist()
        [0.0, 1.0, 2.0]
    """
    wanted, rest = eqx.partition(like, lambda leaf: eqx.is_array(leaf) or isinstance(leaf, jax.ShapeDtypeStruct))
    leaves, structure = jax.tree_util.tree_flatten_with_path(wanted)
    values = []
    for path, leaf in leaves:
        name = prefix + _path_name(path)
        value = arrays[name]
        if value.shape != leaf.shape or value.dtype != leaf.dtype:
            raise ValueError(f"{name} is {value.dtype}{value.shape}, but {leaf.dtype}{leaf.shape} is needed")
        values.append(jnp.asarray(value))
    return eqx.combine(jax.tree.unflatten(structure, values), rest)


def _path_name(path: tuple[object, ...]) -> str:
    return jax.tree_util.keystr(path, simple=True, separator=".")  # pyright: ignore[reportArgumentType]
