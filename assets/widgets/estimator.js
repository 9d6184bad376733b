// The likelihood of a random-intercept or random-slope model, from the schools' moments (hlm.model.deviance, .optimum).
//
// Each school regresses [X y] on its own Z: R_j, known with precision A_j = Z_j'Z_j. Its coefficients vary with
// sigma2 D besides, D = Lambda Lambda', so R_j counts with the precision W_j = (I + A_j D)^-1 A_j, and
//
//     [X y]' V^-1 [X y] = S + sum_j R_j' W_j R_j,        |V_j| = |I + A_j D|;
//
// the criterion is that of Bates et al. (2015), eq. 35 (ML) and eq. 42 (REML), profiled over beta and sigma2.
// Inside, columns are centred and scaled; whatever a Deviance says in a getter is in the units of the data.

import { cholesky, eigenSymmetric, lowerInverse, zeros } from "./linear.js";

const NO_SPREAD = 1e-24; // students who differ by less (squared, in units of the sample) say nothing of a slope
const GRADIENT = 1e-6; // an optimum's slope, in deviance a unit of theta
const BOUNDARY = 1e-5; // a spread of the schools below this is tried at zero
const ANOTHER = 1e-6; // minima whose deviances differ by less are one, found twice
const SHOWN = 1e-9; // rounding may hide a gain in deviance below this
const FEW_SCHOOLS = 6; // with fewer schools than this for each element of theta there are often several minima
const INTERCEPT = "Intercept";

// ------------------------------------------------------------------------------------------------------ the schools

// What the deviance needs of each school, for the model with columns x and random coefficients z.
//
// moments: { response, columns, z, groups, n (J), origin (k), mean (J x k, less the origin), scatter (J x m x k),
// within (k x k) }, as hlm.model.moments has them: columns, then the response; scatter has a row a varying column of z.
export function stageOf(moments, { x = [INTERCEPT, ...moments.columns], z = moments.z } = {}) {
  if (x[0] !== INTERCEPT || z[0] !== INTERCEPT || z.length > 2) {
    throw new Error(`x and z begin with the intercept, and z has one slope at most; these are ${x} and ${z}`);
  }
  const { n, origin, mean, within, scatter } = moments;
  const k = moments.columns.length, J = n.length, nobs = n.reduce((a, b) => a + b);
  const names = [...moments.columns, moments.response];
  const place = (name) => {
    const at = names.indexOf(name);
    if (at < 0) throw new Error(`the moments have no column ${name}; they have ${names.join(", ")}`);
    return at;
  };
  const all = Array.from({ length: k + 1 }, (_, c) => c);
  const grand = all.map((c) => mean.reduce((sum, row, j) => sum + n[j] * row[c], 0) / nobs);
  const unit = all.map((c) => {
    const spread = within[c][c] + mean.reduce((sum, row, j) => sum + n[j] * (row[c] - grand[c]) ** 2, 0);
    return spread > 0 ? Math.sqrt(spread / nobs) : 1;
  });

  const p = x.length, q = z.length;
  const columns = [...x.slice(1).map(place), k]; // of [X y], after the intercept
  const S = zeros(p + 1, p + 1);
  columns.forEach((a, r) => columns.forEach((b, c) => { S[r + 1][c + 1] = within[a][b] / (unit[a] * unit[b]); }));
  const R = zeros(q * (p + 1), J), A = zeros(q * q, J), detA = new Float64Array(J);
  const s = q === 2 ? place(z[1]) : -1, row = q === 2 ? moments.z.indexOf(z[1]) - 1 : -1;
  if (q === 2 && row < 0) throw new Error(`the moments have no scatter of ${z[1]}`);
  for (let j = 0; j < J; j++) {
    const means = [1, ...columns.map((c) => (mean[j][c] - grand[c]) / unit[c])];
    A[0][j] = n[j];
    if (q === 1) {
      means.forEach((value, c) => { R[c][j] = value; });
      continue;
    }
    const centre = (mean[j][s] - grand[s]) / unit[s], ss = scatter[j][row][s] / unit[s] ** 2;
    const cross = [0, ...columns.map((c) => scatter[j][row][c] / (unit[s] * unit[c]))];
    const slopes = cross.map((value) => (ss > NO_SPREAD * n[j] ? value / ss : 0));
    means.forEach((value, c) => {
      R[c][j] = value - centre * slopes[c];
      R[p + 1 + c][j] = slopes[c];
    });
    for (let r = 1; r <= p; r++) for (let c = 1; c <= p; c++) S[r][c] -= slopes[r] * cross[c];
    A[1][j] = A[2][j] = n[j] * centre;
    A[3][j] = ss + n[j] * centre ** 2;
    detA[j] = n[j] * ss;
  }
  return {
    p, q, J, nobs, A, R, S, detA, x, z, moments,
    unit: columns.slice(0, -1).map((c) => unit[c]),
    shift: columns.slice(0, -1).map((c) => origin[c] + grand[c]),
    unitY: unit[k],
    shiftY: origin[k] + grand[k],
    zUnit: q === 2 ? unit[s] : 1,
    zShift: q === 2 ? origin[s] + grand[s] : 0,
  };
}

