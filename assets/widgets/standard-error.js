// <hlm-standard-error J n tau00 sigma2 var_x effect>: what a standard error is made of, and what makes it smaller.

import { Widget, num, perCent } from "./base.js";
import { icc, power, seHlm, seOls } from "./hlm.js";
import { axisBelow, roof, scale } from "./pen.js";

const SIZES = [1, 2, 5, 10, 20, 50, 100, 200];
const MORE = 10; // schools, or students in each: what the reader may buy

class StandardError extends Widget {
  static title = "What buys a smaller standard error?";
  static advice = "Drag the students from one to two hundred, and watch which part of the bar gives way. Then compare the two green bars in the middle: ten more schools, or ten more students in every school?";
  static replaces = true;

  controls() {
    return [
      { name: "n", label: "students a school, n", min: 1, max: 200, step: 1, digits: 1, whole: true },
      { name: "J", label: "schools, J", min: 4, max: 500, step: 1, digits: 1, whole: true },
      { name: "tau00", label: "between schools, τ₀₀", min: 0, max: 40, step: 0.1 },
      { name: "sigma2", label: "within schools, σ²", min: 1, max: 120, step: 0.5 },
      { name: "icc", label: "intraclass correlation", min: 0, max: 1, step: 0.01, digits: 3, start: icc({ tau00: this.setting("tau00"), sigma2: this.setting("sigma2") }) },
      { name: "var_x", label: "variance of the predictor", min: 0.01, max: 2, step: 0.01, digits: 3 },
      { name: "effect", label: "difference to be found", min: 0, max: 5, step: 0.05, start: 1 },
    ];
  }

  results() {
    return [
      { name: "se_hlm", label: "SE, mixed model" },
      { name: "se_ols", label: "SE, OLS" },
      { name: "ratio", label: "their ratio" },
      { name: "power", label: "power" },
    ];
  }

  // The ICC shares out the variance that there is; the two variances make the ICC.
  follow(name) {
    const v = this.values, whole = v.tau00 + v.sigma2;
    if (name === "icc") Object.assign(v, { tau00: v.icc * whole, sigma2: (1 - v.icc) * whole });
    else v.icc = icc(v);
  }

  compute(v) {
    const at = (design) => ({ se: seHlm(design), power: design.J > 2 ? power(design) : NaN });
    this.bars = {
      now: at(v),
      schools: at({ ...v, J: v.J + MORE }),
      students: at({ ...v, n: v.n + MORE }),
      floor: seHlm({ ...v, sigma2: 0 }),
      ols: seOls({ ...v, sigma2_star: v.tau00 + v.sigma2 }),
    };
    return { se_hlm: this.bars.now.se, se_ols: this.bars.ols, ratio: this.bars.now.se / this.bars.ols, power: this.bars.now.power };
  }

  say() {
    const { now, schools, students, ols } = this.bars;
    return `Standard error ${num(now.se, 3)}, by OLS ${num(ols, 3)}: ${num(now.se / ols, 1)} times too small. Power ${perCent(now.power)}. `
      + `With ten more schools the standard error is ${num(schools.se, 3)}, with ten more students in each school ${num(students.se, 3)}.`;
  }

  draw(pen, width) {
    const top = this.drawMean(pen, width);
    return this.drawErrors(pen, width, top);
  }

  // The variance of a school's mean: a solid part that stays, and a hatched part that shrinks.
  drawMean(pen, width) {
    const { tau00, sigma2, n } = this.values;
    const x = scale([Math.log(0.75), Math.log(270)], [0, width]), y = scale([0, roof((tau00 + sigma2) * 1.02)], [226, 44]);
    const bar = width / 19;
    pen.text(0, 14, "variance of a school’s mean, τ₀₀ + σ²/n", "title");
    pen.line(0, y(0), width, y(0), "axis");
    for (const size of SIZES) {
      const at = x(Math.log(size)), near = Math.abs(at - x(Math.log(n))) < bar * 1.3;
      pen.box(at - bar / 2, y(tau00 + sigma2 / size), bar, y(0) - y(tau00 + sigma2 / size), "ghost");
      pen.box(at - bar / 2, y(tau00), bar, y(0) - y(tau00), "ghost");
      pen.text(at, y(0) + 17, near ? "" : String(size), "tick", "middle");
    }
    pen.line(0, y(tau00), width, y(tau00), "floor");
    const at = x(Math.log(n)), left = at - bar * 0.7, wide = bar * 1.4;
    pen.box(left, y(tau00), wide, y(0) - y(tau00), "between");
    pen.box(left, y(tau00 + sigma2 / n), wide, y(tau00) - y(tau00 + sigma2 / n), "within", { fill: pen.hatch });
    pen.text(at, y(tau00 + sigma2 / n) - 7, num(tau00 + sigma2 / n, 2), "strong", "middle");
    pen.text(at, y(0) + 17, `n = ${num(n, Number.isInteger(n) ? 0 : 1)}`, "strong", "middle");
    // The two parts, named where no bar reaches.
    const legend = width - 158;
    pen.box(legend, 42, 13, 13, "within", { fill: pen.hatch });
    pen.text(legend + 20, 53, `σ²/n = ${num(sigma2 / n, 2)}, shrinks`);
    pen.box(legend, 64, 13, 13, "between");
    pen.text(legend + 20, 75, `τ₀₀ = ${num(tau00, 2)}, stays`);
    return 274;
  }

  // The standard errors: as it is, after either purchase, and as OLS has it.
  drawErrors(pen, width, top) {
    const { now, schools, students, floor, ols } = this.bars, rows = [
      ["mixed model", now.se, "mixed", `power ${perCent(now.power)}`],
      [`with ${MORE} more schools`, schools.se, "mixed soft", `power ${perCent(schools.power)}`],
      [`with ${MORE} more students in each`, students.se, "mixed soft", `power ${perCent(students.power)}`],
      ["OLS", ols, "ols", `${num(now.se / ols, 1)} times too small`],
    ];
    const x = scale([0, roof(Math.max(now.se, ols) * 1.02)], [0, width - 130]);
    pen.text(0, top + 14, "standard error", "title");
    const place = (i) => top + 30 + 46 * i;
    rows.forEach(([, value, look], i) => pen.box(0, place(i) + 18, x(value), 14, look));
    pen.line(x(floor), top + 20, x(floor), place(2) + 36, "floor");
    rows.forEach(([name, value, , words], i) => {
      pen.text(0, place(i) + 12, name, i === 3 ? "label ols" : "label mixed halo");
      pen.text(x(value) + 8, place(i) + 30, `${num(value, 3)}, ${words}`, i === 0 ? "strong" : "");
    });
    const words = `never below ${num(floor, 3)}${width < 480 ? "" : ", whatever n"}`;
    pen.text(Math.min(width, x(floor) + 90), top + 14, words, "tick", "end");
    const end = top + 30 + 46 * 4 + 4;
    axisBelow(pen, x, end, null, 4);
    return end + 24;
  }
}

customElements.define("hlm-standard-error", StandardError);
