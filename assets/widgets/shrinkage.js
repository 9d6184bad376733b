// <hlm-shrinkage x z groups>: every school's mean, or its line, from no pooling to complete pooling.
// x and z name the model's columns, as in x="Intercept sector"; groups the schools at 0 and at 1, as in
// groups="public,Catholic". With a slope in z it is lines that shrink, and all of G with tau00.

import { Widget, make, momentsOf, num, perCent } from "./base.js";
import { Deviance, optimum, shrinkage, stageOf } from "./hlm.js";
import { roof, scale, ticks } from "./pen.js";
import { drawLines, errorsOf, linesAt, sayLine, weightOf } from "./shrinkage-lines.js";

const SURE = 1e6; // theta that stands for no pooling: schools differ by so much that their own students are all that counts

class Shrinkage extends Widget {
  static title = "Whom to believe: the school, or the others?";
  static advice = "Choose a school with few students, and one with many (tap it, or type its number). Then go from no pooling to complete pooling: which of the two gives in first?";
  static replaces = true;

  prepare() {
    const moments = momentsOf(this), x = this.getAttribute("x")?.split(" ");
    this.stage = stageOf(moments, { x, z: this.getAttribute("z")?.split(" ") ?? ["Intercept"] });
    this.best = optimum(this.stage);
    this.slopes = this.stage.q === 2;
    if (this.slopes) Object.assign(this, { own: linesAt(this.stage, this.best, Infinity).lines, errors: errorsOf(this.stage, this.best) });
    const k = moments.columns.length, places = this.stage.x.slice(1).map((name) => moments.columns.indexOf(name));
    this.schools = moments.groups.map((name, j) => ({
      name,
      n: moments.n[j],
      mean: moments.mean[j][k] + moments.origin[k],
      x: places.map((c) => moments.mean[j][c] + moments.origin[c]),
    }));
    this.order = [...this.schools.keys()].sort((a, b) => this.schools[a].n - this.schools[b].n || a - b);
    this.words = this.getAttribute("groups")?.split(",") ?? ["all schools"];
  }

  controls() {
    const tau00 = this.best.G[0][0];
    return [
      { name: "tau00", label: this.slopes ? "variance between schools: τ₀₀, and G with it" : "variance between schools, τ₀₀", min: 0, max: roof(4 * tau00), step: 0.1, start: tau00 },
      { name: "school", label: "school", type: "text", start: this.schools[this.order[0]].name, attach: (input) => this.chooser(input) },
    ];
  }

