// <hlm-likelihood x z reml far>: the likelihood of the real schools, to walk about in.
// x and z name the model's columns, as in x="Intercept ses" z="Intercept ses"; the moments are the page's. far: where
// Newton's method is sent to start, as theta.

import { Widget, momentsOf, num } from "./base.js";
import { Deviance, atG, atRatio, correlation, covariance, newtonStep, optimum, stageOf } from "./hlm.js";
import { axisBelow, roof, scale } from "./pen.js";

const POINTS = 64;

class Likelihood extends Widget {
  static title = "How likely are these schools?";
  static advice = "Drag τ₀₀ and find the bottom of the valley. What happens to the schools when it goes to zero, and what to the standard error? Then start far away, and let Newton’s method walk down, step by step.";

  prepare() {
    const words = (name) => this.getAttribute(name)?.split(" ");
    this.stage = stageOf(momentsOf(this), { x: words("x"), z: words("z") });
    this.reml = this.getAttribute("reml") !== "false";
    this.best = optimum(this.stage, this.reml);
    this.slopes = this.stage.q === 2;
    this.trail = [];
  }

  controls() {
    const [[tau00, tau01], [, tau11] = []] = this.best.G;
    const intercepts = { name: "tau00", label: "τ₀₀, variance of the intercepts", min: 0, max: roof(2.6 * tau00), step: 0.05, start: tau00 };
    if (!this.slopes) return [{ ...intercepts, label: "τ₀₀, variance between schools" }];
    return [
      intercepts,
      { name: "tau11", label: "τ₁₁, variance of the slopes", min: 0, max: roof(4 * tau11), step: 0.02, digits: 3, start: tau11 },
      { name: "rho", label: "correlation of the two, ρ", min: -1, max: 1, step: 0.02, start: correlation({ tau00, tau01, tau11 }) || 0 },
    ];
  }

  results() {
    const slope = this.stage.x.length > 1 ? this.stage.x[1] : null, level = this.slopes ? "gamma10" : "gamma01";
    return [
      { name: "deviance", label: "deviance", digits: 3 },
      { name: "gamma00", label: "γ₀₀" },
      ...(slope ? [{ name: level, label: `${this.slopes ? "γ₁₀" : "γ₀₁"}, ${slope}` }] : []),
      { name: "se", label: slope ? "its SE" : "SE of γ₀₀" },
      { name: "sigma2", label: "σ², at its best" },
      { name: "theta", label: "θ = √(τ₀₀/σ²)" },
    ];
  }

  buttons() {
    return [
      { label: "A step of Newton’s method", press: () => this.step() },
      { label: "Start far away", press: () => this.leave() },
    ];
  }

  restart() { this.follow(); }
  follow() { this.trail = []; this.at = null; }

  step() {
    const after = newtonStep(this.at);
    this.trail.push(this.at);
    this.go(after);
  }

  leave() {
    const far = this.setting("far", 0.25);
    this.trail = [];
    this.go(new Deviance(this.stage, this.slopes ? [far, 0, far] : [far], this.reml));
  }

  // To a place that is known by its theta.
  go(at) {
    const [[tau00, tau01], [, tau11] = []] = at.G;
    Object.assign(this.values, this.slopes ? { tau00, tau11, rho: correlation({ tau00, tau01, tau11 }) || 0 } : { tau00 });
    this.at = at;
    this.refresh();
  }

  compute(v) {
    const { tau00, tau11 = 0, rho = 0 } = v;
    this.at ??= atG(this.stage, { tau00, tau11, tau01: covariance({ tau00, tau11, rho }) }, this.reml);
    const { gamma, se, deviance, sigma2 } = this.at, last = Math.min(1, gamma.length - 1);
    return { deviance, gamma00: gamma[0], gamma10: gamma[1], gamma01: gamma[1], se: se[last], sigma2, theta: Math.sqrt(tau00 / sigma2) };
  }

  say() {
    const { gamma, se, deviance } = this.at, above = deviance - this.best.deviance, last = Math.min(1, gamma.length - 1);
    const where = above < 5e-4 ? "the bottom of the valley" : `${num(above, above < 10 ? 2 : 0)} above the bottom`;
    return `Deviance ${num(deviance, 1)}, ${where}. The ${last ? `coefficient of ${this.stage.x[1]}` : "mean"} is ${num(gamma[last], 2)}, its standard error ${num(se[last], 3)}.`;
  }

