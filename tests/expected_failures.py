"""Which of scikit-learn's checks of estimators cannot hold here, with one reason each."""

WORDS = "refused, by a ValueError in words of our own: steps and columns, where scikit-learn says samples, features"
SERIES = "rows are steps of one series: what is said of one depends on those before it"
PAST = "nothing is said of the first rows, which have no past, so that fewer rows come back than went in"
OUTPUTS = "predict(u, y) needs the measured outputs too; simulate goes on without them"
SETTINGS = "the constructor refuses settings that cannot be, rather than fit"
ONE_INPUT = "a series may be of shape (T,): it is one input"
MANY_WEIGHTS = "refuses fewer steps than it has weights"
EVALUATIONS = "max_iter bounds the evaluations of the errors; how many there were is not kept"

IN_WORDS = [
    "check_n_features_in_after_fitting",
    "check_dtype_object",
    "check_estimators_empty_data_messages",
    "check_fit2d_1sample",
    "check_fit2d_predict1d",
]
OF_ORDER = ["check_methods_sample_order_invariance", "check_methods_subset_invariance"]
OF_PREDICTION = [
    "check_estimators_dtypes",
    "check_estimators_pickle",
    "check_f_contiguous_array_estimator",
    "check_regressors_train",
    "check_supervised_y_2d",
    "check_regressors_int",
    "check_dict_unchanged",
    "check_fit_idempotent",
    "check_regressor_data_not_an_array",
    "check_regressor_multioutput",
]


def because(*pairs):
    """Check to reason, from (reason, checks) pairs."""
    return {check: reason for reason, checks in pairs for check in checks}


SYSTEM = because(
    (WORDS, IN_WORDS), (SETTINGS, ["check_do_not_raise_errors_in_init_or_set_params"]), (ONE_INPUT, ["check_fit1d"])
)
