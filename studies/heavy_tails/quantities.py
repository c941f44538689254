"""Names of what the tasks measure, as they stand in the table; smaller is better where not said otherwise."""

# T1: of the score, relative to the exact one's mean square in the same region.
SCORE_ERROR = "relative squared error"
SCORE_ERROR_BULK = "relative squared error, bulk"
SCORE_ERROR_TAIL = "relative squared error, tail"

# T2: the first is to be 1/11, the last 1.
SHARE = "share of the smaller mode"
SHARE_ERROR = "error of the share"
WIDTH = "deviation within the larger mode, relative"

# T3 and T6: an index is to be that of the data.
QUANTILES_AVERAGED = "squared log error of quantiles above 95 %, averaged"
QUANTILES_INTEGRAL = "squared log error of quantiles above 95 %, integral"
TAIL_DISTANCE = "distance of the tails"
TAIL_INDEX = "tail index (Hill)"
TAIL_INDEX_ERROR = "relative error of the tail index"
KURTOSIS_ERROR = "error of the kurtosis"
SKEWNESS_ERROR = "error of the skewness of absolute values"

# T4 to T6.
TOTAL_VARIATION = "total variation of the mode weights"
MARGINAL_DISTANCE = "Wasserstein distance of single variables"
SLICED_DISTANCE = "sliced Wasserstein distance"
COVERAGE_ERROR = "relative error of the tail's probability"
DISCREPANCY = "squared maximum mean discrepancy"

# T4: one is the best.
MODE_RECALL = "recall of the modes (F_8)"
MODE_PRECISION = "precision of the modes (F_1/8)"

# T7: the first is to be the share in the record; the third below one half or so tells of copies.
RARE_SHARE = "share of the rare class"
RARE_ERROR = "error of the share of the rare class"
NEAREST_IMAGE = "distance to the nearest image of the record, relative"
ACCURACY = "accuracy of the classifier on images it was not fitted to"
