// The statistics of hlm that a page needs, in the reader's browser: the same formulas, and the same numbers, as src/hlm.
// No dependencies; runs in browsers and in node. tests/widgets/test_engine.py holds it to hlm.

export { beyond, normalBelow, pOfT, tLimit } from "./distributions.js";
export { designEffect, icc, power, seHlm, seOls, shrinkage } from "./standard-errors.js";
export { moveZero, correlation, covariance, ellipse } from "./g-matrix.js";
export { Deviance, atG, atRatio, newtonStep, optimum, stageOf } from "./estimator.js";
export { Random } from "./random.js";
export { analyse, drawStudy, studyOf } from "./studies.js";
