// Drawing, frame after frame, as if on clean paper; behind the scenes the SVG's elements are used again, and only what has
// changed is touched. Units are pixels, so text keeps its size on any screen. Colours come by class from widgets.css.

const SVG = "http://www.w3.org/2000/svg";

export class Pen {
  constructor(svg, id) {
    Object.assign(this, { svg, id, used: 0, drawn: [] });
    const pattern = document.createElementNS(SVG, "pattern");
    for (const [name, value] of Object.entries({ id: `${id}-hatch`, width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" })) pattern.setAttribute(name, value);
    const stroke = document.createElementNS(SVG, "line");
    for (const [name, value] of Object.entries({ x1: 0, y1: 0, x2: 0, y2: 6, class: "hatching" })) stroke.setAttribute(name, value);
    pattern.append(stroke);
    const definitions = document.createElementNS(SVG, "defs");
    definitions.append(pattern);
    svg.append(definitions);
    this.hatch = `url(#${id}-hatch)`;
  }

  picture(width, draw) {
    Object.assign(this, { used: 0, room: width });
    const height = Math.round(draw());
    for (const { element } of this.drawn.splice(this.used)) element.remove();
    if (this.width === width && this.height === height) return;
    Object.assign(this, { width, height });
    for (const [name, value] of Object.entries({ width, height, viewBox: `0 0 ${width} ${height}` })) this.svg.setAttribute(name, value);
  }

  // The next element: the one that stood here in the last frame if it is of the same kind.
  put(tag, attributes, text) {
    let mark = this.drawn[this.used];
    if (mark?.tag !== tag) {
      const element = document.createElementNS(SVG, tag);
      if (mark) mark.element.replaceWith(element);
      else this.svg.append(element);
      mark = this.drawn[this.used] = { tag, element, now: {}, text: undefined };
    }
    this.used += 1;
    for (const name in attributes) {
      const value = attributes[name];
      if (mark.now[name] === value) continue;
      if (value === undefined || value === null) mark.element.removeAttribute(name);
      else mark.element.setAttribute(name, value);
      mark.now[name] = value;
    }
    for (const name in mark.now) {
      if (name in attributes) continue;
      mark.element.removeAttribute(name);
      delete mark.now[name];
    }
    if (text !== mark.text) mark.element.textContent = mark.text = text;
    return mark.element;
  }

  line(x1, y1, x2, y2, look) { return this.put("line", { x1: px(x1), y1: px(y1), x2: px(x2), y2: px(y2), class: look }); }
  box(x, y, width, height, look, more = {}) { return this.put("rect", { x: px(x), y: px(y), width: px(Math.max(0, width)), height: px(Math.max(0, height)), class: look, ...more }); }
  dot(x, y, r, look) { return this.put("circle", { cx: px(x), cy: px(y), r, class: look }); }
  // A path through points [x, y].
  path(points, look, closed = false) {
    return this.put("path", { d: points.length ? `M${points.map(([x, y]) => `${px(x)} ${px(y)}`).join("L")}${closed ? "Z" : ""}` : "", class: look });
  }
  shape(d, look) { return this.put("path", { d, class: look }); }
  text(x, y, words, look = "", anchor = "start") { return this.put("text", { x: px(x), y: px(y), class: look, "text-anchor": anchor }, words); }
}

const px = (value) => Math.round(value * 10) / 10;

// From data to pixels, and back.
export function scale([low, high], [from, to]) {
  const place = (value) => from + ((value - low) / (high - low)) * (to - from);
  place.back = (pixel) => low + ((pixel - from) / (to - from)) * (high - low);
  place.domain = [low, high];
  return place;
}

// Round values of an axis, about as many as asked for.
export function ticks([low, high], count = 5) {
  const rough = (high - low) / count, size = 10 ** Math.floor(Math.log10(rough));
  const step = size * ([1, 2, 5].find((factor) => factor * size >= rough) ?? 10);
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const values = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9 * step; i++) values.push(i * step);
  return values.map((value) => ({ value, words: (Math.abs(value) < step / 2 ? 0 : value).toFixed(digits).replace("-", "−") }));
}

// The least round number that is not below.
export function roof(value) {
  const size = 10 ** Math.floor(Math.log10(value));
  return size * ([1, 1.5, 2, 3, 4, 5, 6, 8].find((factor) => factor * size >= value * (1 - 1e-9)) ?? 10);
}

// An axis below a picture: line, ticks, and its name.
export function axisBelow(pen, x, y, name, count = 5) {
  const [low, high] = x.domain;
  pen.line(x(low), y, x(high), y, "axis");
  for (const { value, words } of ticks([low, high], count)) {
    pen.line(x(value), y, x(value), y + 4, "axis");
    // At the edges a number stays inside.
    const half = 4.3 * words.length, at = Math.min(pen.room - half, Math.max(half, x(value)));
    pen.text(at, y + 17, words, "tick", "middle");
  }
  if (name) pen.text((x(low) + x(high)) / 2, y + 34, name, "tick", "middle");
}
