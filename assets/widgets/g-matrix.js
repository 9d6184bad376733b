// What to do with G = [[tau00, tau01], [tau01, tau11]] (hlm.course.g_matrix).

export const covariance = ({ tau00, tau11, rho }) => rho * Math.sqrt(tau00 * tau11);

// NaN where something does not vary: there is no correlation with it.
export const correlation = ({ tau00, tau01, tau11 }) => tau01 / Math.sqrt(tau00 * tau11);

// G if the predictor were counted from another point (Snijders & Bosker 2012, section 5.1).
export const moveZero = ({ tau00, tau01, tau11 }, to) => ({
  tau00: tau00 + 2 * to * tau01 + to * to * tau11,
  tau01: tau01 + to * tau11,
  tau11,
});

// Points of the ellipse inside which a share of the schools lies, as [intercepts, slopes] less their means.
export function ellipse({ tau00, tau01, tau11 }, share, points = 72) {
  const reach = Math.sqrt(-2 * Math.log(1 - share));
  const a = Math.sqrt(tau00), b = a > 0 ? tau01 / a : 0, c = Math.sqrt(Math.max(0, tau11 - b * b));
  return Array.from({ length: points }, (_, i) => {
    const angle = (2 * Math.PI * i) / points, x = reach * Math.cos(angle), y = reach * Math.sin(angle);
    return [a * x, b * x + c * y];
  });
}
