// <hlm-no-effect J n icc share studies seed>: a world without an effect, and who announces one all the same.
// share: of the schools, those with the predictor at one. ols and hlm: the tallies of the studies on the page, with which
// it starts, "bin:studies:discoveries" for each bin of t values that has any; without them it starts with its own.

import { Widget, num, perCent } from "./base.js";
import { Random, analyse, designEffect, drawStudy, studyOf } from "./hlm.js";
import { axisBelow, scale } from "./pen.js";

const MOST = 3000;
const BIN = 0.25;

class NoEffect extends Widget {
  static title = "A world in which the sectors do not differ.";
  static advice = "Run one study, and then many: each method announces a discovery when its t value lies in a coloured tail. Then lower the ICC, or the number of students, until OLS is as honest as the mixed model. How far must you go?";
  static replaces = true;

  controls() {
    return [
      { name: "J", label: "schools, J", min: 6, max: 400, step: 2, digits: 0 },
      { name: "n", label: "students a school, n", min: 2, max: 200, step: 1, digits: 1, whole: true },
      { name: "icc", label: "intraclass correlation", min: 0, max: 0.6, step: 0.01, digits: 3 },
      { name: "studies", label: "studies", min: 0, max: MOST, step: 1, digits: 0, start: MOST },
      { name: "seed", label: "seed", type: "number", min: 0, max: 99999, step: 1, start: this.hasAttribute("ols") ? 0 : 1 },
    ];
  }

  results() {
    return [
      { name: "ols_rejected", label: "OLS: share of the studies" },
      { name: "hlm_rejected", label: "mixed model: share" },
    ];
  }

  buttons() {
    const run = (count) => () => {
      // Other studies each time, of the same world; every run can be had again by its seed.
      this.values.seed = (this.values.seed % 99999) + 1;
      this.play(count > 1 ? 900 : 0, (share) => {
        this.values.studies = Math.max(1, Math.round(count * share ** 2));
        this.refresh();
      });
    };
    return [
      { label: "Run one study", press: run(1) },
      { label: "A hundred", press: run(100) },
      { label: "Three thousand", press: run(MOST) },
    ];
  }

  // Chance is drawn once for a seed, J and n; the variances only stretch it.
  draws({ J, n, seed, studies }) {
    const key = `${J} ${n} ${seed}`;
    if (this.simulated !== key) {
      this.simulated = key;
      this.random = new Random(seed);
      this.drawn = [];
    }
    while (this.drawn.length < studies) this.drawn.push(drawStudy(this.random, { J, n }));
    return this.drawn;
  }

  // Whether these are the studies on the page, whose seed is none of its own.
  isAsGiven(v) {
    return this.hasAttribute("ols") && this.specs.every(({ name, start }) => v[name] === start);
  }

  compute(v) {
    const design = { J: Math.max(4, Math.round(v.J)), n: Math.max(2, v.n), tau00: v.icc, sigma2: 1 - v.icc };
    design.ones = Math.min(design.J - 1, Math.max(1, Math.round(this.setting("share", 0.5) * design.J)));
    const given = this.isAsGiven(v), studies = Math.max(0, Math.round(v.studies)), draws = given ? [] : this.draws({ ...design, seed: v.seed, studies });
    this.reach = Math.max(5, Math.ceil(3.6 * Math.sqrt(designEffect({ icc: v.icc, n: design.n }))));
    const bins = Math.round((2 * this.reach) / BIN), tally = () => ({ all: new Uint32Array(bins), rejected: new Uint32Array(bins), count: 0 });
    this.tallies = { ols: tally(), hlm: tally() };
    const binOf = (t) => Math.min(bins - 1, Math.max(0, Math.floor(t / BIN) + this.reach / BIN));
    if (given) {
      for (const method of ["ols", "hlm"]) {
        for (const [place, all, rejected] of this.getAttribute(method).split(" ").map((one) => one.split(":").map(Number))) {
          const tally = this.tallies[method], bin = binOf((place + 0.5) * BIN);
          tally.all[bin] += all;
          tally.rejected[bin] += rejected;
          tally.count += rejected;
        }
      }
    }
    for (let i = 0; i < draws.length && i < studies; i++) {
      const study = analyse(studyOf(draws[i], design));
      for (const method of ["ols", "hlm"]) {
        const { t, rejected } = study[method], tally = this.tallies[method];
        const bin = binOf(t);
        tally.all[bin] += 1;
        if (rejected) {
          tally.rejected[bin] += 1;
          tally.count += 1;
        }
      }
      if (i === studies - 1) this.last = study;
    }
    this.studies = studies;
    const share = (method) => (studies ? this.tallies[method].count / studies : NaN);
    return { ols_rejected: share("ols"), hlm_rejected: share("hlm") };
  }