// ------------------------------------------------------------------------------------------------------ the deviance

// The free elements of Lambda, row and column: tau00 alone, or a lower triangle.
const FREE = { 1: [[0, 0]], 2: [[0, 0], [1, 0], [1, 1]] };

// Minus twice the log-likelihood (REML's, or ML's) at one theta, the elements of Lambda in inside units.
export class Deviance {
  constructor(stage, theta, reml = true) {
    Object.assign(this, { stage, theta: [...theta], reml });
    const { p, q, J, R, S } = stage, k = p + 1;
    this.dof = stage.nobs - (reml ? p : 0);
    this.Lambda = q === 1 ? [[theta[0]]] : [[theta[0], 0], [theta[1], theta[2]]];
    this.D = square(this.Lambda);

    const { W, logdet } = precision(stage, this.D);
    const WR = (this.WR = zeros(q * k, J));
    for (let a = 0; a < q; a++) {
      for (let c = 0; c < k; c++) {
        for (let b = 0; b < q; b++) addProduct(WR[a * k + c], W[a * q + b], R[b * k + c]);
      }
    }
    const N = zeros(k, k);
    for (let r = 0; r < k; r++) {
      for (let c = 0; c <= r; c++) {
        N[r][c] = S[r][c];
        for (let a = 0; a < q; a++) N[r][c] += dot(R[a * k + r], WR[a * k + c]);
      }
    }
    const L = cholesky(N); // its last row holds beta's equation, its last corner the residual
    this.W = W;
    this.root = lowerInverse(L, p); // (X'V^-1 X)^-1 = root' root
    this.beta = Array.from({ length: p }, (_, c) => sumOf(p, (r) => this.root[r][c] * L[p][r]));
    this.s2 = L[p][p] ** 2 / this.dof;
    this.logdetV = logdet;
    this.logdetX = 2 * sumOf(p, (i) => Math.log(L[i][i]));
    this.value = logdet + (reml ? this.logdetX : 0) + this.dof * Math.log(this.s2);
  }

  // In the units of the data -----------------------------------------------------------------------------------------

  // Minus twice the log-likelihood, constants and all: what a fit reports.
  get deviance() {
    const { unit, unitY } = this.stage;
    const scaling = this.reml ? 2 * unit.reduce((sum, u) => sum + Math.log(u), 0) : 0;
    return this.value + this.dof * (1 + Math.log(2 * Math.PI) + 2 * Math.log(unitY)) + scaling;
  }

  get sigma2() {
    return this.s2 * this.stage.unitY ** 2;
  }

  // G, as [[tau00]] or [[tau00, tau01], [tau01, tau11]].
  get G() {
    return square(toZ(this.stage, this.Lambda)).map((row) => row.map((value) => value * this.sigma2));
  }

  // The fixed effects, in the order of x, and their covariance matrix.
  get gamma() {
    const { unitY, shiftY, unit, shift } = this.stage;
    const slopes = unit.map((u, i) => (unitY * this.beta[i + 1]) / u);
    return [unitY * this.beta[0] + shiftY - slopes.reduce((sum, b, i) => sum + b * shift[i], 0), ...slopes];
  }

  get covGamma() {
    const { p, unit, shift } = this.stage;
    const half = this.root.map((row) => [row[0] - sumOf(p - 1, (i) => (row[i + 1] * shift[i]) / unit[i]), ...unit.map((u, i) => row[i + 1] / u)]);
    return Array.from({ length: p }, (_, a) => Array.from({ length: p }, (_, b) => this.sigma2 * sumOf(p, (i) => half[i][a] * half[i][b])));
  }

