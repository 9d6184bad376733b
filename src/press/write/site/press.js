// What a page can do with scripts on: theme, menu, copy buttons, tabs, place in the contents, search. It reads without.
const root = document.documentElement;
const $ = (selector, inside = document) => inside.querySelector(selector);
const $$ = (selector, inside = document) => [...inside.querySelectorAll(selector)];
const words = JSON.parse(document.body.dataset.words); // in the page's language
const make = (tag, properties = {}, ...children) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
};

function themeSwitch() {
  const button = $(".theme-switch");
  const order = ["auto", "light", "dark"];
  const show = () => {
    const now = root.dataset.theme || "auto";
    button.textContent = words[now];
    button.setAttribute("aria-label", words.theme.replace("{}", words[now]));
  };
  button.hidden = false;
  button.addEventListener("click", () => {
    const next = order[(order.indexOf(root.dataset.theme || "auto") + 1) % 3];
    if (next === "auto") delete root.dataset.theme;
    else root.dataset.theme = next;
    try {
      if (next === "auto") localStorage.removeItem("theme");
      else localStorage.setItem("theme", next);
    } catch { /* no storage: for this page only */ }
    show();
  });
  show();
}

function menu() {
  const link = $(".menu");
  const contents = $("#book-contents");
  const set = (open) => {
    contents.classList.toggle("open", open);
    link.setAttribute("aria-expanded", open);
  };
  link.setAttribute("role", "button");
  set(false);
  link.addEventListener("click", (event) => {
    event.preventDefault();
    set(!contents.classList.contains("open"));
  });
  link.addEventListener("keydown", (event) => { if (event.key === " ") { event.preventDefault(); link.click(); } });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && contents.classList.contains("open")) { set(false); link.focus(); }
  });
}

function copyButtons() {
  for (const pre of $$("pre.cell-code, div.sourceCode > pre")) {
    const button = make("button", { type: "button", className: "copy", textContent: words.copy });
    const first = $("code", pre).textContent.trim().split("\n")[0].slice(0, 60);
    button.setAttribute("aria-label", `${words.copy}: ${first}`); // each by its code
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText($("code", pre).textContent);
      button.textContent = words.copied;
      setTimeout(() => { button.textContent = words.copy; }, 1500);
    });
    const holder = pre.parentElement;
    holder.classList.add("code");
    holder.append(button);
  }
}

function tabs() {
  const chosen = []; // a function for each set that chooses the tab of a title
  for (const set of $$(".tabset")) {
    const panels = $$(":scope > .tab", set);
    const titles = panels.map((panel) => $(".tab-title", panel).textContent.trim());
    const list = make("div");
    list.setAttribute("aria-label", titles.join(", "));
    list.setAttribute("role", "tablist");
    const choose = (index) => panels.forEach((panel, i) => {
      const tab = list.children[i];
      tab.setAttribute("aria-selected", i === index);
      tab.tabIndex = i === index ? 0 : -1;
      panel.hidden = i !== index;
    });
    panels.forEach((panel, i) => {
      const title = $(".tab-title", panel);
      const tab = make("button", { type: "button", id: title.id });
      tab.append(...title.childNodes);
      title.remove();
      tab.setAttribute("role", "tab");
      tab.setAttribute("aria-controls", panel.id);
      panel.setAttribute("role", "tabpanel");
      panel.setAttribute("aria-labelledby", tab.id);
      panel.dataset.title = titles[i]; // for print, where all stand one after the other
      tab.addEventListener("click", () => together(i));
      list.append(tab);
    });
    list.addEventListener("keydown", (event) => {
      const now = panels.findIndex((panel) => !panel.hidden);
      const to = { ArrowRight: now + 1, ArrowLeft: now - 1, Home: 0, End: panels.length - 1 }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      together((to + panels.length) % panels.length);
      list.children[(to + panels.length) % panels.length].focus();
    });
    const kind = titles.join("\n");
    const together = (index) => {
      const before = list.getBoundingClientRect().top;
      for (const other of chosen) if (other.kind === kind) other.choose(index);
      scrollBy({ top: list.getBoundingClientRect().top - before, behavior: "instant" }); // where the reader was
      kept(`tab ${kind}`, titles[index]);
    };
    chosen.push({ kind, choose });
    set.prepend(list);
    choose(Math.max(0, titles.indexOf(kept(`tab ${kind}`))));
  }
}

// Tabs of one kind, such as Python and R, change together, and the reader's choice is kept.
const kept = (name, value) => {
  try {
    if (value === undefined) return localStorage.getItem(name);
    localStorage.setItem(name, value);
  } catch { /* no storage: for this page only */ }
  return null;
};

// Many answers, and tables without a name: each is called by its exercise, or by its caption.
function names() {
  for (const summary of $$(".exercise .callout > summary, .exercise + .callout > summary")) {
    const all = $$(".exercise-title").filter((title) => title.compareDocumentPosition(summary) & 4); // those before it
    if (all.length) summary.append(make("span", { className: "unseen", textContent: `, ${all.at(-1).textContent.replace(/[.:]$/, "")}` }));
  }
  $$("figure:has(> figcaption) table").forEach((table, i) => {
    const caption = $("figcaption", table.closest("figure"));
    caption.id ||= `caption-${i}`;
    table.setAttribute("aria-labelledby", caption.id);
  });
}

// Wide tables, code and formulas scroll sideways; the keyboard must reach those that do.
function scrollers() {
  const mark = () => {
    for (const box of $$(".scroll, pre, main p")) {
      if (box.scrollWidth > box.clientWidth + 1) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    }
  };
  mark();
  addEventListener("resize", mark);
}