  chooser(input) {
    input.inputMode = "numeric";
    input.spellcheck = false;
    input.addEventListener("keydown", (event) => {
      const step = { ArrowUp: 1, ArrowDown: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      const place = this.order.indexOf(this.chosen) + step;
      this.choose(this.order[Math.min(this.order.length - 1, Math.max(0, place))]);
    });
    input.addEventListener("blur", () => this.choose(this.chosen));
  }

  choose(j) {
    this.inputs.school.value = this.schools[j].name;
    this.set("school", this.schools[j].name);
  }

  results() {
    if (this.slopes) {
      return [
        { name: "n", label: "its students, n", digits: 0 },
        { name: "weight", label: "weight of its own intercept" },
        { name: "weight_slope", label: "of its own slope" },
        { name: "intercept", label: "best guess: intercept", digits: 3 },
        { name: "slope", label: "slope", digits: 3 },
      ];
    }
    return [
      { name: "n", label: "its students, n", digits: 0 },
      { name: "mean", label: "their mean", digits: 3 },
      { name: "weight", label: "weight of the school’s own mean" },
      { name: "expected", label: "expected of such a school", digits: 3 },
      { name: "predicted", label: "best guess", digits: 3 },
    ];
  }

  buttons() {
    const to = (tau00) => () => this.slide(tau00());
    return [
      { label: "No pooling", press: to(() => Infinity) },
      { label: "As the model has it", press: to(() => this.best.G[0][0]) },
      { label: "Complete pooling", press: to(() => 0) },
    ];
  }

  // In equal steps of the weight that a school of average size has.
  slide(target) {
    const half = (this.best.sigma2 * this.schools.length) / this.stage.nobs, weight = (tau00) => (tau00 === Infinity ? 1 : tau00 / (tau00 + half));
    const from = weight(this.values.tau00), to = weight(target);
    this.play(700, (share) => {
      const w = from + (to - from) * (1 - (1 - share) ** 3);
      this.values.tau00 = share === 1 ? target : (half * w) / (1 - w);
      this.refresh();
    });
  }

  compute(values) {
    const found = this.schools.findIndex(({ name }) => name === String(values.school).trim());
    if (found >= 0) this.chosen = found;
    this.chosen ??= this.order[0];
    return this.slopes ? this.computeLines(values) : this.computeMeans(values);
  }

  computeLines({ tau00 }) {
    const [[first, cross], [, second]] = this.best.G, share = tau00 === Infinity ? Infinity : tau00 / first;
    Object.assign(this, linesAt(this.stage, this.best, share));
    this.G = { tau00, tau01: cross * share, tau11: second * share };
    const [intercept, slope] = this.lines[this.chosen], [error, error_slope] = this.errors[this.chosen];
    this.weight = weightOf(tau00, error);
    this.weight_slope = weightOf(this.G.tau11, error_slope);
    return { n: this.schools[this.chosen].n, weight: this.weight, weight_slope: this.weight_slope, intercept, slope };
  }

  computeMeans({ tau00 }) {
    const { sigma2 } = this.best, theta = tau00 === Infinity ? SURE : Math.sqrt(tau00 / sigma2);
    const { gamma } = new Deviance(this.stage, [theta], this.best.reml);
    this.guesses = this.schools.map(({ n, mean, x }) => {
      const expected = gamma[0] + x.reduce((sum, value, i) => sum + gamma[i + 1] * value, 0);
      return tau00 === Infinity ? { expected, weight: 1, predicted: mean } : { expected, ...shrinkage({ tau00, sigma2, n, mean, expected }) };
    });
    return { ...this.schools[this.chosen], ...this.guesses[this.chosen] };
  }

  say() {
    if (this.slopes) {
      const { name, n } = this.schools[this.chosen];
      return `School ${name}: its ${n} students alone have ${sayLine(this.own[this.chosen])}. Its own intercept has the weight ${num(this.weight, 2)}, `
        + `its own slope ${num(this.weight_slope, 2)}, so that the best guess is ${sayLine(this.lines[this.chosen])}.`;
    }
    const { name, n, mean } = this.schools[this.chosen], { weight, expected, predicted } = this.guesses[this.chosen];
    return `School ${name}: its ${n} students have a mean of ${num(mean, 2)}, and ${num(expected, 2)} is expected of such a school. `
      + `Its own mean has the weight ${num(weight, 2)}, so that the best guess is ${num(predicted, 2)}.`;
  }

  draw(pen, width) {
    this.picture.onpointerdown = (event) => this.tap(event);
    if (this.slopes) {
      this.places = drawLines(pen, width, { own: this.own, guesses: this.lines, gamma: this.gamma, G: this.G, order: this.order, slope: this.stage.z[1] });
      this.drawChosen(pen, width, `${perCent(this.weight)} its own intercept, ${perCent(this.weight_slope)} its own slope`);
      return 384;
    }
    const groups = this.words.length, gap = 14, left = 24, wide = (width - left - gap * (groups - 1)) / groups;
    const means = this.schools.map(({ mean }) => mean), sizes = this.schools.map(({ n }) => n);
    const y = scale([Math.min(...means) - 0.6, Math.max(...means) + 0.6], [330, 30]);
    this.places = [];
    for (const { value, words } of ticks(y.domain, 5)) {
      pen.line(left, y(value), width, y(value), "grid");
      pen.text(left - 6, y(value) + 4, words, "tick", "end");
    }
    pen.text(0, 12, "points", "tick");
    for (let group = 0; group < groups; group++) {
      const from = left + group * (wide + gap), x = scale([Math.min(...sizes) - 3, Math.max(...sizes) + 3], [from, from + wide]), look = group ? "catholic" : "public";
      const members = this.order.filter((j) => groups === 1 || Math.round(this.schools[j].x[0]) === group);
      pen.text(from + wide, 12, this.words[group], `label ${look}`, "end");
      if (members.length && (groups === 2 || !this.schools[0].x.length)) pen.line(from, y(this.guesses[members[0]].expected), from + wide, y(this.guesses[members[0]].expected), `${look} bold`);
      for (const j of members) {
        const at = x(this.schools[j].n), own = y(this.schools[j].mean), guess = y(this.guesses[j].predicted);
        pen.line(at, own, at, guess, `${look} soft`);
        pen.dot(at, own, 2.8, `${look} ring`);
        pen.dot(at, guess, 2.8, look);
        this.places.push([[at, own], [at, guess], j]);
      }
      pen.line(from, 336, from + wide, 336, "axis");
      for (const { value, words } of ticks(x.domain, wide > 220 ? 4 : 3)) pen.text(x(value), 353, words, "tick", "middle");
      pen.text(from + wide / 2, 371, "students of the school", "tick", "middle");
    }
    this.drawChosen(pen, width, `${perCent(this.guesses[this.chosen].weight)} its own students`);
    return 376;
  }

  drawChosen(pen, width, words) {
    const [[x1, y1], [x2, y2], j] = this.places.find((place) => place[2] === this.chosen), far = Math.hypot(x2 - x1, y2 - y1);
    const [right, down] = far > 0 ? [(x2 - x1) / far, (y2 - y1) / far] : [0, 0], tip = far > 9;
    const back = (along, aside) => [x2 - along * right - aside * down, y2 - along * down + aside * right];
    pen.dot(x1, y1, 6, "ink");
    pen.line(x1 + 6 * right, y1 + 6 * down, ...(tip ? back(5, 0) : [x2, y2]), "ink bold");
    pen.path(tip ? [back(8, 5), [x2, y2], back(8, -5)] : [], "ink bold");
    const { x, y, side, hidden } = this.room(x1, y1, down, 9 + 7.1 * words.length, width);
    pen.box(side === "start" ? x - 3 : x - 3 - 7.1 * words.length, y - 14, hidden ? 7.1 * words.length + 6 : 0, 36, "backing");
    pen.text(x, y, `school ${this.schools[j].name}`, "strong", side);
    pen.text(x, y + 16, words, "halo", side);
  }

  // Where a label of two lines hides the fewest schools, beside a mark or, where it is too long for that, above or below:
  // near it if there is a choice.
  room(x1, y1, down, wide, width) {
    const free = [], shifts = down < 0 ? [10, 28, -16, -34, 46, -52] : [-16, -34, 10, 28, -52, 46];
    const sides = [["start", x1 + 12, x1 + 12], ["end", x1 - 12, x1 - 12 - wide]].filter(([, , from]) => from >= 0 && from + wide <= width);
    const within = Math.max(0, Math.min(x1 + 12, width - wide));
    for (const shift of shifts) {
      const y = Math.min(310, Math.max(40, y1 + shift)), over = y1 > y - 22 && y1 < y + 28;
      for (const [side, x, from] of sides.length ? sides : over ? [] : [["start", within, within]]) {
        const hidden = this.places.flatMap(([own, guess]) => [own, guess]).filter(([a, b]) => a > from - 3 && a < from + wide + 3 && b > y - 15 && b < y + 22).length;
        free.push({ x, y, side, hidden });
      }
    }
    return free.reduce((best, one) => (one.hidden < best.hidden ? one : best), free[0] ?? { x: within, y: 40, side: "start", hidden: 0 });
  }

  // The school whose mark is nearest to a finger.
  tap(event) {
    const frame = this.picture.getBoundingClientRect(), x = event.clientX - frame.left, y = event.clientY - frame.top;
    const far = (place) => Math.min(...place.slice(0, 2).map(([a, b]) => Math.hypot(a - x, b - y)));
    const nearest = this.places.reduce((a, b) => (far(a) <= far(b) ? a : b));
    if (far(nearest) < 24) this.choose(nearest[2]);
  }
}

customElements.define("hlm-shrinkage", Shrinkage);