  get se() {
    return this.covGamma.map((row, i) => Math.sqrt(row[i]));
  }

  // The predicted U_j of each school (BLUPs), a row a school.
  get blups() {
    const { q, J, unitY } = this.stage, { D, d } = this;
    const DZ = toZ(this.stage, D);
    return Array.from({ length: J }, (_, j) => Array.from({ length: q }, (_, a) => unitY * sumOf(q, (b) => DZ[a][b] * d[b][j])));
  }

  // Derivatives, by theta ---------------------------------------------------------------------------------------------

  // Z'V^-1 (y - X beta), a row a random coefficient.
  get d() {
    return this.once("_d", () => {
      const { p, q, J } = this.stage, k = p + 1;
      return Array.from({ length: q }, (_, a) => {
        const d = Float64Array.from(this.WR[a * k + p]);
        for (let c = 0; c < p; c++) for (let j = 0; j < J; j++) d[j] -= this.beta[c] * this.WR[a * k + c][j];
        return d;
      });
    });
  }

  // Z'V^-1 X, whitened, so that the sum of its squares is what estimating beta takes off W.
  get B() {
    return this.once("_B", () => {
      const { p, q, J } = this.stage, B = zeros(q * p, J);
      for (let a = 0; a < q; a++) {
        for (let c = 0; c < p; c++) {
          for (let e = 0; e <= c; e++) for (let j = 0; j < J; j++) B[a * p + c][j] += this.root[c][e] * this.WR[a * (p + 1) + e][j];
        }
      }
      return B;
    });
  }

  // Moving D by dD moves the deviance by trace(Gamma dD).
  get Gamma() {
    return this.once("_Gamma", () => {
      const { p, q } = this.stage, { W, B, d, s2 } = this;
      return grid(q, (a, b) => {
        const taken = this.reml ? sumOf(p, (c) => dot(B[a * p + c], B[b * p + c])) : 0;
        return total(W[a * q + b]) - dot(d[a], d[b]) / s2 - taken;
      });
    });
  }

  get gradient() {
    const { q } = this.stage;
    return FREE[q].map(([r, c]) => 2 * sumOf(q, (b) => this.Gamma[r][b] * this.Lambda[b][c]));
  }

  // How D moves with each element of theta.
  get directions() {
    const { q } = this.stage;
    return FREE[q].map(([r, c]) => grid(q, (a, b) => (a === r ? this.Lambda[b][c] : 0) + (b === r ? this.Lambda[a][c] : 0)));
  }

  // Second derivative by theta, sigma2 profiled out (the same terms as in hlm.model.deviance).
  get hessian() {
    return this.once("_hessian", () => {
      const { p, q, J } = this.stage, { W, B, d, s2, Gamma, directions: E } = this;
      const free = FREE[q], all = [...Array(q * q).keys()];
      const M = all.map((ab) => {
        const a = Math.floor(ab / q), b = ab % q, m = new Float64Array(J);
        for (let j = 0; j < J; j++) m[j] = (2 / s2) * d[a][j] * d[b][j] - W[ab][j];
        if (this.reml) for (let c = 0; c < p; c++) for (let j = 0; j < J; j++) m[j] += 2 * B[a * p + c][j] * B[b * p + c][j];
        return m;
      });
      const T = all.map((ab) => all.map((cd) => dot(M[ab], W[cd])));
      const trace = (E, F) => sumOver(q, 4, ([a, b, c, e]) => E[b][c] * F[e][a] * T[a * q + b][c * q + e]);
      const Bd = B.map((line) => d.map((other) => dot(line, other)));
      const moved = E.map((e) => Array.from({ length: p }, (_, c) => sumOver(q, 2, ([a, b]) => e[a][b] * Bd[a * p + c][b])));
      const BB = this.reml ? B.map((line) => B.map((other) => dot(line, other))) : null;
      const taken = this.reml ? E.map((e) => grid(p, (c, f) => sumOver(q, 2, ([a, b]) => e[a][b] * BB[a * p + c][b * p + f]))) : null;
      const dd = grid(q, (a, b) => dot(d[a], d[b]));
      const slope = E.map((e) => sumOver(q, 2, ([a, b]) => e[a][b] * dd[a][b]) / s2);
      return grid(free.length, (i, k) => {
        let value = (trace(E[i], E[k]) + trace(E[k], E[i])) / 2 - (2 / s2) * sumOf(p, (c) => moved[i][c] * moved[k][c]);
        if (this.reml) value -= sumOver(p, 2, ([c, f]) => taken[i][c][f] * taken[k][c][f]);
        if (free[i][1] === free[k][1]) value += 2 * Gamma[free[i][0]][free[k][0]];
        return value - (slope[i] * slope[k]) / this.dof;
      });
    });
  }

