"""hlm: linear mixed models that are right to the last digit, and the analysis behind "Students in Schools"."""

from .compare import compare
from .data import load_hsb
from .errors import ConvergenceWarning, MissingDataWarning, ModelError, SingularFitWarning
from .lmer import lmer
from .moments import Moments, moments
from .ols import ols
from .results import MixedResults
from .simulate import false_positives
from .standard_errors import design_effect, power, se_hlm, se_ols
