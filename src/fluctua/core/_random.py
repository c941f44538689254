"""Random keys are named by purpose, so that streams are shared or independent on purpose."""

import zlib

import jax
from jaxtyping import Array, PRNGKeyArray

from ._errors import OptionError


def named_key(key: PRNGKeyArray, purpose: str) -> PRNGKeyArray:
    """Derive the key of one named purpose; the same name always gives the same key.

    Args:
        key: Parent key.
        purpose: Name of the stream, such as ``"noise"`` or ``"initial state"``.

    Returns:
        A key that depends on the parent and the name alone, not on the order of calls.

    Raises:
        OptionError: The parent is no random key.

    Example:
        >>> import jax
        >>> key = jax.random.key(0)
        >>> bool((named_key(key, "noise") == named_key(key, "noise")).all())
        True
    """
    if isinstance(key, int | float | str | None):
        # What is meant is most often a seed, and JAX would speak of array types.
        raise OptionError(
            f"the random key is {key!r}",
            "a key of JAX is needed, so that the same key gives the same numbers",
            f"give jax.random.key({key if isinstance(key, int) else 0})",
        )
    return jax.random.fold_in(key, zlib.crc32(purpose.encode()))


def member_keys(key: PRNGKeyArray, members: int, first: int = 0) -> Array:
    """Keys of ensemble members, shape ``(members,)``; member k keeps its key when the ensemble grows."""
    indices = jax.numpy.arange(first, first + members)
    return jax.vmap(lambda index: jax.random.fold_in(key, index))(indices)
