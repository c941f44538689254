r"""Two-dimensional turbulence in vorticity form, stirred by waves whose phases nobody sees."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Complex, Float, PRNGKeyArray

from ...core import OptionError, register
from .._base import as_parameter
from .._domain import PeriodicDomain
from .._field_system import AbstractFieldSystem


@register(
    "system",
    "navier-stokes",
    summary="two-dimensional turbulence stirred by waves with hidden phases",
    cites=("response", "navier-stokes", "exponential-integrator"),
    published={"dt": 1.0 / 128.0, "save_every": 1},
)
class NavierStokes(AbstractFieldSystem):
    r"""$\partial_t u = \partial_x \psi\,\partial_y u - \partial_x u\,\partial_y \psi - A\,\partial_x u + D u + \zeta$.

    u is the vorticity, $\psi = \nabla^{-2} u$ without a mean, and
    $D = -\nu_h \nabla^{-4} - \nu \nabla^4 - d\,\langle\cdot\rangle$, where the last damps the mean of the field alone.
    The forcing is $\zeta_k \propto$ the real part, on the grid, of waves $e^{i \phi_k}$ whose phases are independent
    Brownian motions, $d\phi_k = \sqrt2\,dW_k$, one for each wavenumber of the *whole* spectrum. They are the hidden
    variables; the field alone is not Markov, and no noise acts on it directly.

    The advection is half advective, half conservative, without dealiasing, as published: eight transforms. With
    ``dealias`` of 2/3 or below all forms are the same, and one with four transforms is computed.

    Args:
        domain: The periodic grid in two dimensions, by default 32 x 32 on a square of side 2 pi.
        large_scale_drag: $\nu_h$.
        viscosity: $\nu$, of fourth order.
        mean_drag: d, the rate at which the mean decays.
        advection: A, the mean flow along x.
        forcing: Amplitude of one wave, field units per time; 300 / 128^2 as published.
        forced_radius: Largest $|k|$ that is forced, as a whole wavenumber; $15 / \sqrt2$ as published.
        kept_mean: Share of the forcing's mean that is kept.
        dealias: Share of the wavenumbers kept in products: 1 keeps all, as published; 2/3 frees them of aliasing.

    Raises:
        OptionError: A domain of one dimension.

    Example:
        >>> import jax
        >>> system = NavierStokes()
        >>> phases = system.initial_hidden(jax.random.key(0))
        >>> phases.shape, system.forcing_spectrum(phases).shape
        ((349,), (32, 17))

    References:
        Giorgini, Deck, Bischoff and Souza, *Response theory via generative score modeling*, 2024, arXiv 2402.01029,
        equations 11-13; Flierl and Souza, J. Fluid Mech. 986, A8, 2024, for the forcing.
    """

    domain: PeriodicDomain = eqx.field(default=PeriodicDomain((32, 32)))
    large_scale_drag: Float[Array, ""] = eqx.field(converter=as_parameter, default=1e-2)
    viscosity: Float[Array, ""] = eqx.field(converter=as_parameter, default=1e-5)
    mean_drag: Float[Array, ""] = eqx.field(converter=as_parameter, default=1.0)
    advection: Float[Array, ""] = eqx.field(converter=as_parameter, default=np.pi)
    forcing: Float[Array, ""] = eqx.field(converter=as_parameter, default=300.0 / 128.0**2)
    forced_radius: float = eqx.field(static=True, default=15.0 / 2.0**0.5)
    kept_mean: Float[Array, ""] = eqx.field(converter=as_parameter, default=0.1)
    dealias: float = eqx.field(static=True, default=1.0)
    name: str = eqx.field(static=True, default="u")
    dt: float = eqx.field(static=True, default=1.0 / 128.0)
    save_every: int = eqx.field(static=True, default=1)
    spin_up: float = eqx.field(static=True, default=1024.0)

    def __check_init__(self) -> None:
        if len(self.domain.shape) != 2:
            raise OptionError(
                f"NavierStokes was given a grid of shape {self.domain.shape}",
                "the stream function needs two dimensions",
                "use a domain like PeriodicDomain((32, 32))",
            )

    @property
    def has_noise(self) -> bool:
        return False

    @property
    def hidden_noise_size(self) -> int:
        return len(self._forced()[0])

    def _forced(self) -> tuple[np.ndarray, np.ndarray, int]:
        """Forced wavenumbers of the whole spectrum, their places (wave, 2) sorted by row and column; their numbers in
        the table of the whole spectrum, where the number of waves stands for none; and their largest component.

        A wave without a part in the forcing has no phase: it would change nothing.
        """
        ky, kx = (np.rint(np.fft.fftfreq(points, 1.0 / points)) for points in self.domain.shape)
        near = ky[:, None] ** 2 + kx[None, :] ** 2 <= self.forced_radius**2 * (1.0 + 1e-12)
        below_nyquist = [2 * abs(k) < points for k, points in zip((ky, kx), self.domain.shape, strict=True)]
        forced = near & below_nyquist[0][:, None] & below_nyquist[1][None, :]
        places = np.argwhere(forced)
        table = np.full(self.domain.shape, len(places))
        table[forced] = np.arange(len(places))
        return places, table, int(max(abs(ky[places[:, 0]]).max(), abs(kx[places[:, 1]]).max()))

    def _add_forcing(self, spectrum: Complex[Array, "ky kx"], phases: Float[Array, " wave"]) -> Complex[Array, "ky kx"]:
        """A half spectrum plus that of the forcing, which reaches its corners of small wavenumbers alone."""
        _, table, reach = self._forced()
        mirrored = np.roll(np.flip(table), 1, (0, 1))
        rows = np.r_[0 : reach + 1, self.domain.shape[0] - reach : self.domain.shape[0]]
        here, there = table[rows, : reach + 1], mirrored[rows, : reach + 1]
        cosine, sine = (jnp.append(part, 0.0) for part in (jnp.cos(phases), jnp.sin(phases)))
        # The real part, on the grid, of a wave is half of it, and half of its conjugate at -k.
        waves = jax.lax.complex(cosine[here] + cosine[there], sine[here] - sine[there])
        waves = (0.5 * self.domain.size * self.forcing * waves).at[0, 0].multiply(self.kept_mean)
        spectrum = spectrum.at[: reach + 1, : reach + 1].add(waves[: reach + 1])
        return spectrum.at[-reach:, : reach + 1].add(waves[reach + 1 :])

    def forcing_spectrum(self, phases: Float[Array, " wave"]) -> Complex[Array, "ky kx"]:
        """Half spectrum of the forcing on the grid, from the phases of its waves."""
        return self._add_forcing(jnp.zeros(self.domain.half_shape, jnp.complex128), phases)

    def linear(self) -> Complex[Array, "..."]:
        squared = self.domain.squared_wavenumber()
        inverse = _inverse(squared)
        mean = squared == 0.0
        decay = self.large_scale_drag * inverse**2 + self.viscosity * squared**2 + self.mean_drag * mean
        return -decay - self.advection * self.domain.derivative(1)

    def nonlinear(self, spectrum: Complex[Array, "..."], hidden: Float[Array, " h"]) -> Complex[Array, "..."]:
        along_y, along_x = (np.imag(self.domain.derivative(axis)) for axis in (0, 1))
        inverse = -_inverse(self.domain.squared_wavenumber())
        kept = self.domain.dealiased(self.dealias)
        if not kept.all():
            inverse = kept * inverse
        psi_x, psi_y = (self.domain.backward(_turned(along * inverse, spectrum)) for along in (along_x, along_y))
        if not kept.all():
            # The vorticity flux from the velocities alone, four transforms: d_xy (psi_x^2 - psi_y^2)
            # - (d_xx - d_yy) (psi_x psi_y), the same where no product is aliased.
            difference, product = (self.domain.forward(value) for value in (psi_x**2 - psi_y**2, psi_x * psi_y))
            total = (along_x**2 - along_y**2) * product - along_x * along_y * difference
            return self._add_forcing(jnp.asarray(kept) * total, hidden)
        u = self.domain.backward(spectrum)
        u_x, u_y = (self.domain.backward(_turned(along, spectrum)) for along in (along_x, along_y))
        advective, flux_y, flux_x = (
            self.domain.forward(product) for product in (psi_x * u_y - u_x * psi_y, psi_x * u, psi_y * u)
        )
        total = 0.5 * (advective + _turned(along_y, flux_y) - _turned(along_x, flux_x))
        return self._add_forcing(total, hidden)

    def noise(self) -> Float[Array, "..."]:
        return jnp.zeros(self.domain.half_shape)

    def initial_state(self, key: PRNGKeyArray) -> Float[Array, "..."]:
        y, x = (6.0 * np.pi * np.arange(points) / points for points in self.domain.shape)
        return jnp.sin(y)[:, None] * jnp.sin(x)[None, :]

    def initial_hidden(self, key: PRNGKeyArray) -> Float[Array, " h"]:
        return jax.random.uniform(key, (self.hidden_noise_size,), jnp.float64, 0.0, 2.0 * np.pi)

    def advance_hidden(
        self, hidden: Float[Array, " h"], dt: ArrayLike, normal: Float[Array, " m"]
    ) -> Float[Array, " h"]:
        return hidden + jnp.sqrt(2.0 * dt) * normal


def _turned(real: np.ndarray, spectrum: Complex[Array, "..."]) -> Complex[Array, "..."]:
    """The spectrum times i times a real symbol: a derivative, with half the products of two complex numbers."""
    return jax.lax.complex(-real * spectrum.imag, real * spectrum.real)


def _inverse(squared: np.ndarray) -> np.ndarray:
    """1 / |k|^2, and zero at k = 0: the inverse Laplacian leaves out the mean."""
    return np.where(squared > 0.0, 1.0 / np.where(squared > 0.0, squared, 1.0), 0.0)
