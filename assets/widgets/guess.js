// <hlm-guess seed>: read the covariance off the lines; told at once.

import { Widget, num } from "./base.js";
import { Random, ellipse } from "./hlm.js";
import { axisBelow, scale } from "./pen.js";

const SCHOOLS = 25, END = 2;

class Guess extends Widget {
  static title = "Guess the covariance.";
  static advice = "Here are the lines of some schools, from zero to the right. Which sign has the covariance of their intercepts and slopes? Then, how large is the correlation? A right sign is one point, a correlation within .1 two more, within .25 one.";

  prepare() { this.restart(); }
  restart() { Object.assign(this, { points: 0, rounds: 0, answer: null, told: null, clean: true }); }

  controls() {
    return [
      { name: "sign", label: "the covariance is", type: "radio", options: [["-1", "negative"], ["1", "positive"]], start: 0 },
      { name: "correlation", label: "the correlation is about", min: -1, max: 1, step: 0.05, start: 0 },
      { name: "seed", label: "picture", type: "number", min: 1, max: 99999, step: 1, start: 1 },
    ];
  }

  results() {
    return [
      { name: "score", label: "score", digits: 0 },
      { name: "of", label: "out of", digits: 0 },
    ];
  }

  buttons() {
    return [
      { label: "That is my guess", press: () => this.tell() },
      { label: "Next picture", press: () => this.set("seed", (this.values.seed % 99999) + 1) },
    ];
  }

  // Lines whose own correlation, not only that of what they are drawn from, is rho.
  schoolsOf(seed) {
    const random = new Random(7919 * seed);
    const sign = random.uniform() < 0.5 ? -1 : 1, rho = sign * (0.15 + 0.8 * random.uniform());
    const sd = [2 + 2.5 * random.uniform(), 1.2 + 2.3 * random.uniform()], centre = [10 + 6 * random.uniform(), -1 + 4 * random.uniform()];
    const column = () => standard(Array.from({ length: SCHOOLS }, () => random.normal()));
    const a = column(), b = column(), r = mean(a.map((value, j) => value * b[j]));
    const free = standard(b.map((value, j) => value - r * a[j]));
    const slope = a.map((value, j) => rho * value + Math.sqrt(1 - rho * rho) * free[j]);
    return { rho, sd, centre, lines: a.map((value, j) => [centre[0] + sd[0] * value, centre[1] + sd[1] * slope[j]]) };
  }

  follow(name) {
    if (name === "seed") this.next();
    if (name === "sign" && this.answer === null) {
      this.answer = this.values.sign === Math.sign(this.schools.rho);
      this.rounds += 1;
      this.points += this.answer ? 1 : 0;
    }
  }

  next() {
    Object.assign(this, { answer: null, told: null });
    Object.assign(this.values, { sign: 0, correlation: 0 });
  }

  tell() {
    if (this.told !== null) return;
    if (this.answer === null) {
      // A correlation says its sign.
      if (this.values.correlation === 0) return;
      this.values.sign = Math.sign(this.values.correlation);
      this.follow("sign");
    }
    const miss = Math.abs(this.values.correlation - this.schools.rho);
    this.told = miss <= 0.1 ? 2 : miss <= 0.25 ? 1 : 0;
    this.points += this.told;
    this.refresh();
  }

  compute({ seed }) {
    if (this.drawnFrom !== seed) {
      this.drawnFrom = seed;
      this.schools = this.schoolsOf(seed);
    }
    const [say] = this.presses;
    say.disabled = this.told !== null;
    for (const radio of this.inputs.sign) radio.disabled = this.answer !== null;
    this.inputs.correlation.disabled = this.told !== null;
    this.note.hidden = false;
    this.note.textContent = this.verdict();
    return { score: this.points, of: 3 * this.rounds };
  }

  verdict() {
    const { rho } = this.schools, fan = rho > 0 ? "the lines fan out" : "the lines fan in";
    if (this.answer === null) return "Do the higher schools climb more steeply, or less?";
    const sign = `${this.answer ? "Right" : "No"}: ${fan}, so the covariance is ${rho > 0 ? "positive" : "negative"}. `;
    if (this.told === null) return `${sign}And the correlation?`;
    const praise = ["Not quite", "Near", "Well read"][this.told];
    return `${sign}${praise}: the correlation is ${num(rho, 2)}, and you said ${num(this.values.correlation, 2)}.`;
  }

  say() {
    return `${this.verdict()} Score ${this.points} of ${3 * this.rounds}.`;
  }

  draw(pen, width) {
    const { lines, sd, centre, rho } = this.schools, open = this.told !== null, narrow = width < 520;
    const left = [0, open && !narrow ? width * 0.56 : width], bottom = 232;
    const ends = lines.flatMap(([a, b]) => [a, a + b * END]), x = scale([0, END], left), y = scale([Math.min(...ends) - 0.5, Math.max(...ends) + 0.5], [bottom, 22]);
    pen.text(0, 12, "schools as lines", "title");
    for (const [a, b] of lines) pen.line(x(0), y(a), x(END), y(a + b * END), "line");
    pen.line(x(0), y(centre[0]), x(END), y(centre[0] + END * centre[1]), "mixed bold");
    axisBelow(pen, x, bottom, "ses", 4);
    if (!open) return bottom + 38;
    const [from, top, base] = narrow ? [0, 300, 470] : [width * 0.64, 22, bottom];
    const across = scale([-3.4 * sd[0], 3.4 * sd[0]], [from, width]), up = scale([-3.4 * sd[1], 3.4 * sd[1]], [base, top]);
    pen.text(from, top - 10, "the same schools as points", "title");
    pen.line(across(0), top, across(0), base, "grid");
    pen.line(from, up(0), width, up(0), "grid");
    pen.path(ellipse({ tau00: sd[0] ** 2, tau01: rho * sd[0] * sd[1], tau11: sd[1] ** 2 }, 0.95).map(([a, b]) => [across(a), up(b)]), "mixed bold", true);
    for (const [a, b] of lines) pen.dot(across(a - centre[0]), up(b - centre[1]), 3, "mark soft");
    pen.text(width, top + 10, `ρ = ${num(rho, 2)}`, "strong", "end");
    pen.text((from + width) / 2, base + 17, "intercept →, slope ↑", "tick", "middle");
    return base + 38;
  }
}

const mean = (values) => values.reduce((a, b) => a + b) / values.length;

function standard(values) {
  const centre = mean(values), sd = Math.sqrt(mean(values.map((value) => (value - centre) ** 2)));
  return values.map((value) => (value - centre) / sd);
}

customElements.define("hlm-guess", Guess);