  once(name, compute) {
    return (this[name] ??= compute());
  }
}

// W = (A^-1 + D)^-1 of every school, in sums of positive terms (right for singular A and D too), and log |I + A D| summed.
function precision({ q, J, A, detA }, D) {
  const W = zeros(q * q, J);
  let logdet = 0;
  if (q === 1) {
    for (let j = 0; j < J; j++) {
      const determinant = 1 + A[0][j] * D[0][0];
      W[0][j] = A[0][j] / determinant;
      logdet += Math.log(determinant);
    }
    return { W, logdet };
  }
  const detD = D[0][0] * D[1][1] - D[0][1] ** 2;
  for (let j = 0; j < J; j++) {
    const determinant = 1 + A[0][j] * D[0][0] + 2 * A[1][j] * D[0][1] + A[3][j] * D[1][1] + detA[j] * detD;
    W[0][j] = (A[0][j] + detA[j] * D[1][1]) / determinant;
    W[1][j] = W[2][j] = (A[1][j] - detA[j] * D[0][1]) / determinant;
    W[3][j] = (A[3][j] + detA[j] * D[0][0]) / determinant;
    logdet += Math.log(determinant);
  }
  return { W, logdet };
}

// Random coefficients of the inside columns, carried to those of the data (but for the unit of y).
function toZ({ q, zUnit, zShift }, rows) {
  if (q === 1) return rows;
  const slope = rows[1].map((value) => value / zUnit);
  return [rows[0].map((value, i) => value - zShift * slope[i]), slope];
}

// ------------------------------------------------------------------------------------------------- at variances given

// The deviance at a G in the units of the data, { tau00, tau01, tau11 } (the last two zero for a random intercept):
// sigma2 is the one for which G / sigma2 has sigma2 as its best. There is one such, and Newton's method finds it.
export function atG(stage, G, reml = true) {
  const { q } = stage, root = rootOf(inside(stage, G, stage.unitY));
  let at, size = Math.log(stage.lastScale ?? 1); // log of 1 / s2
  for (let i = 0; i < 50; i++) {
    const stretch = Math.exp(size / 2);
    at = new Deviance(stage, thetaOf(root.map((row) => row.map((value) => value * stretch))), reml);
    const miss = size + Math.log(at.s2);
    if (Math.abs(miss) < 1e-14) break;
    const share = sumOver(q, 2, ([a, b]) => at.D[a][b] * dot(at.d[a], at.d[b])) / (at.dof * at.s2);
    size -= miss / (1 - share);
  }
  stage.lastScale = 1 / at.s2;
  return at;
}

// The deviance where the ratios of G to sigma2 are given: { tau00, tau01, tau11 }, each divided by sigma2.
export const atRatio = (stage, D, reml = true) => new Deviance(stage, thetaOf(rootOf(inside(stage, D))), reml);

// A covariance matrix of random coefficients, as one of those of the inside columns.
function inside({ q, zUnit, zShift }, { tau00, tau01 = 0, tau11 = 0 }, unit = 1) {
  const cross = zUnit * (tau01 + zShift * tau11);
  const G = q === 1 ? [[tau00]] : [[tau00 + 2 * zShift * tau01 + zShift ** 2 * tau11, cross], [cross, zUnit ** 2 * tau11]];
  return G.map((row) => row.map((value) => value / unit ** 2));
}

// A lower-triangular root of a covariance matrix, singular ones too.
function rootOf(G) {
  const a = Math.sqrt(G[0][0]);
  if (G.length === 1) return [[a]];
  const b = a > 0 ? G[1][0] / a : 0;
  return [[a, 0], [b, Math.sqrt(Math.max(0, G[1][1] - b * b))]];
}

