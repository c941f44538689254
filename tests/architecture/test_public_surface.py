"""The public surface stays: names, parameters, options and the contents of files are those of the first edition.

What was added is printed (``pytest -s``); what was removed or changed fails unless ``PLACES`` says where it
may be now or ``GONE`` why it went.
"""

import json
import re
from collections.abc import Callable, Iterable

import pytest
import surface

PLACES = {
    "fluctua.dynamics.fields": ("fluctua.systems",),
    "fluctua.response.fields": ("fluctua.response",),
    "fluctua.dynamics.systems": ("fluctua.systems.vectors", "fluctua.systems"),
    "fluctua.dynamics": ("fluctua.systems",),
    "fluctua.workflow": ("fluctua.verbs",),
    "fluctua.certify": ("fluctua.certify", "fluctua.statistics", "fluctua.features"),
    "fluctua.response": ("fluctua.response", "fluctua.statistics", "fluctua.features"),
    "fluctua.scores": ("fluctua.scores", "fluctua.features", "fluctua.statistics"),
}
"""Where the names of a package of the first edition may be now; the first entry that fits is taken."""

_REASONS: dict[str, tuple[str, ...]] = {
    "studies of papers are not part of the package: python -m studies.NAME": ("fluctua.studies", "fluctua study"),
    "files of both outputs of a network keep the coordinates of all network scores": ("score noised: array basis",),
    "what is chosen of a file goes by the names of the arguments of read_record": ("fluctua.workflow.to_record",),
    "--anomaly takes several": ("fluctua fit-score --anomaly", "fluctua respond --anomaly", "fluctua sample --anomaly"),
    "--variable takes several": (
        "fluctua fit-score --variable",
        "fluctua respond --variable",
        "fluctua sample --variable",
    ),
    "one estimator: Responses and Estimate; FunctionSums, loss and solve; plan_folds and LongRunMean": (
        "fluctua.certify.Uncertainty",
        "fluctua.certify.long_run_uncertainty",
        "fluctua.response.Block",
        "fluctua.response.BlockPlan",
        "fluctua.response.Combination",
        "fluctua.response.ConjugateObservable",
        "fluctua.response.Pipeline",
        "fluctua.response.ResponseEstimate",
        "fluctua.response.calibration_dictionary",
        "fluctua.response.combine",
        "fluctua.response.cut_folds",
        "fluctua.response.estimate_response",
        "fluctua.response.fields.FIELD_METHODS",
        "fluctua.response.fields.FieldEstimate",
        "fluctua.response.fields.FieldPipeline",
        "fluctua.response.fields.lagged_spectra",
        "fluctua.response.gaussian_response",
        "fluctua.response.plan_blocks",
        "fluctua.scores.FieldSums",
        "fluctua.scores.filter_loss",
        "fluctua.scores.solve_filters",
    ),
    "RecordLayout, RecordStream and open_record_stream serve every record": (
        "fluctua.data.FieldLayout",
        "fluctua.data.FieldStream",
        "fluctua.data.open_field_stream",
    ),
    "one system, integrator, simulation and twin run for all; names are read from the registry": (
        "fluctua.dynamics.AbstractFieldIntegrator",
        "fluctua.dynamics.AbstractSystem",
        "fluctua.dynamics.CorrelatedAdditiveMultiplicative",
        "fluctua.dynamics.EnsoTriad",
        "fluctua.dynamics.ExactFieldTransition",
        "fluctua.dynamics.ExponentialEuler",
        "fluctua.dynamics.ExponentialHeun",
        "fluctua.dynamics.FIELD_SYSTEMS",
        "fluctua.dynamics.FieldRungeKutta4Noise",
        "fluctua.dynamics.FieldSimulation",
        "fluctua.dynamics.FieldState",
        "fluctua.dynamics.HasExactFieldResponse",
        "fluctua.dynamics.HasExactFieldScore",
        "fluctua.dynamics.Lorenz63",
        "fluctua.dynamics.Lorenz96",
        "fluctua.dynamics.MultiplicativeReducedClimate",
        "fluctua.dynamics.OrnsteinUhlenbeck",
        "fluctua.dynamics.QuarticWell",
        "fluctua.dynamics.SYSTEMS",
        "fluctua.dynamics.ScalarReducedClimate",
        "fluctua.dynamics.TwinFieldResponse",
        "fluctua.dynamics.default_field_integrator",
        "fluctua.dynamics.field_system_named",
        "fluctua.dynamics.fields.AbstractFieldIntegrator",
        "fluctua.dynamics.fields.ExactFieldTransition",
        "fluctua.dynamics.fields.ExponentialEuler",
        "fluctua.dynamics.fields.ExponentialHeun",
        "fluctua.dynamics.fields.FIELD_SYSTEMS",
        "fluctua.dynamics.fields.FieldRungeKutta4Noise",
        "fluctua.dynamics.fields.FieldSimulation",
        "fluctua.dynamics.fields.FieldState",
        "fluctua.dynamics.fields.HasExactFieldResponse",
        "fluctua.dynamics.fields.HasExactFieldScore",
        "fluctua.dynamics.fields.TwinFieldResponse",
        "fluctua.dynamics.fields.default_field_integrator",
        "fluctua.dynamics.fields.field_system_named",
        "fluctua.dynamics.fields.simulate_field",
        "fluctua.dynamics.fields.twin_field_response",
        "fluctua.dynamics.simulate_field",
        "fluctua.dynamics.systems.CorrelatedAdditiveMultiplicative",
        "fluctua.dynamics.systems.EnsoTriad",
        "fluctua.dynamics.systems.Lorenz63",
        "fluctua.dynamics.systems.Lorenz96",
        "fluctua.dynamics.systems.MultiplicativeReducedClimate",
        "fluctua.dynamics.systems.OrnsteinUhlenbeck",
        "fluctua.dynamics.systems.QuarticWell",
        "fluctua.dynamics.systems.SYSTEMS",
        "fluctua.dynamics.systems.ScalarReducedClimate",
        "fluctua.dynamics.twin_field_response",
        "fluctua.dynamics.twin_response",
    ),
    "used by a study and tests alone: in studies; laws hold their parameters as arrays": (
        "fluctua.noise.Gaussian",
        "fluctua.noise.GeneralisedNormal",
        "fluctua.noise.NOISE_LAWS",
        "fluctua.noise.ScaleMixture",
        "fluctua.noise.StudentT",
        "fluctua.noise.SymmetricStable",
        "fluctua.noise.gaussian_mixture",
        "fluctua.noise.product_exponent",
        "fluctua.sampling.ConsistentAnnealed",
        "fluctua.sampling.LaplaceJumpChain",
        "fluctua.sampling.langevin",
        "fluctua.sampling.laplace_ancestral_step",
        "fluctua.scores.noised.NoisedFunnel",
        "fluctua.scores.noised.NoisedGaussianMixture",
        "fluctua.scores.noised.NoisedLaplace",
        "fluctua.scores.noised.NoisedStable",
        "fluctua.scores.noised.NoisedStudentT",
        "fluctua.scores.noised.NoisedUniform",
    ),
    "used by nothing: the parts of a chunk that must be finite are known to its caller; sums are FunctionSums": (
        "fluctua.core.all_finite",
        "fluctua.core.run_chunks(on_nonfinite)",
        "fluctua.core.sum_states",
        "fluctua.scores.directional_derivative",
    ),
    "studies draw their own pages": (
        "fluctua.report.heavy_tail_figure",
        "fluctua.report.study_figure",
        "fluctua.report.write_heavy_tail_report",
        "fluctua.report.write_study_report",
    ),
    "one denoiser, objective and configuration: NetworkScore, Denoiser, Denoising, TrainingConfig, RecordParts": (
        "fluctua.scores.FieldNetworkScore",
        "fluctua.scores.NetworkScore",
        "fluctua.scores.SpectralWhitening",
        "fluctua.scores.noised.NoisedNetworkScore",
        "fluctua.scores.noised.Preconditioning",
        "fluctua.scores.noised.TweedieScore",
        "fluctua.scores.noised.WhitenedNoisedScore",
        "fluctua.training.AbstractObjective",
        "fluctua.training.CrossFit",
        "fluctua.training.Denoising",
        "fluctua.training.DenoisingTwoHeads",
        "fluctua.training.FIELD_NETWORKS",
        "fluctua.training.FieldTrainingConfig",
        "fluctua.training.Fold",
        "fluctua.training.METHODS",
        "fluctua.training.Sample",
        "fluctua.training.TrainingConfig",
        "fluctua.training.crossfit",
        "fluctua.training.decorrelation_steps",
        "fluctua.training.residual_denoising_loss",
    ),
    "a push may come from a file alone, and is text on the command line": (
        "fluctua.respond(push)",
        "fluctua.workflow.respond(push)",
        "fluctua respond --push",
    ),
    "a lag may be a duration, such as 5 days": ("fluctua respond --max-lag",),
    "names are read from the registry; warnings are typed diagnostics": (
        "fluctua.workflow.DrawnStates",
        "fluctua.workflow.SAMPLERS",
        "fluctua.workflow.SCORE_METHODS",
    ),
}
GONE: dict[str, str] = {beginning: reason for reason, names in _REASONS.items() for beginning in names}
"""Beginnings of lines of the first edition, up to the end of a word, that were removed or changed, with the reason."""

