// What <hlm-shrinkage> computes and draws of a model with a slope: every school as a point, its line's intercept and slope.

import { num } from "./base.js";
import { Deviance, ellipse } from "./hlm.js";
import { axisBelow, scale, ticks } from "./pen.js";

const SURE = 1e4; // G times its square stands for no pooling

// How far apart the schools' true lines are, with G times `share`: each school's predicted line, and the average line.
export function linesAt(stage, best, share) {
  const root = share === Infinity ? SURE : Math.sqrt(share), { gamma, blups } = new Deviance(stage, best.theta.map((value) => value * root), best.reml);
  return { gamma, lines: blups.map(([u0, u1]) => [gamma[0] + u0, gamma[1] + u1]) };
}

// The error variances of a school's own intercept and slope, as of a regression on its students alone.
export function errorsOf(stage, { sigma2 }) {
  const { n, mean, origin, scatter, columns, z } = stage.moments, c = columns.indexOf(stage.z[1]), row = z.indexOf(stage.z[1]) - 1;
  return n.map((size, j) => [sigma2 / size + (sigma2 * (mean[j][c] + origin[c]) ** 2) / scatter[j][row][c], sigma2 / scatter[j][row][c]]);
}

// A real difference over a real difference plus error.
export const weightOf = (variance, error) => (variance === Infinity ? 1 : variance / (variance + error));

// Squares for the schools' own lines, dots for the predicted ones; gives where they are: [own, guess, school].
export function drawLines(pen, width, { own, guesses, gamma, G, order, slope }) {
  const left = 34, bottom = 336, edge = (i) => [Math.min(...own.map((line) => line[i])), Math.max(...own.map((line) => line[i]))];
  const x = scale([edge(0)[0] - 1, edge(0)[1] + 1], [left, width]), y = scale([edge(1)[0] - 0.5, edge(1)[1] + 0.5], [bottom, 26]);
  for (const { value, words } of ticks(y.domain, 5)) {
    pen.line(left, y(value), width, y(value), "grid");
    pen.text(left - 6, y(value) + 4, words, "tick", "end");
  }
  pen.text(0, 12, `slope of ${slope}`, "tick");
  const places = order.map((j) => [[x(own[j][0]), y(own[j][1])], [x(guesses[j][0]), y(guesses[j][1])], j]);
  for (const [[a, b], [c, d]] of places) pen.line(a, b, c, d, "line");
  for (const [[a, b]] of places) pen.box(a - 2.2, b - 2.2, 4.4, 4.4, "ols soft");
  for (const [, [c, d]] of places) pen.dot(c, d, 2.8, "mixed");
  pen.path(G.tau00 === Infinity ? [] : ellipse(G, 0.95).map(([a, b]) => [x(gamma[0] + a), y(gamma[1] + b)]), "ink dashed", true);
  pen.line(x(gamma[0]) - 7, y(gamma[1]), x(gamma[0]) + 7, y(gamma[1]), "ink");
  pen.line(x(gamma[0]), y(gamma[1]) - 7, x(gamma[0]), y(gamma[1]) + 7, "ink");
  axisBelow(pen, x, bottom + 6, `intercept, at ${slope} zero (points)`, width < 480 ? 4 : 6);
  return places;
}

export const sayLine = ([intercept, slope]) => `an intercept of ${num(intercept, 2)} and a slope of ${num(slope, 2)}`;