  // ---------------------------------------------------------------------------------------------------------- picture

  // The valley along one variance, the other ratios to sigma2 held: [{ tau, above, at }].
  valley(name) {
    const { sigma2 } = this.at, { tau00, tau11 = 0, rho = 0 } = this.values, key = this.slopes ? `${name} ${tau00} ${tau11} ${rho}` : name;
    this.kept ??= {};
    if (this.kept[name]?.key === key) return this.kept[name].points;
    const top = this.specs.find((spec) => spec.name === name).max, points = [];
    for (let i = 0; i <= POINTS; i++) {
      // Closer together near zero, where the curve bends.
      const D = { tau00: tau00 / sigma2, tau11: tau11 / sigma2, [name]: ((i / POINTS) ** 2 * top) / sigma2 };
      const at = atRatio(this.stage, { ...D, tau01: covariance({ ...D, rho }) }, this.reml);
      points.push({ tau: D[name] * at.sigma2, above: at.deviance - this.best.deviance, theta: Math.sqrt(D[name]) });
    }
    this.kept[name] = { key, points };
    return points;
  }

  draw(pen, width) {
    const names = this.slopes ? ["tau00", "tau11"] : ["tau00"], gap = 48;
    const wide = (width - gap * (names.length - 1)) / names.length;
    const now = this.at.deviance - this.best.deviance;
    const y = scale([0, Math.max(24, now * 1.12, ...this.trail.map((at) => (at.deviance - this.best.deviance) * 1.12))], [190, 34]);
    pen.text(0, 14, "deviance, above the lowest", "title");
    names.forEach((name, i) => this.drawValley(pen, name, [i * (wide + gap), i * (wide + gap) + wide], y, now));
    return this.slopes ? this.drawLines(pen, width, 250) : this.drawMeans(pen, width, 250);
  }

  drawValley(pen, name, [left, right], y, now) {
    const { max } = this.specs.find((spec) => spec.name === name);
    const x = scale([0, max], [left, right]), points = this.valley(name), best = this.slopes ? this.best.G[name === "tau00" ? 0 : 1][name === "tau00" ? 0 : 1] : this.best.G[0][0];
    const high = y.domain[1], inFrame = (list) => list.filter(([, above]) => above <= high).map(([tau, above]) => [x(tau), y(above)]);
    pen.line(x(best), y(0), x(best), y(high), "floor");
    pen.path(inFrame(points.map(({ tau, above }) => [tau, above])), "mixed bold");
    const path = [...this.trail, this.at];
    pen.path(this.slopes || !this.walking() ? [] : inFrame(this.parabola(points, now)), "ink dashed thin");
    path.forEach((at, i) => {
      const tau = at.G[name === "tau00" ? 0 : 1][name === "tau00" ? 0 : 1], above = at.deviance - this.best.deviance, last = i === path.length - 1;
      pen.dot(x(tau), y(above), last ? 6 : 3.5, last ? "mark" : "mark soft");
      if (path.length > 1 && (above > high * 0.02 || last)) pen.text(x(tau) + 8, y(above) - 7, String(i), "tick halo");
    });
    if (path.length === 1) pen.text(Math.min(x(this.values[name]), right - 14), y(now) - 12, num(now, now < 10 ? 1 : 0), "strong", "middle");
    axisBelow(pen, x, y(0), name === "tau00" ? (this.slopes ? "τ₀₀, intercepts" : "τ₀₀, variance between schools") : "τ₁₁, slopes", right - left < 200 ? 3 : 4);
  }

  walking() {
    return this.trail.length > 0 || Math.abs(this.at.theta[0] - this.setting("far", 0.25)) < 1e-9;
  }

  // The parabola that touches the deviance here, as a function of theta, on the valley's axis.
  parabola(points, now) {
    const { theta: [here], gradient: [slope], hessian: [[bend]] } = this.at;
    return points.map(({ tau, theta }) => [tau, now + slope * (theta - here) + (bend / 2) * (theta - here) ** 2]).filter(([, above]) => above >= -0.2 * now);
  }

