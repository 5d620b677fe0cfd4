/* Search, and the list of pages; every page reads well without either. */
(() => {
  "use strict";
  const top = document.body.dataset.top;

  /* The list of pages is open where there is room for it beside the text. */
  const list = document.querySelector(".pages > details");
  const wide = window.matchMedia("(min-width: 64rem)");
  const fit = () => { list.open = wide.matches; };
  fit();
  wide.addEventListener("change", fit);
  const current = list.querySelector('[aria-current="page"]');
  if (current && wide.matches) {
    const nav = list.parentElement;
    nav.scrollTop = current.offsetTop - nav.clientHeight / 3;
  }

  /* Code that goes on to the side can be reached, and so scrolled, by keyboard. */
  const reachable = () => document.querySelectorAll("main pre").forEach((pre) => {
    if (pre.scrollWidth > pre.clientWidth + 1) {
      pre.tabIndex = 0;
      pre.setAttribute("role", "group");
      pre.setAttribute("aria-label", "Code, scrolls");
    } else for (const name of ["tabindex", "role", "aria-label"]) pre.removeAttribute(name);
  });
  reachable();
  window.addEventListener("resize", reachable);

  const box = document.querySelector(".search");
  const input = document.getElementById("search");
  const found = document.getElementById("found");
  const status = document.querySelector(".search-status");
  box.hidden = false;
  let loading = null;
  let chosen = -1;

  /* A script element, since a page opened from a file may not fetch. */
  function load() {
    loading = loading || new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = document.body.dataset.index;
      script.onload = () => resolve(prepare(window.valuestatsIndex));
      script.onerror = () => reject(new Error("the index of words could not be loaded"));
      document.head.append(script);
    });
    return loading;
  }

  function prepare(index) {
    return { pages: index.pages, words: index.words, list: Object.keys(index.words).sort() };
  }

  const fold = (text) => text.toLowerCase().normalize("NFKD").replace(/\p{M}/gu, "");

  function firstAtLeast(words, word) {
    let low = 0, high = words.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (words[middle] < word) low = middle + 1; else high = middle;
    }
    return low;
  }

  /* One letter added, left out or another. */
  function near(a, b) {
    if (Math.abs(a.length - b.length) > 1) return false;
    let i = 0, j = 0, faults = 0;
    while (i < a.length && j < b.length) {
      if (a[i] === b[j]) { i++; j++; continue; }
      if (++faults > 1) return false;
      if (a.length > b.length) i++; else if (a.length < b.length) j++; else { i++; j++; }
    }
    return faults + (a.length - i) + (b.length - j) <= 1;
  }

  function matches(index, word) {
    const weights = new Map();
    const add = (term, factor) => {
      const postings = index.words[term];
      const rarity = Math.log(1 + index.pages.length / (postings.length / 2));
      for (let i = 0; i < postings.length; i += 2) {
        const weight = factor * rarity * Math.sqrt(postings[i + 1]);
        weights.set(postings[i], Math.max(weights.get(postings[i]) || 0, weight));
      }
    };
    for (let i = firstAtLeast(index.list, word); i < index.list.length && index.list[i].startsWith(word); i++) {
      add(index.list[i], index.list[i] === word ? 1 : 0.55 * word.length / index.list[i].length);
    }
    if (!weights.size && word.length > 3) for (const term of index.list) if (near(word, term)) add(term, 0.4);
    return weights;
  }

  /* Words that say nothing of what is looked for. */
  const idle = new Set(("a an the of to from for in on at by with and or not is are was be do does did can how what which who why when my " +
    "our their its it i we you me there this that than as if").split(" "));

  /* A word as it is written, else without its ending ("judges", "ranked", "steering"). */
  function lookUp(index, word) {
    const one = matches(index, word);
    const stem = word.replace(/(?:ings?|ed|es|s|ion|ions)$/, "");
    if (stem !== word && stem.length > 2) for (const [page, weight] of matches(index, stem)) {
      one.set(page, Math.max(one.get(page) || 0, 0.8 * weight));
    }
    return one;
  }

  /* Pages with all the words first, then those with some; what lists everything comes after what explains one thing. */
  const broad = { Project: 0.4, Gallery: 0.5, Evidence: 0.6 };
  function search(index, text) {
    let words = fold(text).match(/[\p{L}\p{N}]+(?:[_.][\p{L}\p{N}]+)*/gu) || [];
    const told = words.filter((word) => !idle.has(word));
    if (told.length) words = told;
    const total = new Map(), count = new Map();
    for (const word of words) for (const [page, weight] of lookUp(index, word)) {
      total.set(page, (total.get(page) || 0) + weight);
      count.set(page, (count.get(page) || 0) + 1);
    }
    const whole = fold(text.trim());
    return [...total]
      .map(([page, weight]) => {
        const [path, title, section] = index.pages[page];
        const share = count.get(page) / words.length;
        const verbs = path.startsWith("reference/study-verbs-") ? 0.5 : 1;
        return [index.pages[page], fold(title) === whole ? weight + 1000 : weight * share * share * (broad[section] || 1) * verbs];
      })
      .sort((a, b) => b[1] - a[1]).slice(0, 12).map(([page]) => page);
  }

  function close() {
    found.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
    chosen = -1;
  }

  function choose(at) {
    const rows = [...found.children];
    if (!rows.length) return;
    chosen = (at + rows.length) % rows.length;
    rows.forEach((row, i) => row.setAttribute("aria-selected", String(i === chosen)));
    input.setAttribute("aria-activedescendant", rows[chosen].id);
    rows[chosen].scrollIntoView({ block: "nearest" });
  }

  function go(row) { window.location.href = row.dataset.href; }

  async function look() {
    const text = input.value;
    if (!text.trim()) { close(); status.textContent = ""; return; }
    const index = await load();
    if (text !== input.value) return;
    const pages = search(index, text);
    found.replaceChildren(...pages.map(([path, title, section, summary], i) => {
      const row = document.createElement("li");
      row.id = `found-${i}`;
      row.setAttribute("role", "option");
      row.setAttribute("aria-selected", "false");
      row.dataset.href = top + path;
      const name = document.createElement("b");
      name.textContent = title;
      const about = document.createElement("small");
      about.textContent = summary ? `${section} · ${summary}` : section;
      row.append(name, about);
      return row;
    }));
    found.hidden = pages.length === 0;
    input.setAttribute("aria-expanded", String(pages.length > 0));
    status.textContent = pages.length ? `${pages.length} pages found` : "No page has these words";
    if (pages.length) choose(0);
  }

  input.addEventListener("focus", () => { load().catch(() => {}); });
  input.addEventListener("input", () => { look().catch((error) => { status.textContent = error.message; }); });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { close(); return; }
    if (found.hidden) return;
    if (event.key === "ArrowDown") choose(chosen + 1);
    else if (event.key === "ArrowUp") choose(chosen - 1);
    else if (event.key === "Enter" && chosen >= 0) go(found.children[chosen]);
    else return;
    event.preventDefault();
  });
  found.addEventListener("mousedown", (event) => {
    const row = event.target.closest('[role="option"]');
    if (row) { event.preventDefault(); go(row); }
  });
  input.addEventListener("blur", close);
  document.addEventListener("keydown", (event) => {
    const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName);
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) { event.preventDefault(); input.focus(); }
  });
})();