  say() {
    if (!this.studies) return "No study has been run yet.";
    const { ols, hlm } = this.tallies, verdict = ({ t, rejected }) => `t = ${num(t, 2)}, ${rejected ? "a discovery" : "nothing found"}`;
    if (this.studies === 1) return `One study. OLS: ${verdict(this.last.ols)}. Mixed model: ${verdict(this.last.hlm)}.`;
    return `In ${this.studies} studies of sectors that do not differ, OLS announces a difference in ${perCent(ols.count / this.studies, 1)}, the mixed model in ${perCent(hlm.count / this.studies, 1)}.`;
  }

  draw(pen, width) {
    const x = scale([-this.reach, this.reach], [0, width]), height = 108;
    const peak = Math.max(...this.tallies.ols.all, ...this.tallies.hlm.all, this.studies * BIN * 0.42, 4);
    let top = 0;
    for (const [method, name, look] of [["ols", "OLS", "ols"], ["hlm", "mixed model", "mixed"]]) {
      this.drawTests(pen, x, scale([0, peak], [top + height + 26, top + 26]), this.tallies[method], name, look);
      top += height + 34;
    }
    axisBelow(pen, x, top, "t value of the difference between the sectors", 6);
    return top + 38;
  }

  drawTests(pen, x, y, tally, name, look) {
    const outline = (counts, from = null) => {
      let d = "";
      counts.forEach((count, i) => {
        if (!count) return;
        const [a, b, low] = [x(-this.reach + i * BIN), x(-this.reach + (i + 1) * BIN), from ? from[i] - count : 0];
        d += `M${a.toFixed(1)} ${y(low).toFixed(1)}V${y(low + count).toFixed(1)}H${(b - 0.4).toFixed(1)}V${y(low).toFixed(1)}Z`;
      });
      return d;
    };
    pen.line(x(-this.reach), y(0), x(this.reach), y(0), "axis");
    pen.shape(outline(tally.all), `fill ${look} soft`);
    pen.shape(outline(tally.rejected, tally.all), `fill ${look}`);
    const bell = [];
    if (this.studies >= 30) {
      for (let t = -4; t <= 4.01; t += 0.1) bell.push([x(t), y((this.studies * BIN * Math.exp((-t * t) / 2)) / Math.sqrt(2 * Math.PI))]);
    }
    pen.path(bell, "ink");
    const at = y(0) - 100;
    pen.text(0, at, name, `label ${look}`);
    pen.text(0, at + 24, this.studies ? perCent(tally.count / this.studies, this.studies > 200 ? 1 : 0) : "–", `big ${look}`);
    pen.text(0, at + 41, `${tally.count} of ${this.studies}`, look);
    pen.text(0, at + 57, "find a difference", look);
    pen.text(x(1.15), y(0.3 * BIN * this.studies), this.studies >= 30 && x(1.15) + 110 < x(this.reach) ? "what the test expects" : "", "tick halo");
  }
}

customElements.define("hlm-no-effect", NoEffect);
