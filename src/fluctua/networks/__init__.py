"""Neural networks as Equinox modules, unbatched and in float32; what they mean is decided elsewhere."""

from ._base import (
    AbstractFieldNetwork as AbstractFieldNetwork,
    AbstractNetwork as AbstractNetwork,
    make_network as make_network,
)
from ._features import (
    FEATURE_COUNT as FEATURE_COUNT,
    compressed as compressed,
    condition_features as condition_features,
)
from ._multilayer_perceptron import MultilayerPerceptron as MultilayerPerceptron
from ._parameters import (
    count_parameters as count_parameters,
    parameters_from_arrays as parameters_from_arrays,
    parameters_to_arrays as parameters_to_arrays,
)
from ._periodic_unet import PeriodicUNet as PeriodicUNet
from ._spectral_filters import (
    filter_functions as filter_functions,
    radial_count as radial_count,
    radial_functions as radial_functions,
)
from ._spectral_mixer import SpectralMixer as SpectralMixer