function placeInContents() {
  const links = new Map($$(".page-contents a").map((a) => [decodeURIComponent(a.hash.slice(1)), a]));
  const headings = $$("main :is(h2, h3)[id]").filter((h) => links.has(h.id));
  const mark = () => {
    const above = headings.filter((h) => h.getBoundingClientRect().top < innerHeight / 3).at(-1);
    for (const [id, link] of links) link.classList.toggle("here", id === above?.id);
  };
  addEventListener("scroll", mark, { passive: true });
  mark();
}

// Letters and digits alone, each with its place in the text: what is copied from a page has other spaces and quotes.
function letters(text) {
  const places = [];
  let bare = "";
  let place = 0;
  for (const character of text) { // a formula's letters are two units long, and what they stand for in NFKC
    const kept = character.normalize("NFKC").toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");
    bare += kept;
    for (let i = 0; i < kept.length; i += 1) places.push(place);
    place += character.length;
  }
  return { bare, places };
}

// The pages that have these words in this order: a hit each, as Pagefind gives them.
function withPhrase(pages, phrase) {
  const { bare: wanted } = letters(phrase);
  if (!/\S\s+\S/.test(phrase.trim()) || wanted.length < 5) return [];
  return pages.flatMap((page) => {
    page.letters ??= letters(page.text);
    const at = page.letters.bare.indexOf(wanted);
    if (at < 0) return [];
    const [start, end] = [page.letters.places[at], page.letters.places[at + wanted.length - 1] + 1];
    const [, id, title] = page.sections.filter(([place]) => place <= start).at(-1) ?? [0, "", ""];
    const excerpt = make("span", {}, `…${page.text.slice(Math.max(0, start - 40), start)}`);
    excerpt.append(make("mark", { textContent: page.text.slice(start, end) }), `${page.text.slice(end, end + 60)}…`);
    return [{ href: page.href + (id && `#${id}`), page: page.sections[0]?.[2] ?? "", title, excerpt }];
  });
}

function search() {
  const opener = $(".search-open");
  const base = new URL(opener.dataset.index, location.href);
  const input = make("input", { type: "search", placeholder: words.search, autocomplete: "off" });
  input.setAttribute("aria-label", words.search);
  const close = make("button", { type: "button", textContent: words.close });
  const status = make("p", { className: "status" });
  status.setAttribute("role", "status");
  const results = make("ol");
  const dialog = make("dialog", { className: "search" }, make("form", {}, input, close), results, status);
  dialog.setAttribute("aria-label", words.dialog);
  let pagefind;
  let texts;
  let asked = 0;
  const open = async () => {
    if (!dialog.open) dialog.showModal();
    input.select();
    try {
      texts ??= await (await fetch(new URL("phrases.json", base))).json();
      pagefind ??= await import(new URL("pagefind.js", base));
      look(); // for what was typed while it loaded
    } catch {
      status.textContent = `${words.server} python -m press preview`;
    }
  };
  let looking; // what was found may be for what stood there before, until this is done
  const look = () => (looking = find());
  const find = async () => {
    const turn = ++asked;
    results.setAttribute("aria-busy", "true");
    const found = pagefind ? await pagefind.debouncedSearch(input.value, {}, 120) : null;
    if (!found || turn !== asked) return;
    const pages = await Promise.all(found.results.slice(0, 8).map((result) => result.data()));
    if (turn !== asked) return;
    const phrases = withPhrase(texts, input.value);
    const hits = pages.flatMap((page) => (page.sub_results.length ? page.sub_results : [page]).slice(0, 3).map((hit) => ({
      href: hit.url.replace(/^\//, ""),
      page: page.meta.title,
      title: hit.title,
      excerpt: Object.assign(make("span"), { innerHTML: hit.excerpt }), // Pagefind's own: escaped text with <mark>
    })));
    const others = hits.filter((hit) => !phrases.some((phrase) => phrase.href === hit.href));
    results.replaceChildren(...[...phrases, ...others].map((hit) => {
      const name = hit.title && hit.title !== hit.page ? `${hit.page} · ${hit.title}` : hit.page;
      const { href } = new URL(hit.href, new URL("../", base));
      return make("li", {}, make("a", { href }, make("strong", { textContent: name }), hit.excerpt));
    }));
    results.setAttribute("aria-busy", "false");
    const { length } = results.children;
    status.textContent = input.value.trim() ? (length ? words.found.replace("{}", length) : words.nothing) : "";
  };
  document.body.append(dialog);
  opener.hidden = false;
  opener.addEventListener("click", open);
  close.addEventListener("click", () => dialog.close());
  input.addEventListener("input", look);
  dialog.addEventListener("keydown", (event) => { // from what was typed through what was found
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const stops = [input, ...$$("a", results)];
    const now = stops.indexOf(document.activeElement);
    if (!step || now < 0) return;
    event.preventDefault();
    stops[Math.min(stops.length - 1, Math.max(0, now + step))].focus();
  });
  results.addEventListener("click", (event) => { if (event.target.closest("a")) dialog.close(); });
  input.addEventListener("keydown", (event) => { if (event.key === "Escape") dialog.close(); }); // else it clears the field
  $("form", dialog).addEventListener("submit", async (event) => { event.preventDefault(); await looking; $("a", results)?.click(); });
  document.addEventListener("keydown", (event) => {
    const typing = /^(input|textarea|select)$/i.test(event.target.tagName);
    if (!typing && (event.key === "/" || (event.key === "k" && (event.ctrlKey || event.metaKey)))) { event.preventDefault(); open(); }
  });
}

themeSwitch();
menu();
copyButtons();
tabs();
names();
scrollers();
placeInContents();
search();