const thetaOf = (Lambda) => FREE[Lambda.length].map(([r, c]) => Lambda[r][c]);

// -------------------------------------------------------------------------------------------------------- the optimum

// The Deviance of least value, with `singular` and `converged` as hlm has them.
export function optimum(stage, reml = true) {
  let at = descend(new Deviance(stage, start(stage), reml));
  for (const other of otherStarts(at)) at = better(at, descend(new Deviance(stage, other, reml)));
  let singular = false;
  for (let i = 0; i < 3; i++) {
    [at, singular] = atTheBoundary(at);
    const inward = singular ? downhillFromTheBoundary(at) : null;
    if (!inward) break;
    at = descend(new Deviance(stage, inward, reml));
  }
  at.singular = singular;
  at.converged = largest(at.gradient) <= GRADIENT && !downhillFromTheBoundary(at);
  return at;
}

// Random coefficients of a third of the residual's spread each, uncorrelated: near most data.
function start({ q, A, nobs }) {
  const size = Array.from({ length: q }, (_, a) => Math.sqrt(total(A[a * q + a]) / nobs));
  return FREE[q].map(([r, c]) => (r === c ? 0.35 / (size[r] > 0 ? size[r] : 1) : 0));
}

// The lower of two minima; if they are one minimum found twice, where its slope is less.
function better(at, found) {
  if (Math.abs(found.value - at.value) > ANOTHER) return found.value < at.value ? found : at;
  return largest(found.gradient) < largest(at.gradient) ? found : at;
}

// Where another, better optimum may be found. If schools' own regressions leave much less unexplained than the model
// does, schools may differ by far more; and a few schools may be explained in several ways: by one coefficient that
// varies alone, or by both together, in this direction or that.
function otherStarts(at) {
  const { q, J } = at.stage, free = FREE[q], starts = [];
  const diagonal = (value) => free.map(([r, c]) => (r === c ? value(r) : 0));
  const own = ownResidualVariance(at.stage);
  if (own > 0 && own < at.s2 / 2) starts.push(diagonal(() => 3 * Math.sqrt(at.s2 / own)));
  if (free.length === 1 || J >= FEW_SCHOOLS * free.length) return starts;
  for (let alone = 0; alone < q; alone++) starts.push(diagonal((r) => (r === alone ? 3 : 0.03)));
  // Roots of [[1, .8], [.8, 1]], and of the same with minus signs.
  for (const size of [1, 5]) for (const sign of [1, -1]) starts.push([size, 0.8 * sign * size, 0.6 * size]);
  return starts;
}

// Of least squares on what no school's Z explains, by sweeping one column of X after the other; 0 if nothing is left.
function ownResidualVariance({ S, p, q, J, nobs }) {
  const spare = nobs - q * J - p;
  if (spare <= 0) return 0;
  const N = S.map((row) => Float64Array.from(row));
  for (let c = 0; c < p; c++) {
    if (N[c][c] <= 1e-12 * S[c][c] || S[c][c] === 0) continue;
    for (let r = c + 1; r <= p; r++) for (let e = p; e > c; e--) N[r][e] -= (N[r][c] * N[c][e]) / N[c][c];
  }
  return N[p][p] / spare;
}

function descend(at) {
  for (let i = 0; i < 200; i++) {
    const { step, expected } = newtonDirection(at);
    let after = expected <= SHOWN ? polished(at, step) : at;
    if (after === at && expected > 1e-13) after = stepDown(at, step, expected);
    if (after === at || expected <= 1e-13) return after;
    at = after;
  }
  return at;
}

// One safeguarded step of Newton's method, as `optimum` takes them.
export function newtonStep(at) {
  const { step, expected } = newtonDirection(at);
  return expected <= 1e-13 ? polished(at, step) : stepDown(at, step, expected);
}

// Along directions that curve downwards the step is uphill's opposite; flat ones are left alone; none is too long.
function newtonDirection(at) {
  const { values, vectors } = eigenSymmetric(at.hessian), k = values.length, gradient = at.gradient;
  const flat = 1e-10 * Math.max(1, largest(values));
  const along = values.map((value, i) => sumOf(k, (r) => vectors[r][i] * gradient[r]) / Math.max(Math.abs(value), flat));
  const step = vectors.map((row) => -sumOf(k, (i) => row[i] * along[i]));
  const shorter = Math.max(1, largest(step) / Math.max(0.5, largest(at.theta)));
  for (let i = 0; i < k; i++) step[i] /= shorter;
  return { step, expected: -sumOf(k, (i) => gradient[i] * step[i]) };
}

