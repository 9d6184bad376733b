// Reading helps: what a reference points to is shown beside it, with a way back for who follows it; figures enlarge.
const words = JSON.parse(document.body.dataset.words);
const SHOWN = 'main a[href*="#fig-"], main a[href*="#tbl-"], main a[href*="#eq-"], main a[href*="#ref-"], main a[href*="#exr-"], main a[href*="#fn"]';
const SMALL = "figure, .equation, .csl-entry, .exercise, li, tr, dt";

function button(name, text, act) {
  const made = Object.assign(document.createElement("button"), { type: "button", className: name, textContent: text });
  made.addEventListener("click", act);
  return made;
}

// The element that a link leads to, on this page or another of the book.
const pages = new Map();
async function target(link) {
  const url = new URL(link.href);
  if (url.origin !== location.origin) return null;
  let page = document;
  if (url.pathname !== location.pathname) {
    if (!pages.has(url.pathname)) {
      pages.set(url.pathname, fetch(url.pathname).then(async (answer) => (answer.ok ? new DOMParser().parseFromString(await answer.text(), "text/html") : null)));
    }
    page = await pages.get(url.pathname);
  }
  const found = page?.getElementById(decodeURIComponent(url.hash.slice(1)));
  return found && { element: found.closest(SMALL) ?? found, base: url };
}

// A copy that can stand here: its pictures are found from here, and it answers to no name.
function copied({ element, base }) {
  const copy = element.cloneNode(true);
  for (const part of [copy, ...copy.querySelectorAll("[id]")]) part.removeAttribute("id");
  for (const part of copy.querySelectorAll(".copy, .anchor, .zoom, script")) part.remove();
  for (const picture of copy.querySelectorAll("img")) picture.src = new URL(picture.getAttribute("src"), base).href;
  for (const link of copy.querySelectorAll("a[href]")) link.href = new URL(link.getAttribute("href"), base).href;
  return copy;
}

function inSight(element) {
  if (!element.isConnected || element.ownerDocument !== document) return false;
  const { top, bottom } = element.getBoundingClientRect();
  return top >= 0 && bottom <= innerHeight;
}

function previews() {
  let shown; // { box, link }
  let waiting;
  let wanted; // the link that a reader is at, who may have left it before its target has come
  const hide = () => {
    clearTimeout(waiting);
    wanted = undefined;
    shown?.link.removeAttribute("aria-describedby");
    shown?.box.remove();
    shown = undefined;
  };
  const show = async (link) => {
    const what = await target(link).catch(() => null);
    if (!what || wanted !== link || inSight(what.element)) return;
    hide();
    const box = Object.assign(document.createElement("div"), { className: "preview", id: "preview" });
    box.setAttribute("role", "tooltip");
    box.append(copied(what));
    link.closest("article").append(box); // inside main, so that the book's styles hold
    const at = link.getBoundingClientRect();
    const inside = box.offsetParent.getBoundingClientRect();
    const below = at.bottom + box.offsetHeight + 8 < innerHeight || at.top < box.offsetHeight + 8;
    box.style.left = `${Math.max(16, Math.min(at.left, document.documentElement.clientWidth - box.offsetWidth - 16)) - inside.left}px`;
    box.style.top = `${(below ? at.bottom + 6 : at.top - box.offsetHeight - 6) - inside.top}px`;
    link.setAttribute("aria-describedby", "preview");
    shown = { box, link };
    box.addEventListener("mouseleave", hide);
  };
  const soon = (link) => {
    clearTimeout(waiting);
    wanted = link;
    waiting = setTimeout(show, 250, link);
  };
  for (const link of document.querySelectorAll(SHOWN)) {
    link.addEventListener("mouseenter", () => soon(link));
    link.addEventListener("focus", () => { if (link.matches(":focus-visible")) soon(link); });
    link.addEventListener("blur", hide);
    link.addEventListener("mouseleave", (event) => {
      clearTimeout(waiting);
      wanted = undefined;
      setTimeout(() => { if (shown?.link === link && !shown.box.matches(":hover")) hide(); }, 200);
    });
  }
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });
}

// Whoever follows a reference within the page can come back to the very line.
function wayBack() {
  let offer;
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.(SHOWN);
    if (!link || new URL(link.href).pathname !== location.pathname) return;
    const place = scrollY;
    offer?.remove();
    offer = button("back", words.back, () => {
      offer.remove();
      scrollTo({ top: place });
      link.focus({ preventScroll: true });
    });
    document.body.append(offer);
  });
}

function enlarging() {
  for (const figure of document.querySelectorAll("figure.figure")) {
    const pictures = figure.querySelectorAll(":scope > p > img, :scope > img");
    if (!pictures.length) continue;
    const open = () => {
      const dialog = Object.assign(document.createElement("dialog"), { className: "large" });
      const picture = [...pictures].find((one) => one.checkVisibility()).cloneNode();
      dialog.append(button("", words.close, () => dialog.close()), picture);
      dialog.addEventListener("close", () => dialog.remove());
      picture.addEventListener("click", () => dialog.close());
      document.body.append(dialog);
      dialog.showModal();
    };
    // A tap on the picture, or the key on a button that shows when it has the focus: the picture keeps its description.
    const zoom = button("zoom", words.enlarge, open);
    zoom.append(` ${figure.querySelector(".caption-label")?.textContent.replace(":", "") ?? ""}`);
    pictures[pictures.length - 1].after(zoom);
    for (const picture of pictures) picture.addEventListener("click", open);
  }
}

previews();
wayBack();
enlarging();
