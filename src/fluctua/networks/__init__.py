"""Neural networks as Equinox modules, unbatched and in float32; what they mean is decided elsewhere."""

from ._base import AbstractNetwork as AbstractNetwork
from ._features import (
    FEATURE_COUNT as FEATURE_COUNT,
    compressed as compressed,
    condition_features as condition_features,
)
from ._field_base import AbstractFieldNetwork as AbstractFieldNetwork
from ._multilayer_perceptron import MultilayerPerceptron as MultilayerPerceptron
from ._parameters import (
    count_parameters as count_parameters,
    parameters_from_arrays as parameters_from_arrays,
    parameters_to_arrays as parameters_to_arrays,
)
from ._periodic_unet import PeriodicUNet as PeriodicUNet
from ._spectral_mixer import SpectralMixer as SpectralMixer
