// What the movable figures have in common: controls with labels, results, a picture, reset, and words for those who do not
// see it. A widget says which controls it has, computes its results from their values, and draws.
//
// Inside the element stands the book's own figure. It is all there is without scripts and in print. With scripts, a widget
// that is the same picture, movable, takes the place of its image above the caption; any other stands below the figure.

import { Pen } from "./pen.js";

const PAUSE = 700; // milliseconds without a change before a screen reader is told

export const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

// Make an HTML element: properties, attributes by their names in `attributes`, children.
export function make(tag, { attributes = {}, ...properties } = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

// A number as the book writes it, for pictures and sentences; results are plain, with a hyphen, to be read by programs.
export const plain = (value, digits) => (Math.abs(value) < 0.5 * 10 ** -digits ? 0 : value).toFixed(digits);
export const num = (value, digits = 2) => (Number.isFinite(value) ? plain(value, digits).replace("-", "−") : value > 0 ? "∞" : "–");
export const perCent = (share, digits = 0) => `${num(100 * share, digits)} %`;

export class Widget extends HTMLElement {
  // For the subclass to say ------------------------------------------------------------------------------------------

  // The widget's name, and a sentence that says what to try.
  static title = "";
  static advice = "";
  // Whether it is the figure's picture, movable, and stands in place of its image.
  static replaces = false;
  // [{ name, label, min, max, step, digits, type = "range" }]; a start comes from the element's attributes.
  controls() { return []; }
  // [{ name, label, digits }]
  results() { return []; }
  // [{ label, press }]
  buttons() { return []; }
  // Compute from this.values; give the results by name, and keep what `draw` needs.
  compute() { return {}; }
  // Draw on a pen of a width in pixels; give the height.
  draw() { return 0; }
  // The state in a sentence or two.
  say() { return ""; }

  // ------------------------------------------------------------------------------------------------------------ life

  connectedCallback() {
    if (this.widget) return;
    try {
      this.build();
    } catch (error) {
      this.widget?.remove();
      this.widget = null;
      delete this.dataset.live;
      console.error(`<${this.localName}>: ${error.message}`); // and the figure stays as it is
    }
  }

  build() {
    const { title, advice, replaces } = this.constructor, figure = replaces && this.querySelector("figure");
    this.prepare?.();
    this.specs = this.controls().map((spec) => ({ type: "range", digits: 2, ...spec, start: this.startOf(spec) }));
    this.values = Object.fromEntries(this.specs.map((spec) => [spec.name, spec.start]));
    this.inputs = {};
    this.shown = {};
    this.outputs = {};
    const id = `hlm-${++Widget.count}`;

    this.picture = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    this.picture.setAttribute("role", "img");
    this.picture.setAttribute("aria-labelledby", `${id}-said`);
    this.pen = new Pen(this.picture, id);
    this.note = make("p", { className: "hlm-note", hidden: true });
    this.said = make("p", { className: "hlm-unseen", id: `${id}-said` });
    this.status = make("p", { className: "hlm-unseen", attributes: { role: "status" } });
    const reset = make("button", { type: "button", textContent: "Reset", className: "hlm-reset" });
    reset.addEventListener("click", () => this.reset());
    this.presses = this.buttons().map(({ label, press }) => {
      const button = make("button", { type: "button", textContent: label });
      button.addEventListener("click", () => press(button));
      return button;
    });
    this.widget = make(
      "div",
      { className: "hlm-widget", attributes: { role: "group", "aria-labelledby": `${id}-title`, "aria-describedby": `${id}-advice` } },
      make("p", { className: "hlm-advice", id: `${id}-advice` }, make("strong", { textContent: `${title} `, id: `${id}-title` }), advice),
      make("div", { className: "hlm-picture" }, this.picture),
      this.note,
      make("div", { className: "hlm-controls" }, ...this.specs.map((spec) => this.control(spec))),
      make("div", { className: "hlm-buttons", hidden: !this.presses.length }, ...this.presses),
      make("div", { className: "hlm-foot" }, make("dl", { className: "hlm-results" }, ...this.results().map((spec) => this.result(spec))), reset),
      this.said,
      this.status,
    );
    if (figure) figure.prepend(this.widget);
    else this.append(this.widget);
    this.dataset.live = figure ? "instead" : "below";
    new ResizeObserver(() => this.redraw()).observe(this.picture.parentElement);
    this.refresh({ tell: false });
  }

  // --------------------------------------------------------------------------------------------------------- controls

  // A control's start: the element's attribute of its name, or what the control says.
  startOf({ name, type, start }) {
    const text = this.getAttribute(name);
    if (text === null) {
      if (start === undefined) throw new Error(`needs the attribute ${name}`);
      return start;
    }
    if (type === "text") return text;
    const value = Number(text);
    if (text.trim() === "" || !Number.isFinite(value)) throw new Error(`the attribute ${name} is no number: "${text}"`);
    return value;
  }

  setting(name, otherwise) {
    return this.startOf({ name, start: otherwise });
  }

  control(spec) {
    const value = (this.shown[spec.name] = make("span", { className: "hlm-value", attributes: { "aria-hidden": "true" } }));
    if (spec.type === "radio") return this.choice(spec);
    const input = (this.inputs[spec.name] = make("input", { type: spec.type, name: spec.name, autocomplete: "off" }));
    if (spec.type === "range") {
      Object.assign(input, { min: Math.min(spec.min, spec.start), max: Math.max(spec.max, spec.start), step: "any" });
      // Any value can be set, so that the start is exact; hands and keys move over round ones.
      input.addEventListener("keydown", (event) => this.key(event, spec, input));
      input.addEventListener("pointerdown", () => { spec.held = true; });
      for (const end of ["change", "pointerup", "pointercancel"]) input.addEventListener(end, () => { spec.held = false; });
    } else if (spec.type === "number") {
      Object.assign(input, { min: spec.min, max: spec.max, step: spec.step });
    }
    spec.attach?.(input);
    input.addEventListener("input", () => {
      if (spec.type === "text") return this.set(spec.name, input.value);
      const here = input.valueAsNumber;
      if (!Number.isFinite(here)) return undefined; // half-typed
      return this.set(spec.name, spec.held ? round(here, spec) : here);
    });
    return make("label", { className: `hlm-control hlm-${spec.type}` }, make("span", { className: "hlm-name", textContent: spec.label }), value, input);
  }

  choice(spec) {
    const radios = (this.inputs[spec.name] = spec.options.map(([value]) => make("input", { type: "radio", name: spec.name, value })));
    for (const radio of radios) radio.addEventListener("change", () => this.set(spec.name, Number(radio.value)));
    const labels = radios.map((radio, i) => make("label", {}, radio, spec.options[i][1]));
    return make("fieldset", { className: "hlm-control hlm-choice" }, make("legend", { textContent: spec.label }), ...labels);
  }

  key(event, spec, input) {
    const steps = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 10, PageDown: -10 }[event.key];
    if (!steps || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const place = this.values[spec.name] / spec.step, edge = 1e-6;
    const next = steps > 0 ? Math.floor(place + edge) + steps : Math.ceil(place - edge) + steps;
    this.set(spec.name, round(Math.min(Number(input.max), Math.max(Number(input.min), next * spec.step)), spec));
  }

  // A value has changed: a widget may let others follow (`follow`), then everything is shown anew.
  set(name, value) {
    this.values[name] = value;
    this.follow?.(name);
    this.refresh({ typing: name });
  }

  reset() {
    this.playing = null;
    for (const spec of this.specs) this.values[spec.name] = spec.start;
    this.restart?.();
    this.refresh();
  }

  // ---------------------------------------------------------------------------------------------------------- results

  result({ name, label, digits = 4 }) {
    const output = make("output", { name, attributes: { "aria-live": "off" } });
    this.outputs[name] = { output, digits };
    return make("div", {}, make("dt", { textContent: label }), make("dd", {}, output));
  }

  refresh({ typing = null, tell = true } = {}) {
    const results = this.compute(this.values);
    for (const [name, { output, digits }] of Object.entries(this.outputs)) {
      const value = results[name];
      output.value = value === undefined || Number.isNaN(value) ? "–" : plain(value, digits);
      output.dataset.value = value ?? "";
    }
    for (const spec of this.specs) {
      const value = this.values[spec.name], input = this.inputs[spec.name];
      if (spec.type === "radio") {
        for (const radio of input) radio.checked = Number(radio.value) === value;
        continue;
      }
      const words = spec.words?.(value) ?? num(value, Number.isInteger(value) && spec.whole ? 0 : spec.digits);
      if (spec.type === "range") {
        this.shown[spec.name].textContent = words;
        input.setAttribute("aria-valuetext", words);
        input.style.setProperty("--share", `${(100 * (Math.min(value, input.max) - input.min)) / (input.max - input.min)}%`);
      }
      // Not the one in hand: setting it would take the cursor away from whoever types or drags.
      if (spec.name !== typing || spec.type === "range") input.value = value;
    }
    this.said.textContent = this.say();
    if (tell) this.announce();
    this.redraw();
  }

  // Tell a screen reader, once the hand is still.
  announce() {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => { this.status.textContent = this.said.textContent; }, PAUSE);
  }

  redraw() {
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = null;
      const width = this.picture.parentElement.clientWidth;
      if (width) this.pen.picture(width, () => this.draw(this.pen, width));
    });
  }

  // Go somewhere over some milliseconds: step(share) from 0 to 1. At once for those who want no motion.
  play(milliseconds, step) {
    const turn = (this.playing = {});
    if (calm()) return step(1);
    const begin = performance.now();
    const frame = (now) => {
      if (this.playing !== turn) return;
      const share = Math.min(1, Math.max(0, (now - begin) / milliseconds));
      step(share);
      if (share < 1) requestAnimationFrame(frame);
    };
    return requestAnimationFrame(frame);
  }
}

Widget.count = 0;

const round = (value, { step }) => Number((Math.round(value / step) * step).toPrecision(12));

// The JSON that a page carries for all its widgets: the moments of its schools, parsed once.
const parsed = new WeakMap();
export function momentsOf(element) {
  const id = element.getAttribute("moments") ?? "hlm-moments", script = document.getElementById(id);
  if (!script) throw new Error(`needs the schools' moments: the page has no <script type="application/json" id="${id}">`);
  if (!parsed.has(script)) parsed.set(script, JSON.parse(script.textContent));
  return parsed.get(script);
}
