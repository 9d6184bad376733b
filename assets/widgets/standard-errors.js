// The sampling variance of a school-level coefficient as formulas (hlm.course.standard_errors).
// tau00, sigma2: variances between and within schools; n students in each of J schools; var_x: variance of the predictor.

import { beyond, tLimit } from "./distributions.js";

// What the mixed model says: the variance of a school's mean, over schools times the variance of the predictor.
export const seHlm = ({ tau00, sigma2, n, J, var_x }) => Math.sqrt((tau00 + sigma2 / n) / (J * var_x));

// What least squares says, which takes n J students for n J schools; sigma2_star is its one residual variance.
export const seOls = ({ sigma2_star, n, J, var_x }) => Math.sqrt(sigma2_star / (n * J * var_x));

// Share of the variance that lies between schools.
export const icc = ({ tau00, sigma2 }) => tau00 / (tau00 + sigma2);

// How many times larger the true variance is than the one that OLS reports (Kish 1965).
export const designEffect = ({ icc, n }) => 1 + (n - 1) * icc;

// Probability that the mixed model's t test, on J - 2 degrees of freedom, finds an effect of this size.
export function power({ effect, alpha = 0.05, ...design }) {
  const df = design.J - 2;
  return beyond(tLimit(df, alpha), df, Math.abs(effect) / seHlm(design));
}

// The weight of a school's own mean in the best guess of it, and that guess (Raudenbush & Bryk 2002, chapter 3).
export function shrinkage({ tau00, sigma2, n, mean, expected }) {
  const weight = tau00 / (tau00 + sigma2 / n);
  return { weight, predicted: weight * mean + (1 - weight) * expected };
}
