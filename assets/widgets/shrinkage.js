// <hlm-shrinkage x groups school>: every school's mean, from no pooling to complete pooling.
// x names the model's columns, as in x="Intercept sector"; groups the schools at 0 and at 1, as in groups="public,Catholic".

import { Widget, make, momentsOf, num, perCent } from "./base.js";
import { Deviance, optimum, shrinkage, stageOf } from "./hlm.js";
import { roof, scale, ticks } from "./pen.js";

const SURE = 1e6; // theta that stands for no pooling: schools differ by so much that their own students are all that counts

class Shrinkage extends Widget {
  static title = "Whom to believe: the school, or its sector?";
  static advice = "Choose a school with few students, and one with many (tap it, or type its number). Then go from no pooling to complete pooling: which of the two gives in first?";
  static replaces = true;

  prepare() {
    const moments = momentsOf(this), x = this.getAttribute("x")?.split(" ");
    this.stage = stageOf(moments, { x, z: ["Intercept"] });
    this.best = optimum(this.stage);
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
      { name: "tau00", label: "variance between schools, τ₀₀", min: 0, max: roof(4 * tau00), step: 0.1, start: tau00 },
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

  compute({ tau00, school }) {
    const { sigma2 } = this.best, theta = tau00 === Infinity ? SURE : Math.sqrt(tau00 / sigma2);
    const { gamma } = new Deviance(this.stage, [theta], this.best.reml);
    this.guesses = this.schools.map(({ n, mean, x }) => {
      const expected = gamma[0] + x.reduce((sum, value, i) => sum + gamma[i + 1] * value, 0);
      return tau00 === Infinity ? { expected, weight: 1, predicted: mean } : { expected, ...shrinkage({ tau00, sigma2, n, mean, expected }) };
    });
    const found = this.schools.findIndex(({ name }) => name === String(school).trim());
    if (found >= 0) this.chosen = found;
    this.chosen ??= this.order[0];
    return { ...this.schools[this.chosen], ...this.guesses[this.chosen] };
  }

  say() {
    const { name, n, mean } = this.schools[this.chosen], { weight, expected, predicted } = this.guesses[this.chosen];
    return `School ${name}: its ${n} students have a mean of ${num(mean, 2)}, and ${num(expected, 2)} is expected of such a school. `
      + `Its own mean has the weight ${num(weight, 2)}, so that the best guess is ${num(predicted, 2)}.`;
  }

  draw(pen, width) {
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
        this.places.push([at, own, guess, j]);
      }
      pen.line(from, 336, from + wide, 336, "axis");
      for (const { value, words } of ticks(x.domain, wide > 220 ? 4 : 3)) pen.text(x(value), 353, words, "tick", "middle");
      pen.text(from + wide / 2, 371, "students of the school", "tick", "middle");
    }
    this.drawChosen(pen, width);
    this.picture.onpointerdown = (event) => this.tap(event);
    return 376;
  }

  drawChosen(pen, width) {
    const [at, own, guess, j] = this.places.find((place) => place[3] === this.chosen), { name } = this.schools[j], { weight } = this.guesses[j];
    const down = Math.sign(guess - own), tip = Math.abs(guess - own) > 9;
    pen.dot(at, own, 6, "ink");
    pen.line(at, own + 6 * down, at, guess - (tip ? 5 * down : 0), "ink bold");
    pen.path(tip ? [[at - 5, guess - 8 * down], [at, guess], [at + 5, guess - 8 * down]] : [], "ink bold");
    const right = at < width - 150, x = at + (right ? 12 : -12), side = right ? "start" : "end";
    const y = Math.min(310, Math.max(40, own + (down < 0 ? 10 : -16)));
    pen.text(x, y, `school ${name}`, "strong", side);
    pen.text(x, y + 16, `${perCent(weight)} its own students`, "halo", side);
  }

  // The school whose mark is nearest to a finger.
  tap(event) {
    const frame = this.picture.getBoundingClientRect(), x = event.clientX - frame.left, y = event.clientY - frame.top;
    const far = ([at, own, guess]) => Math.min(Math.hypot(at - x, own - y), Math.hypot(at - x, guess - y));
    const nearest = this.places.reduce((a, b) => (far(a) <= far(b) ? a : b));
    if (far(nearest) < 24) this.choose(nearest[3]);
  }
}

customElements.define("hlm-shrinkage", Shrinkage);
