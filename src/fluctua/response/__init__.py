"""Response: pushes, observables, and the doubly robust estimator of the generalised fluctuation-dissipation theorem."""

from ._advection import SelfAdvection as SelfAdvection, find_self_advection as find_self_advection
from ._conjugates import Conjugates as Conjugates
from ._delays import DelayTable as DelayTable
from ._estimator import average as average, carry as carry, learn as learn
from ._fields import (
    FieldBlocks as FieldBlocks,
    FieldObservable as FieldObservable,
    FieldValues as FieldValues,
    Reflections as Reflections,
)
from ._functions import (
    KINDS as KINDS,
    ResponseFunctions as ResponseFunctions,
    response_functions as response_functions,
)
from ._headline import (
    Candidate as Candidate,
    Headline as Headline,
    chapman_kolmogorov as chapman_kolmogorov,
    choose_headline as choose_headline,
    lasting as lasting,
    lengthened as lengthened,
)
from ._lagged import (
    lagged_products as lagged_products,
    lagged_sums as lagged_sums,
    matched_products as matched_products,
    pair_counts as pair_counts,
)
from ._markov import markov_name as markov_name
from ._methods import METHODS as METHODS
from ._respond_fields import (
    FieldDetails as FieldDetails,
    respond_to_field_pushes as respond_to_field_pushes,
)
from ._respond_variables import (
    OF_FUNCTIONS as OF_FUNCTIONS,
    VariableDetails as VariableDetails,
    respond_to_pushes as respond_to_pushes,
)
from ._response import Responses as Responses, ScoreSummary as ScoreSummary
from ._signs import (
    Memory as Memory,
    RecordSigns as RecordSigns,
    look_for_signs as look_for_signs,
    some_pieces as some_pieces,
)
from ._superposition import sums_of_observables as sums_of_observables
from ._variables import VariableBlocks as VariableBlocks
from .expressions import (
    AbstractPush as AbstractPush,
    ComponentPush as ComponentPush,
    ConstantPush as ConstantPush,
    DelayedPush as DelayedPush,
    ExpressionPush as ExpressionPush,
    Observable as Observable,
    PushVectors as PushVectors,
    VectorFieldPush as VectorFieldPush,
    as_name as as_name,
    push_of_components as push_of_components,
    push_of_text as push_of_text,
    push_of_weights as push_of_weights,
    pushed_variables as pushed_variables,
    split_label as split_label,
)