  // Each school's mean, as its students have it and as the model does.
  drawMeans(pen, width, top) {
    const { n, mean, origin, columns } = this.stage.moments, { blups, gamma, se, covGamma } = this.at, k = columns.length;
    const own = mean.map((row) => row[k] + origin[k]), places = this.stage.x.slice(1).map((name) => columns.indexOf(name));
    const expected = mean.map((row) => gamma[0] + places.reduce((sum, c, i) => sum + gamma[i + 1] * (row[c] + origin[c]), 0));
    const low = Math.min(...own), high = Math.max(...own), x = scale([low - 0.5, high + 0.5], [0, width]);
    const [above, below] = [top + 38, top + 128], levels = [...new Set(expected.map((value) => value.toFixed(9)))].map(Number).sort((a, b) => a - b);
    const look = (j) => (levels.length === 2 ? (expected[j] - levels[0] < levels[1] - expected[j] === gamma[1] > 0 ? "public" : "catholic") : "mixed");
    pen.text(0, top + 14, width < 480 ? "means: as observed, and as predicted" : "the schools’ means: as observed (above), and as the model predicts them (below)", "title");
    own.forEach((value, j) => pen.line(x(value), above, x(expected[j] + blups[j][0]), below, `${look(j)} hair`));
    own.forEach((value, j) => pen.dot(x(value), above, 2.5, `${look(j)} soft`));
    own.forEach((value, j) => pen.dot(x(expected[j] + blups[j][0]), below, 2.5, `${look(j)} soft`));
    if (levels.length > 2) levels.length = 0;
    levels.forEach((value, i) => {
      const kind = (i === 0) === gamma[1] > 0 || levels.length === 1 ? "public" : "catholic", name = levels.length === 1 ? "all schools" : kind === "public" ? "public" : "Catholic";
      const error = kind === "public" ? se[0] : Math.sqrt(covGamma[0][0] + 2 * covGamma[0][1] + covGamma[1][1]);
      pen.line(x(value - 2 * error), below + 14, x(value + 2 * error), below + 14, `${kind} whisker`);
      pen.dot(x(value), below + 14, 4.5, kind);
      pen.text(x(value), below + 33, name, `label ${kind}`, levels.length === 2 ? (i === 0 ? "end" : "start") : "middle");
    });
    axisBelow(pen, x, below + 48, "points; bars: two standard errors either way", 6);
    return below + 86;
  }

  // Every school's line as the model predicts it, and the average line with two standard errors either way.
  drawLines(pen, width, top) {
    const { blups, gamma, covGamma } = this.at, reach = 2;
    const x = scale([-reach, reach], [26, width]), y = scale([0, 24], [top + 220, top + 26]);
    pen.text(0, top + 14, "the schools’ lines, as the model predicts them", "title");
    for (const value of [0, 10, 20]) {
      pen.line(26, y(value), width, y(value), "grid");
      pen.text(20, y(value) + 4, String(value), "tick", "end");
    }
    for (const [u0, u1] of blups) pen.line(x(-reach), y(gamma[0] + u0 - reach * (gamma[1] + u1)), x(reach), y(gamma[0] + u0 + reach * (gamma[1] + u1)), "line");
    const band = [], turn = [];
    for (let i = -4; i <= 4; i++) {
      const ses = (i * reach) / 4, here = gamma[0] + gamma[1] * ses, error = 2 * Math.sqrt(covGamma[0][0] + 2 * ses * covGamma[0][1] + ses * ses * covGamma[1][1]);
      band.push([x(ses), y(here + error)]);
      turn.unshift([x(ses), y(here - error)]);
    }
    pen.path([...band, ...turn], "band", true);
    pen.line(x(-reach), y(gamma[0] - reach * gamma[1]), x(reach), y(gamma[0] + reach * gamma[1]), "mixed bold");
    pen.text(x(-reach) + 6, y(gamma[0] - reach * gamma[1]) - 12, "average line", "label mixed halo");
    axisBelow(pen, x, y(0), this.stage.z[1], 4);
    return top + 262;
  }
}

customElements.define("hlm-likelihood", Likelihood);
