// A study of J schools with n students each, drawn and analysed by what it comes to: the difference between two groups of
// schools, and the sums of squares between and within schools. With equal schools these three are all that a test looks
// at; they are independent, one normal and two chi-square (Cochran 1934); and REML has a closed form, the same numbers
// that hlm.lmer finds by searching.

import { tLimit } from "./distributions.js";

// What chance does to a study: the same draw serves for any variances.
export const drawStudy = (random, { J, n }) => ({
  z: random.normal(),
  between: random.chiSquare(J - 2),
  within: random.chiSquare(J * (n - 1)),
});

// A draw in a world with these variances, in which the predictor has no effect. `ones` schools of the J have it.
export const studyOf = (draw, { J, n, tau00, sigma2, ones }) => ({
  J, n, ones,
  estimate: draw.z * Math.sqrt((tau00 + sigma2 / n) * (1 / ones + 1 / (J - ones))),
  between: draw.between * (n * tau00 + sigma2), // of school means about those of their group, times n
  within: draw.within * sigma2,
});

// The test of the difference by both methods: { ols: {se, t, df, rejected}, hlm: {..., tau00, sigma2} }. n is above 1.
export function analyse({ J, n, ones, estimate, between, within }, alpha = 0.05) {
  const N = n * J, share = 1 / ones + 1 / (J - ones);
  const pooled = (between + within) / (N - 2), meanSquare = between / (J - 2), own = within / (N - J);
  const vary = meanSquare > own; // else the likeliest tau00 is zero, and the two models are one
  const test = (variance, df) => {
    const se = Math.sqrt((variance / n) * share), t = estimate / se;
    return { se, t, df, rejected: Math.abs(t) > tLimit(df, alpha) };
  };
  const ols = test(pooled, N - 2);
  if (!vary) return { ols, hlm: { ...ols, tau00: 0, sigma2: pooled } };
  return { ols, hlm: { ...test(meanSquare, J - 2), tau00: (meanSquare - own) / n, sigma2: own } };
}
