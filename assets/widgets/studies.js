// A study of J schools with n students each, drawn and analysed by what it comes to: school means, and the sum of squares
// within schools. With equal schools REML has a closed form, the same numbers that hlm.lmer finds by searching.

import { tLimit } from "./distributions.js";

// Draw a study in which the predictor has no effect; `ones` schools have it at one, the others at zero.
export function drawStudy(random, { J, n, tau00, sigma2, ones }) {
  const sd = Math.sqrt(tau00 + sigma2 / n);
  const means = Float64Array.from({ length: J }, () => sd * random.normal());
  return { means, within: sigma2 * random.chiSquare(J * (n - 1)), n, ones };
}

// Test the difference between the schools that have the predictor (the first `ones`) and the others, by both methods.
// Returns { estimate, ols: {se, t, df, rejected}, hlm: {... tau00, sigma2} }. n is at least 2.
export function analyse({ means, within, n, ones }, alpha = 0.05) {
  const J = means.length, N = n * J;
  const centre = [0, 0];
  for (let j = 0; j < J; j++) centre[j < ones ? 1 : 0] += means[j];
  centre[1] /= ones;
  centre[0] /= J - ones;
  let between = 0;
  for (let j = 0; j < J; j++) between += n * (means[j] - centre[j < ones ? 1 : 0]) ** 2;
  const estimate = centre[1] - centre[0], share = 1 / ones + 1 / (J - ones);

  const pooled = (between + within) / (N - 2), meanSquare = between / (J - 2), own = within / (N - J);
  const vary = meanSquare > own; // else the likeliest tau00 is zero, and the two models are one
  const test = (variance, df) => {
    const se = Math.sqrt(variance * share), t = estimate / se;
    return { se, t, df, rejected: Math.abs(t) > tLimit(df, alpha) };
  };
  return {
    estimate,
    ols: test(pooled / n, N - 2),
    hlm: {
      ...(vary ? test(meanSquare / n, J - 2) : test(pooled / n, N - 2)),
      tau00: vary ? (meanSquare - own) / n : 0,
      sigma2: vary ? own : pooled,
    },
  };
}
