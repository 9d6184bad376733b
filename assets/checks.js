// Self-checks: a number to enter, and a word about it. Without scripts there is the question, and its answer to unfold.
//
// filters/checks.lua says in attributes what counts as right, and which wrong numbers have an explanation in the answer.

const WORDS = ["no", "one", "two", "three", "four", "five", "six"];

// What a reader may mean by what they have typed: 0.44, .44, 0,44, −0.44, 44 %, 7,185 or 7.185,5. A lone comma before three
// digits can be either, so that both readings are given.
export function readings(text) {
  const plain = text.trim().replace(/[−–]/g, "-").replace(/[\s\u00a0\u202f'’_]/g, "").replace(/^[=≈~]/, "");
  const found = /^([-+]?)([\d.,]*\d[\d.,]*)(%?)[a-z]*\.?$/i.exec(plain);
  if (!found) return [];
  const [, sign, digits, per] = found;
  const as = [];
  if (/^\d{1,3}(,\d{3})+(\.\d*)?$/.test(digits)) as.push(digits.replaceAll(",", ""));
  if (/^\d{1,3}(\.\d{3})+(,\d*)?$/.test(digits) && /[.].*[.,]/.test(digits)) as.push(digits.replaceAll(".", "").replace(",", "."));
  if (/^(\d+[.,]?\d*|[.,]\d+)$/.test(digits)) as.push(digits.replace(",", "."));
  return as.map((one) => ({
    value: Number(sign + one),
    decimals: (one.split(".")[1] ?? "").length,
    perCent: per === "%",
  }));
}

const isNear = (a, b, distance = 0) => Math.abs(a - b) <= distance + 1e-9 * Math.max(1, Math.abs(b));
// Half of a last decimal goes away from zero, as on paper; the little more is for 0.285, which no computer holds exactly.
const rounded = (value, decimals) => (Math.sign(value) * Math.round(Math.abs(value) * 10 ** decimals * (1 + 1e-12))) / 10 ** decimals;

// The verdict on one reading: right, close, part, wrong, with words for it. `wrongs`: [{ number, half, why }],
// `half` of its last decimal, `why` a node.
export function judge({ value, decimals, perCent }, key) {
  const { number, tolerance, unit, wrongs } = key;
  if (perCent && !unit.startsWith("per cent")) value /= 100;
  const half = 0.5 * 10 ** -key.decimals;
  if (isNear(rounded(value, key.decimals), number)) return { state: "right", words: "Right." };
  if (isNear(value, number, tolerance)) return { state: "right", words: `Close enough: it is ${key.shown}.` };
  const known = wrongs.find((one) => isNear(value, one.number, one.half));
  if (known) return { state: "wrong", words: "Not that.", why: known.why };
  if (decimals < key.decimals && isNear(rounded(number, decimals), value)) {
    return { state: "part", words: `Right as far as it goes. Give ${decimalsInWords(key.decimals)}.` };
  }
  if (value !== 0 && isNear(-value, number, Math.max(tolerance, half))) return { state: "part", words: "The size is right. Look at the sign." };
  if (unit.startsWith("per cent") && isNear(100 * value, number, Math.max(tolerance, half))) {
    return { state: "part", words: "That is the share. The question asks for per cent." };
  }
  const farther = Math.abs(value) > Math.abs(number);
  const side = number && value * number >= 0 ? (farther ? ": too far from zero" : ": too close to zero") : "";
  return { state: "wrong", words: `Not that${side}. Try again, or unfold the answer.` };
}

const ORDER = ["right", "part", "wrong"];

function verdict(text, key) {
  const found = readings(text).map((reading) => judge(reading, key));
  if (!found.length) return { state: "none", words: "Enter a number, in figures." };
  return found.sort((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state) || Boolean(b.why) - Boolean(a.why))[0];
}

const decimalsInWords = (n) => (n === 0 ? "a whole number" : `${WORDS[n] ?? n} decimal${n === 1 ? "" : "s"}`);

function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

const MARKS = { right: "✓", part: "≈", wrong: "✗", none: "" };

function bringToLife(check) {
  const { id, dataset } = check, which = id.split("-")[1], answer = check.querySelector(".check-answer");
  const key = { number: Number(dataset.number), decimals: Number(dataset.decimals), tolerance: Number(dataset.tolerance), unit: dataset.unit ?? "" };
  key.shown = answer.querySelector("strong").textContent.replace(/\.$/, "");
  key.wrongs = [...answer.querySelectorAll(".check-wrong")].map((one) => ({
    number: Number(one.dataset.number),
    half: 0.5 * 10 ** -(one.dataset.number.split(".")[1] ?? "").length,
    why: one.querySelector(".check-why"),
  }));
  const input = make("input", { id: `${id}-entry`, type: "text", inputMode: key.number < 0 ? "text" : "decimal", autocomplete: "off", size: 9 });
  input.setAttribute("aria-describedby", `${id}-said`);
  const button = make("button", { type: "submit", textContent: "Check" });
  button.setAttribute("aria-label", `Check answer ${which}`);
  const said = make("p", { id: `${id}-said`, className: "check-said" });
  said.setAttribute("role", "status"); // read out, politely, as it changes
  const unit = key.unit && ` in ${key.unit},`;
  const label = make("label", { htmlFor: input.id, textContent: `Your answer,${unit} ${decimalsInWords(key.decimals)}` });
  const form = make("form", { className: "check-form", noValidate: true }, label, input, button, said);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const { state, words, why } = verdict(input.value, key);
    check.dataset.state = state;
    said.replaceChildren();
    if (MARKS[state]) {
      const mark = make("span", { className: "check-mark", textContent: `${MARKS[state]} ` });
      mark.setAttribute("aria-hidden", "true");
      said.append(mark);
    }
    said.append(words, ...(why ? why.cloneNode(true).childNodes : [])); // a space before it is its own
    if (state === "right" && !answer.open) {
      answer.open = true;
      said.append(" The answer is unfolded below.");
    }
  });
  input.addEventListener("input", () => {
    delete check.dataset.state;
    said.replaceChildren();
  });
  answer.before(form);
}

if (typeof document !== "undefined") {
  for (const check of document.querySelectorAll(".check[data-number]")) bringToLife(check);
  // On paper, all that is folded stands open.
  addEventListener("beforeprint", () => {
    for (const answer of document.querySelectorAll(".check-answer")) answer.open = true;
  });
}
