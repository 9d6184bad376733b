// <hlm-g tau00 tau11 rho gamma00 gamma10 seed>: the three numbers of G, as lines, as points, and as a matrix.

import { Widget, num } from "./base.js";
import { Random, correlation, covariance, ellipse, moveZero } from "./hlm.js";
import { axisBelow, scale, ticks } from "./pen.js";

const SCHOOLS = 40, REACH = 2;

class G extends Widget {
  static title = "Three numbers, and where zero is.";
  static advice = "Make the lines fan out, and then fan in. Now leave G alone and move only the zero: the lines stay where they are, and yet the sign of τ₀₁ changes. Where is it nought?";

  controls() {
    const tau00 = this.setting("tau00"), tau11 = this.setting("tau11");
    return [
      { name: "tau00", label: "τ₀₀, variance of intercepts", min: 0, max: Math.ceil(4 * tau00), step: 0.1, digits: 3 },
      { name: "tau11", label: "τ₁₁, variance of slopes", min: 0, max: Math.ceil(12 * tau11), step: 0.05, digits: 3 },
      { name: "rho", label: "correlation, ρ", min: -1, max: 1, step: 0.05 },
      { name: "zero", label: "where zero is", min: -REACH, max: REACH, step: 0.1, start: 0 },
      { name: "seed", label: "seed of the draws", type: "number", min: 1, max: 99999, step: 1, start: 1 },
    ];
  }

  results() {
    return [
      { name: "tau00", label: "τ₀₀ at this zero" },
      { name: "tau01", label: "τ₀₁" },
      { name: "tau11", label: "τ₁₁" },
      { name: "rho", label: "correlation" },
      { name: "nearest", label: "lines closest at" },
    ];
  }

  buttons() {
    return [{ label: "Draw other schools", press: () => this.set("seed", (this.values.seed % 99999) + 1) }];
  }

  compute(v) {
    this.G = { tau00: v.tau00, tau11: v.tau11, tau01: covariance(v) };
    this.moved = moveZero(this.G, v.zero);
    const random = new Random(v.seed);
    this.schools = Array.from({ length: SCHOOLS }, () => random.pair(this.G));
    this.nearest = v.tau11 > 0 ? -this.G.tau01 / v.tau11 : NaN;
    return { ...this.moved, rho: correlation(this.moved), nearest: this.nearest };
  }

  fan() {
    const { tau00, tau01, tau11 } = this.moved;
    if (tau11 < 1e-9) return "parallel lines";
    if (Math.abs(tau01) < 0.02 * Math.sqrt(Math.max(tau00, 1e-9) * tau11)) return "neither in nor out";
    return tau01 > 0 ? "the lines fan out" : "the lines fan in";
  }

  say() {
    const { tau00, tau01, tau11 } = this.moved;
    return `G is ${num(tau00, 2)}, ${num(tau01, 2)}, ${num(tau11, 2)}: from zero to the right, ${this.fan()}.`;
  }

  draw(pen, width) {
    const narrow = width < 520;
    if (narrow) {
      this.drawLines(pen, [24, width], [24, 210]);
      this.drawMatrix(pen, 24, 258);
      this.drawPoints(pen, [24, width], [344, 534]);
      return 574;
    }
    this.drawLines(pen, [24, width * 0.52], [24, 290]);
    this.drawMatrix(pen, width * 0.59, 4);
    this.drawPoints(pen, [width * 0.59, width], [96, 290]);
    return 330;
  }

  drawLines(pen, across, [top, bottom]) {
    const gamma = [this.setting("gamma00"), this.setting("gamma10")], { zero } = this.values, x = scale([-REACH, REACH], across), y = scale([gamma[0] - 13, gamma[0] + 13], [bottom, top]);
    pen.text(0, 12, "schools as lines", "title");
    for (const { value, words } of ticks(y.domain, 4)) {
      pen.line(across[0], y(value), across[1], y(value), "grid");
      pen.text(across[0] - 6, y(value) + 4, words, "tick", "end");
    }
    const height = ([u0, u1], ses) => y(gamma[0] + u0 + (gamma[1] + u1) * ses);
    for (const school of this.schools) pen.line(x(-REACH), height(school, -REACH), x(REACH), height(school, REACH), "line");
    pen.line(x(-REACH), height([0, 0], -REACH), x(REACH), height([0, 0], REACH), "mixed bold");
    pen.line(x(zero), top - 4, x(zero), bottom, "ink");
    for (const school of this.schools) pen.dot(x(zero), height(school, zero), 2, "mark");
    const side = zero > 0.6 ? "end" : "start";
    pen.text(x(zero) + (side === "end" ? -7 : 7), top + 8, this.fan(), "strong", side);
    axisBelow(pen, x, bottom, "ses; the upright line is zero", 4);
  }

  // Where each school's line crosses zero, and how steep it is.
  drawPoints(pen, across, [top, bottom]) {
    const { zero } = this.values, gamma = [this.setting("gamma00"), this.setting("gamma10")], centre = gamma[0] + zero * gamma[1];
    const { tau00, tau11 } = this.moved, steady = [this.setting("tau00"), this.setting("tau11")];
    const reach = [3.1 * Math.sqrt(Math.max(tau00, 2 * steady[0])), 3.1 * Math.sqrt(Math.max(tau11, 2 * steady[1]))];
    const x = scale([-reach[0], reach[0]], across), y = scale([-reach[1], reach[1]], [bottom, top]);
    pen.line(x(0), top, x(0), bottom, "grid");
    pen.line(across[0], y(0), across[1], y(0), "grid");
    for (const [share, look] of [[0.5, "mixed bold"], [0.95, "mixed bold dashed"]]) pen.path(ellipse(this.moved, share).map(([a, b]) => [x(a), y(b)]), look, true);
    for (const [u0, u1] of this.schools) pen.dot(x(u0 + zero * u1), y(u1), 2.6, "mark soft");
    pen.text(across[0], top - 6, "schools as points", "title");
    pen.text(x(0) + 5, top + 10, `slope, from ${num(gamma[1], 1)}`, "tick halo");
    axisBelow(pen, scale([centre - reach[0], centre + reach[0]], across), bottom, "height at zero (points)", 3);
  }

  drawMatrix(pen, left, top) {
    const { tau00, tau01, tau11 } = this.moved, cell = 66;
    pen.text(left, top + 30, "G =", "");
    for (const [side, turn] of [[left + 34, 5], [left + 46 + 2 * cell, -5]]) pen.path([[side + turn, top + 2], [side, top + 2], [side, top + 50], [side + turn, top + 50]], "ink thin");
    [[tau00, ""], [tau01, tau01 < 0 ? "label public" : "label catholic"], [tau01, tau01 < 0 ? "label public" : "label catholic"], [tau11, ""]].forEach(([value, look], i) => {
      pen.text(left + 40 + cell * (0.95 + (i % 2)), top + 20 + 24 * Math.floor(i / 2), num(value, 3), look, "end");
    });
  }
}

customElements.define("hlm-g", G);
