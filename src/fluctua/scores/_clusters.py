"""K-means clusters: seeded by the k-means++ rule, refined by Lloyd's iteration, in one compiled function."""

from functools import partial

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray


@partial(jax.jit, static_argnames=("clusters", "iterations"))
def kmeans(
    key: PRNGKeyArray, points: Float[Array, "n d"], clusters: int, iterations: int = 20
) -> tuple[Float[Array, "clusters d"], Int[Array, " n"]]:
    """Cluster points around ``clusters`` centres.

    Args:
        key: Random key of the start.
        points: Shape ``(n, d)``.
        clusters: Number of centres, at most ``n``.
        iterations: Number of Lloyd iterations.

    Returns:
        Centres, and the index of the nearest centre of each point. Cost ``iterations * n * clusters * d``.

    References:
        Arthur and Vassilvitskii, *k-means++: the advantages of careful seeding*, SODA 2007.
    """
    first, rest = jax.random.split(key)

    def seed(carry: tuple[Array, Array], subkey: PRNGKeyArray) -> tuple[tuple[Array, Array], Array]:
        distance, _ = carry
        index = jax.random.categorical(subkey, jnp.log(distance + 1e-30))
        chosen = points[index]
        return (jnp.minimum(distance, jnp.sum((points - chosen) ** 2, axis=1)), chosen), chosen

    start = points[jax.random.randint(first, (), 0, len(points))]
    distance = jnp.sum((points - start) ** 2, axis=1)
    _, others = jax.lax.scan(seed, (distance, start), jax.random.split(rest, clusters - 1))
    centres = jnp.concatenate([start[None], others])

    def refine(_: Array, centres: Array) -> Array:
        labels = nearest(points, centres)
        counts = jnp.zeros(clusters).at[labels].add(1.0)
        sums = jnp.zeros_like(centres).at[labels].add(points)
        return jnp.where(counts[:, None] > 0, sums / jnp.maximum(counts, 1.0)[:, None], centres)

    centres = jax.lax.fori_loop(0, iterations, refine, centres)
    return centres, nearest(points, centres)


def nearest(points: Float[Array, "n d"], centres: Float[Array, "k d"]) -> Int[Array, " n"]:
    """Index of the nearest centre of each point, by one matrix product."""
    return jnp.argmin(jnp.sum(centres**2, axis=1) - 2 * points @ centres.T, axis=1)