// The deviance after a step, halved until it pays (Armijo), short of what rounding hides.
function stepDown(at, step, expected) {
  const noise = 1e-13 * Math.abs(at.value) + 1e-12;
  for (let share = 1, i = 0; i < 40; i++, share /= 2) {
    const after = moved(at, step, share);
    if (after.value <= at.value - 1e-4 * expected * share + noise) return after;
  }
  return at;
}

// The last Newton step is below what the deviance can show; the gradient judges it.
function polished(at, step) {
  const after = moved(at, step, 1);
  return largest(after.gradient) <= largest(at.gradient) ? after : at;
}

const moved = (at, step, share) => new Deviance(at.stage, at.theta.map((value, i) => value + share * step[i]), at.reml);

// Where schools spread almost not at all in some direction, try no spread there: [deviance, whether it is singular].
function atTheBoundary(at) {
  const { values, vectors } = spreads(at);
  if (values[0] >= BOUNDARY) return [at, false];
  const D = grid(values.length, (a, b) => sumOf(values.length, (i) => (values[i] < BOUNDARY ? 0 : values[i] ** 2 * vectors[a][i] * vectors[b][i])));
  const Lambda = rootOf(D);
  for (let c = 0; c < Lambda.length; c++) if (largest(Lambda.map((row) => row[c])) < BOUNDARY) for (const row of Lambda) row[c] = 0;
  const exact = new Deviance(at.stage, thetaOf(Lambda), at.reml);
  return exact.value > at.value + 1e-9 ? [at, false] : [descend(exact), true];
}

// A theta just inside the boundary from which the deviance falls, or null.
function downhillFromTheBoundary(at) {
  const { values, vectors } = spreads(at), q = values.length;
  const none = [...values.keys()].filter((i) => values[i] < BOUNDARY);
  if (!none.length) return null;
  const inside = grid(none.length, (i, k) => sumOver(q, 2, ([a, b]) => vectors[a][none[i]] * at.Gamma[a][b] * vectors[b][none[k]]));
  const slopes = eigenSymmetric(inside);
  if (slopes.values[0] >= -1e-6 * Math.max(1, largest(at.Gamma.flat()))) return null;
  const inward = Array.from({ length: q }, (_, a) => sumOf(none.length, (i) => vectors[a][none[i]] * slopes.vectors[i][0]));
  return thetaOf(rootOf(grid(q, (a, b) => at.D[a][b] + 1e-2 * inward[a] * inward[b] + (a === b ? 1e-12 : 0))));
}

// The singular values of Lambda, rising, and the directions in which the schools spread by so much. Beside a large one
// the small one is lost in D, which has their squares: it is the determinant of Lambda, divided by the large one.
function spreads(at) {
  const { values, vectors } = eigenSymmetric(at.D), all = values.map((value) => Math.sqrt(Math.max(0, value)));
  if (all.length === 2 && all[1] > 0) all[0] = Math.abs(at.theta[0] * at.theta[2]) / all[1];
  return { values: all, vectors };
}

// --------------------------------------------------------------------------------------------------------------- sums

const sumOf = (count, term) => {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += term(i);
  return sum;
};
// Sum over `depth` indices, each from 0 to size - 1.
const sumOver = (size, depth, term, at = []) => (depth ? sumOf(size, (i) => sumOver(size, depth - 1, term, [...at, i])) : term(at));
const grid = (size, value) => Array.from({ length: size }, (_, a) => Array.from({ length: size }, (_, b) => value(a, b)));
const square = (L) => grid(L.length, (a, b) => sumOf(L.length, (i) => L[a][i] * L[b][i]));
const largest = (values) => Math.max(...values.map(Math.abs));

function dot(a, b) {
  let sum = 0;
  for (let j = 0; j < a.length; j++) sum += a[j] * b[j];
  return sum;
}

function total(a) {
  let sum = 0;
  for (let j = 0; j < a.length; j++) sum += a[j];
  return sum;
}

function addProduct(into, a, b) {
  for (let j = 0; j < into.length; j++) into[j] += a[j] * b[j];
}