GROUPS: dict[str, Callable[[], Iterable[str]]] = {
    "python": surface.python_lines,
    "commands": surface.command_lines,
    "files": surface.file_lines,
}


def begins(line: str, beginning: str) -> bool:
    """Whether a line begins with these words."""
    return re.match(re.escape(beginning) + r"(?!\w)", line) is not None


def places(line: str) -> list[str]:
    """A line of the first edition with each place that its name may have now."""
    for old, packages in PLACES.items():
        if begins(line, old):
            return [new + line.removeprefix(old) for new in packages]
    return [line]


@pytest.mark.parametrize("group", GROUPS)
def test_nothing_public_is_gone(group: str) -> None:
    before = json.loads(surface.SNAPSHOT.read_text())[group]
    now = set(GROUPS[group]())
    for added in sorted(now - {place for line in before for place in places(line)}):
        print("added:", added)
    missing = [line for line in before if now.isdisjoint(places(line))]
    removed = [line for line in missing if not any(begins(line, gone) for gone in GONE)]
    assert not removed, "removed or changed:\n" + "\n".join(removed)


@pytest.mark.parametrize("table", [PLACES, GONE], ids=["places", "gone"])
def test_the_tables_name_what_there_was(table: dict[str, object]) -> None:
    lines = [line for group in json.loads(surface.SNAPSHOT.read_text()).values() for line in group]
    unused = [entry for entry in table if not any(begins(line, entry) for line in lines)]
    assert not unused, unused
