"""A record as the estimator sees it: functions, observables and conjugate observables in blocks."""

import abc
from typing import Any, ClassVar

import numpy as np
from jaxtyping import Float, Inexact

from ..core import AbstractProgress, Engine
from ..features import FunctionSums
from ..scores import AbstractScore
from ..statistics import Block, Estimate, FoldPlan


class AbstractBlocks(abc.ABC):
    r"""A record with its pushes, observables and functions, in blocks that do not mix.

    A list of variables has one real block, with any number of observables, pushes and functions, the constant first. A
    homogeneous field has one block per wavenumber, with the observed fields, the pushed channels and the functions of
    each channel; sums over states are then averages over translations as well, divided by the number of points.

    Attributes:
        members: Number of members.
        steps: Steps of each.
        points: Grid points that are averaged over, one for a list of variables.
        shape: Numbers of blocks, observables, pushes and functions.
        linear: How many leading functions are the constant and linear ones: they have no ridge in a regression, so that
            the classical response is always contained.
        coarser: How many leading functions an answer is compared with that has them all, zero for none.
        constant_leads: Whether the first function is the constant.
        dtype: Of everything in blocks.
        engine: Who computes the sums over blocks of time.
    """

    members: int
    steps: int
    points: float
    shape: tuple[int, int, int, int]
    linear: int
    coarser: int = 0
    constant_leads: bool
    dtype: type
    engine: Engine = Engine()
    _stays: ClassVar[tuple[str, ...]] = ()

    def __getstate__(self) -> dict[str, Any]:
        """What goes to another process, which computes by itself."""
        return {name: value for name, value in self.__dict__.items() if name not in ("engine", *self._stays)}

    def within(self, first: Block, last: Block, reach: int) -> "AbstractBlocks":
        """The same with all that is read of a stored record from one block of time to another in memory.

        Args:
            first: The first block of time.
            last: The last one, of the same member.
            reach: How many steps beyond its end are asked for.
        """
        return self

    def most_blocks(self, plan: FoldPlan) -> int:
        """How many neighbouring blocks of time are best read at once."""
        return 1

    @abc.abstractmethod
    def observables(self, member: int, start: int, stop: int) -> Inexact[np.ndarray, "n k p"]:
        """The observables less their means."""

    @abc.abstractmethod
    def functions(
        self, member: int, start: int, stop: int, *, stride: int = 1, index: int = 0, every: bool = False
    ) -> tuple[Inexact[np.ndarray, "n k f"], Inexact[np.ndarray, "_ f q"]]:
        """The functions at every ``stride``-th state, and their mean slopes along the pushes.

        ``index`` distinguishes calls whose functions need random numbers of their own; with ``every`` the slopes of a
        field are those along all of its channels, as the fit of a score needs them.
        """

    def functions_alone(self, member: int, start: int, stop: int, *, index: int = 0) -> Inexact[np.ndarray, "n k f"]:
        """The functions without their mean slopes."""
        return self.functions(member, start, stop, index=index)[0]

    def instruments(
        self, values: Inexact[np.ndarray, "n k f"], member: int, start: int, stop: int
    ) -> Inexact[np.ndarray, "n k f"]:
        """Functions of the past that stand for those of the state, ``values``, where these have noise.

        Conjugate observables are made of them, and regressions fulfil their equations with them.
        """
        return values

    @abc.abstractmethod
    def conjugate(
        self, score: AbstractScore, member: int, start: int, stop: int, *, stride: int = 1
    ) -> Inexact[np.ndarray, "n k q"]:
        r"""The conjugate observables $B = -(\nabla \cdot u + u \cdot s)$ of the pushes under a score."""

    @abc.abstractmethod
    def fit_gaussian(self, everything: FunctionSums, plan: FoldPlan, progress: AbstractProgress) -> None:
        """Fit the Gaussian conjugate observables, given sums over the whole record."""

    @abc.abstractmethod
    def gaussian(
        self, functions: Inexact[np.ndarray, "n k f"], member: int, start: int, stop: int
    ) -> Inexact[np.ndarray, "n k q"]:
        """The conjugate observables under the Gaussian score of the whole record, at states with these functions."""

    @abc.abstractmethod
    def curves(self, table: Inexact[np.ndarray, "... lags k p q"]) -> Float[np.ndarray, "..."]:
        """From blocks to curves; leading axes pass through."""

    @abc.abstractmethod
    def stein_defect(
        self, products: Inexact[np.ndarray, "k linear q"], slopes: Inexact[np.ndarray, "_ linear q"]
    ) -> Float[np.ndarray, " q"]:
        r"""How far conjugate observables are from $\langle B \varphi \rangle = \langle u \cdot \nabla \varphi
        \rangle$ for the linear functions, zero for the true score and an endless record.

        Args:
            products: $\langle \varphi B^* \rangle$.
            slopes: Mean slopes of the functions.
        """

    def with_known(self, estimate: Estimate) -> Estimate:
        """An estimate in blocks with what is known without one."""
        return estimate

    def symmetric(self, sums: FunctionSums) -> FunctionSums:
        """Sums averaged over the reflections under which the system is the same."""
        return sums

    def symmetric_lagged(self, table: Inexact[np.ndarray, "lags k p f"]) -> Inexact[np.ndarray, "lags k p f"]:
        """Lagged sums averaged likewise."""
        return table
