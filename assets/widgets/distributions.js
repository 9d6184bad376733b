// The normal and the t distribution, central and noncentral.

// P(z < x), to 1e-15: Marsaglia's (2004) series near zero, Lentz's continued fraction of the tail beyond.
export function normalBelow(x) {
  if (Math.abs(x) > 5) return x > 0 ? 1 - tail(x) : tail(-x);
  let sum = x, before = 0, term = x;
  for (let i = 3; sum !== before; i += 2) {
    term *= (x * x) / i;
    [before, sum] = [sum, sum + term];
  }
  return 0.5 + sum * density(x);
}

const density = (x) => Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);

function tail(x) {
  let fraction = x;
  for (let i = 60; i > 0; i--) fraction = x + i / fraction;
  return density(x) / fraction;
}

// P(|t| > limit) for t = (z + shift) / s with df s^2 chi-square: the average over s of what a normal z does.
// In u = log s the density of s is smooth and falls off fast on both sides, so that a sum over equal steps is exact to
// rounding; dividing by the sum of the weights spares the gamma function.
export function beyond(limit, df, shift = 0) {
  const { s, weight } = spread(df);
  let sum = 0;
  for (let i = 0; i < s.length; i++) {
    sum += weight[i] * (normalBelow(shift - limit * s[i]) + normalBelow(-shift - limit * s[i]));
  }
  return sum;
}

const kept = new Map();

function spread(df) {
  if (kept.has(df)) return kept.get(df);
  const low = -Math.sqrt(36 / df) - 36 / df, high = Math.sqrt(36 / df), steps = df < 4 ? 480 : 160;
  const s = new Float64Array(steps + 1), weight = new Float64Array(steps + 1);
  let total = 0;
  for (let i = 0; i <= steps; i++) {
    const u = low + ((high - low) * i) / steps;
    s[i] = Math.exp(u);
    weight[i] = Math.exp(df * (u - (s[i] * s[i] - 1) / 2));
    total += weight[i];
  }
  for (let i = 0; i <= steps; i++) weight[i] /= total;
  if (kept.size > 500) kept.clear();
  kept.set(df, { s, weight });
  return kept.get(df);
}

// Two-sided p value of a t statistic.
export const pOfT = (t, df) => Math.min(1, beyond(Math.abs(t), df));

const limits = new Map();

// The |t| that a central t on df degrees of freedom exceeds with probability alpha.
export function tLimit(df, alpha = 0.05) {
  const key = `${df} ${alpha}`;
  if (limits.has(key)) return limits.get(key);
  let low = 0, high = 1;
  while (beyond(high, df) > alpha) [low, high] = [high, 2 * high];
  // The logarithm of the tail is nearly straight in log t where it matters: false position (Illinois), then done.
  let below = Math.log(beyond(low, df) / alpha), above = Math.log(beyond(high, df) / alpha), side = 0, t = high;
  for (let i = 0; i < 100 && high - low > 1e-14 * high; i++) {
    t = (low * above - high * below) / (above - below);
    const here = Math.log(beyond(t, df) / alpha);
    if (Math.abs(here) < 1e-14) break;
    if (here > 0) {
      [low, below] = [t, here];
      if (side === 1) above /= 2;
      side = 1;
    } else {
      [high, above] = [t, here];
      if (side === -1) below /= 2;
      side = -1;
    }
  }
  if (limits.size > 5000) limits.clear();
  limits.set(key, t);
  return t;
}
