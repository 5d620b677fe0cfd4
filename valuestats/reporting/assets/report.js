(() => {
  "use strict";
  const root = document.documentElement;
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  const quarto = () => document.body.classList;

  function mode() {
    if (quarto().contains("quarto-dark")) return "dark";
    if (quarto().contains("quarto-light")) return "light";
    return root.dataset.theme === "dark" ? "dark" : "light";
  }

  function remember(theme) {
    try { window.localStorage.setItem("valuestats-theme", theme); } catch { /* storage is off: the choice holds for this visit */ }
  }

  function setTheme(theme) {
    root.dataset.theme = theme;
    const button = document.querySelector(".theme-toggle");
    if (button) {
      const shown = theme === "dark" ? "Dark" : "Light";
      button.querySelector("span").textContent = shown;
      /* The name begins with what is seen, for those who say it to press it. */
      button.setAttribute("aria-label", `${shown} theme, switch`);
    }
  }

  function startTheme() {
    const button = document.querySelector(".theme-toggle");
    if (!button) return;
    let chosen = Boolean(root.dataset.themeChosen);
    button.hidden = false;
    setTheme(mode());
    button.addEventListener("click", () => {
      chosen = true;
      setTheme(mode() === "dark" ? "light" : "dark");
      remember(root.dataset.theme);
      drawAll();
    });
    system.addEventListener("change", () => {
      if (!chosen) { setTheme(system.matches ? "dark" : "light"); drawAll(); }
    });
  }

  /* Charts */
  const themesNode = document.getElementById("vs-chart-themes");
  const themes = themesNode ? JSON.parse(themesNode.textContent) : null;
  const drawn = new Map();

  function optionsFor(narrow, anchor, legendRoom) {
    const config = structuredClone(themes[mode()]);
    if (narrow) {
      config.legend = { ...config.legend, orient: "bottom", columns: 1, labelLimit: 220, titleLimit: 0, layout: { bottom: { direction: "vertical", ...anchor } } };
      config.axis = { ...config.axis, labelLimit: 130, labelFontSize: 11 };
      config.header = { ...config.header, labelLimit: 200 };
    }
    return {
      mode: "vega-lite", renderer: "svg", ast: true, config, defaultStyle: false,
      patch: narrow ? (drawing) => breakTitles(drawing, legendRoom) : undefined,
      actions: narrow ? false : { export: true, source: false, compiled: false, editor: false },
      downloadFileName: "figure",
    };
  }

  const composed = ["facet", "repeat", "concat", "hconcat", "vconcat", "spec"];
  function facets(spec) {
    return ["row", "column", "facet"].some((key) => key in (spec.encoding || {}));
  }

  /* Panels that stand side by side stand under each other where there is no room. */
  function stack(spec) {
    for (const part of [...(spec.hconcat || []), ...(spec.concat || [])]) ownNames(part);
    if (spec.hconcat) { spec.vconcat = spec.hconcat; delete spec.hconcat; }
    if (spec.concat) spec.columns = 1;
    if (spec.facet && spec.facet.column && !spec.facet.row) spec.facet = spec.facet.column;
    if (spec.facet && spec.facet.field) spec.columns = 1;
    const encoding = spec.encoding || {};
    if (encoding.column && !encoding.row) { encoding.facet = encoding.column; delete encoding.column; }
    if (encoding.facet) encoding.facet.columns = 1;
    for (const part of [...(spec.vconcat || []), ...(spec.concat || []), ...(spec.spec ? [spec.spec] : [])]) stack(part);
    narrowLegends(spec);
  }

  /* Panels beside the first share its names of rows; under it each has its own. */
  function ownNames(part) {
    const y = (part.encoding || {}).y;
    if (y && y.axis && y.axis.labels === false && y.type !== "quantitative") delete y.axis;
    for (const layer of part.layer || []) ownNames(layer);
  }

  const leastExtent = 100, longestLegend = 240, symbolRoom = 30, titleLetters = 24, nameRoom = 165, columnRoom = 14;
  function narrowLegends(value) {
    if (Array.isArray(value)) { value.forEach(narrowLegends); return; }
    if (!value || typeof value !== "object") return;
    if (value.legend && value.legend.columns > 1) value.legend = { ...value.legend, columns: 1, labelLimit: 220 };
    for (const [key, part] of Object.entries(value)) if (key !== "data" && key !== "datasets") narrowLegends(part);
  }

  /* Long titles in lines, names of rows within half of the room. In the drawing's own specification: in the chart's,
     titles are also parts of expressions. */
  function breakTitles(drawing, legendRoom) {
    for (const guide of [...(drawing.axes || []), ...(drawing.legends || [])]) guide.title = lines(guide.title);
    for (const axis of drawing.axes || []) if (axis.orient === "left") {
      axis.labelLimit = Math.min(axis.labelLimit || nameRoom, nameRoom);
      if (axis.minExtent) axis.minExtent = Math.min(axis.minExtent, leastExtent);
    }
    if (drawing.title && drawing.title.text) drawing.title.text = lines(drawing.title.text);
    for (const legend of drawing.legends || []) legend.labelLimit = Math.min(legend.labelLimit || legendRoom, legendRoom);
    for (const mark of drawing.marks || []) breakTitles(mark, legendRoom);
    return drawing;
  }

  function lines(title) {
    if (typeof title !== "string") return title;
    const found = [""], even = title.length / Math.ceil(title.length / titleLetters);
    for (const word of title.split(" ")) {
      const last = found[found.length - 1];
      if (last && last.length + word.length / 2 >= even) found.push(word);
      else found[found.length - 1] = last ? `${last} ${word}` : word;
    }
    return found.length > 1 ? found : title;
  }

  /* The views whose widths can be made smaller; a width of steps or of the data is left as it is. */
  function views(spec) {
    const parts = [...(spec.vconcat || []), ...(spec.hconcat || []), ...(spec.concat || []), ...(spec.spec ? [spec.spec] : [])];
    if (parts.length) return parts.flatMap(views);
    return typeof spec.width === "number" || spec.width === undefined ? [spec] : [];
  }

  /* Columns too thin to be told apart go on to the side instead. */
  function leastWidth(view) {
    let columns = 0;
    try { columns = view.scale("x").bandwidth ? view.scale("x").domain().length : 0; } catch { /* no scale of this name */ }
    return Math.max(120, columnRoom * columns);
  }

  /* One drawing at a time in each box; a change that comes meanwhile is drawn when it is done. */
  function draw(box) {
    const state = drawn.get(box) || { room: 0, result: null, last: Promise.resolve() };
    drawn.set(box, state);
    state.last = state.last.then(() => drawNow(box, state));
    return state.last;
  }

  async function drawNow(box, state) {
    if (state.result) state.result.finalize();
    state.result = null;
    const room = box.clientWidth;
    state.room = room;
    const view = box.querySelector(".vs-chart-view");
    const spec = JSON.parse(box.querySelector("script").textContent);
    const narrow = room > 0 && room < 560;
    if (narrow) stack(spec);
    const single = !composed.some((key) => key in spec) && !facets(spec);
    let anchor = { anchor: "start" }, legendRoom = longestLegend;
    try {
      state.result = await window.vegaEmbed(view, spec, optionsFor(narrow, anchor, legendRoom));
      /* Labels change with the width, so a first fit may miss by a few pixels. */
      for (let tries = 0; tries < 3 && room > 0 && (single || narrow); tries++) {
        const excess = view.querySelector("svg").getBoundingClientRect().width - room;
        if (excess <= 1) break;
        const width = single ? state.result.view.signal("width") : null;
        /* A legend with no room beside the names of the rows ends with its plot, and reaches back under them. */
        const legend = view.querySelector(".role-legend");
        const left = view.getBoundingClientRect().left;
        if (legend && legend.getBoundingClientRect().right > left + room - 8) {
          anchor = single ? { anchor: "end" } : { anchor: "start", bounds: "full" };
          if (!single && tries) legendRoom = Math.max(90, room + left - legend.getBoundingClientRect().left - symbolRoom);
        }
        const least = single ? leastWidth(state.result.view) : 120;
        if (width && width <= least && tries) break;
        const fitted = views(spec);
        if (!fitted.length) break;
        const shape = view.querySelector(".role-axis-label, .role-axis-title") === null; // a circle, a map: its sides belong together
        for (const part of fitted) {
          const before = width || part.width || 200;
          part.width = Math.max(least, Math.floor(before - excess) - 1 - 4 * tries);
          if (shape && typeof part.height === "number") part.height = Math.round(part.height * part.width / before);
        }
        state.result.finalize();
        state.result = await window.vegaEmbed(view, spec, optionsFor(narrow, anchor, legendRoom));
      }
      tellApart(state.result.view);
      nameMarks(view);
      addNumbers(box, spec);
      markScrolling(box, "Chart");
      box.dataset.drawn = mode();
    } catch (error) {
      view.textContent = "This chart could not be drawn: " + error.message;
      console.error(error);
    }
  }

  /* Names too long for their room are cut so that no two beside each other look the same. */
  function tellApart(drawing) {
    const pen = document.createElement("canvas").getContext("2d");
    for (const labels of labelGroups(drawing.scenegraph().root, [], [], [])) {
      const cut = labels.filter((label) => label.limit > 0 && typeof label.text === "string");
      if (cut.length < 2) continue;
      const { fontWeight, fontSize, font, limit } = cut[0];
      pen.font = `${fontWeight || "normal"} ${fontSize}px ${font}`;
      const shown = cutApart(cut.map((label) => label.text), (text) => pen.measureText(text).width <= limit);
      cut.forEach((label, i) => {
        if (shown[i] === label.text || !label._svg) return;
        Object.assign(label, { text: shown[i], limit: 0 });
        label._svg.textContent = shown[i];
      });
    }
  }

  /* The labels of each axis and of each legend, and the names of panels that stand together. */
  function labelGroups(mark, labels, names, found) {
    if (mark.marktype !== "group") {
      if (/^(axis|legend)-label$/.test(mark.role)) labels.push(...mark.items);
      if (mark.role === "title-text") names.push(...mark.items);
      return found;
    }
    const inside = /^(axis|legend)$/.test(mark.role) ? [] : labels;
    const heads = mark.role === "title" ? names : [];
    for (const item of mark.items) for (const part of item.items || []) labelGroups(part, inside, heads, found);
    for (const group of [inside, heads]) if (group !== labels && group !== names && group.length) found.push(group);
    return found;
  }

  /* Cut at the end; where what is left begins other names too, it gives way instead. */
  function cutApart(names, fits) {
    const longest = (make, most) => { let n = most; while (n > 1 && !fits(make(n))) n--; return make(n); };
    const ended = (name) => fits(name) ? name : longest((n) => `${name.slice(0, n).trimEnd()}\u2026`, name.length);
    const shown = names.map(ended);
    const cut = names.map((name, i) => {
      const begun = shown[i].replace(/\u2026$/, "");
      const alike = shown[i] === name ? [] : names.filter((other) => other !== name && other.startsWith(begun));
      if (!alike.length) return shown[i];
      const shared = Math.max(...alike.map((other) => { let n = 0; while (n < name.length && name[n] === other[n]) n++; return n; }));
      const word = Math.max(...[" ", "-", "_", "/", "."].map((sign) => name.lastIndexOf(sign, shared - 1))) + 1;
      const from = shared - word < 12 ? word : shared;
      const middle = (n) => `${name.slice(0, n).trimEnd()}\u2026${name.slice(from)}`;
      const whole = longest(middle, from - 1);
      return fits(whole) ? whole : longest((n) => `${name.slice(0, 3).trimEnd()}\u2026${name.slice(from, from + n).trimEnd()}\u2026`, name.length - from);
    });
    return cut.map((text, i) => names.some((other, j) => other !== names[i] && cut[j] === text) ? names[i] : text);
  }

  /* A group of marks that nothing names is no image of its own: its marks, or the chart, say what it shows. */
  function nameMarks(view) {
    for (const group of view.querySelectorAll('[role="graphics-symbol"]:not([aria-label])')) {
      group.removeAttribute("role");
      group.removeAttribute("aria-roledescription");
    }
  }

  /* Text equivalent: what the chart draws as a table, which opens by keyboard. */
  const shownRows = 20;
  function drawnTables(spec, inherited, found) {
    const data = spec.data || inherited;
    const fields = new Map();
    const encoding = spec.encoding || {};
    const tips = [encoding.tooltip].flat().filter((tip) => tip && tip.field);
    const seen = tips.length ? tips : Object.values(encoding).flat();
    for (const channel of seen) {
      if (channel && channel.field && typeof channel.field === "string" && !/\W/.test(channel.field.replace(/[ .]/g, ""))) {
        const title = channel.title || (channel.axis && channel.axis.title) || channel.field.replaceAll("_", " ");
        if (!fields.has(channel.field)) fields.set(channel.field, { title, format: channel.format });
      }
    }
    if (data && fields.size) found.push({ data, fields, told: tips.length > 0 });
    for (const part of [...(spec.layer || []), ...(spec.vconcat || []), ...(spec.hconcat || []), ...(spec.concat || []), ...(spec.spec ? [spec.spec] : [])]) {
      drawnTables(part, data, found);
    }
    return found;
  }

  function numbersOf(spec) {
    const rowsOf = (data) => data.values || (spec.datasets || {})[data.name];
    const tables = drawnTables(spec, null, [])
      .map((table) => ({ ...table, rows: rowsOf(table.data) }))
      .filter((table) => Array.isArray(table.rows) && table.rows.length && typeof table.rows[0] === "object")
      .map((table) => ({ ...table, names: [...table.fields.keys()].filter((name) => table.rows.some((row) => row[name] !== undefined && typeof row[name] !== "object")) }))
      .filter((table) => table.names.length > 1);
    return tables.sort((a, b) => b.told - a.told || b.names.length - a.names.length || b.rows.length - a.rows.length)[0];
  }

  function cellText(value, format) {
    if (value === null || value === undefined) return "\u2013";
    if (typeof value !== "number") return String(value);
    const digits = /\.(\d)f/.exec(format || "");
    const share = /\.(\d)%/.exec(format || "");
    const plain = Number.isInteger(value) && !digits && !share;
    const text = share ? `${(100 * value).toFixed(share[1])}%` : plain ? String(value) : value.toFixed(digits ? digits[1] : 3);
    return text.replace("-", "\u2212");
  }

  function addNumbers(box, spec) {
    if (box.nextElementSibling && box.nextElementSibling.classList.contains("vs-numbers")) return;
    const table = numbersOf(spec);
    if (!table) return;
    const details = document.createElement("details");
    details.className = "vs-numbers";
    const summary = document.createElement("summary");
    summary.textContent = "The numbers of this chart as a table";
    details.append(summary);
    details.addEventListener("toggle", () => { if (details.open && details.children.length === 1) details.append(numbersTable(table)); });
    box.after(details);
  }

  function numbersTable({ names, fields, rows }) {
    const scroll = document.createElement("div");
    scroll.className = "table-scroll";
    const element = document.createElement("table");
    const head = element.createTHead().insertRow();
    for (const name of names) {
      const cell = document.createElement("th");
      cell.scope = "col";
      cell.textContent = fields.get(name).title;
      head.append(cell);
    }
    const body = element.createTBody();
    for (const row of rows.slice(0, shownRows)) {
      const line = body.insertRow();
      for (const name of names) {
        const cell = line.insertCell();
        cell.textContent = cellText(row[name], fields.get(name).format);
        if (typeof row[name] === "number") cell.style.textAlign = "right";
      }
    }
    scroll.append(element);
    if (rows.length > shownRows) {
      const more = document.createElement("p");
      more.className = "table-note";
      more.textContent = `The first ${shownRows} of ${rows.length} rows.`;
      scroll.append(more);
    }
    return scroll;
  }

  /* What scrolls sideways says so, can be reached and named by keyboard; what fits stays out of the tab order. */
  function markScrolling(box, name) {
    if (box.scrollWidth > box.clientWidth + 1 || box.scrollHeight > box.clientHeight + 1) {
      box.tabIndex = 0;
      box.setAttribute("role", "group");
      box.setAttribute("aria-label", `${name}, scrolls`);
      box.dataset.more = box.scrollWidth > box.clientWidth + 1 ? "sideways" : "down";
    } else {
      for (const attribute of ["tabindex", "role", "aria-label", "data-more"]) box.removeAttribute(attribute);
    }
  }

  function startTables() {
    const mark = () => {
      document.querySelectorAll(".table-scroll").forEach((box) => markScrolling(box, "Table"));
      document.querySelectorAll("pre").forEach((box) => markScrolling(box, "Text"));
      document.querySelectorAll("math[display=block]").forEach((box) => {
        if (box.scrollWidth > box.clientWidth + 1) box.setAttribute("tabindex", "0");
        else box.removeAttribute("tabindex");
      });
    };
    mark();
    window.addEventListener("resize", mark);
  }

  function drawAll() {
    if (!themes || !window.vegaEmbed) return;
    document.querySelectorAll(".vs-chart").forEach(draw);
  }

  function startCharts() {
    if (!themes) return;
    /* Vega measures its labels when it draws: before the font is there it would leave them too little room. */
    const faces = ["400 12px Inter", "600 12px Inter"].map((face) => document.fonts.load(face));
    Promise.allSettled(faces).then(drawAll);
    let timer = 0;
    window.addEventListener("resize", () => {
      window.clearTimeout(timer);
      timer = window.setTimeout(() => {
        for (const [box, state] of drawn) if (Math.abs(box.clientWidth - state.room) > 8) draw(box);
      }, 160);
    });
    /* Quarto toggles a class of the body instead of our attribute. */
    let last = mode();
    new MutationObserver(() => { if (mode() !== last) { last = mode(); drawAll(); } })
      .observe(document.body, { attributes: true, attributeFilter: ["class"] });
  }

  /* Tabs: the WAI-ARIA tabs pattern, built from sections that read well without it. */
  function startTabs() {
    document.querySelectorAll(".vs-tabset").forEach((set, setIndex) => {
      const panels = [...set.children].filter((child) => child.classList.contains("tab-panel"));
      const list = document.createElement("div");
      list.className = "tab-list";
      list.setAttribute("role", "tablist");
      const tabs = panels.map((panel, i) => {
        const tab = document.createElement("button");
        tab.type = "button";
        tab.id = `tab-${setIndex + 1}-${i + 1}`;
        tab.setAttribute("role", "tab");
        panel.id = panel.id || `panel-${setIndex + 1}-${i + 1}`;
        tab.setAttribute("aria-controls", panel.id);
        panel.setAttribute("role", "tabpanel");
        panel.setAttribute("aria-labelledby", tab.id);
        tab.textContent = panel.firstElementChild.textContent;
        list.append(tab);
        return tab;
      });
      function select(index, focus) {
        tabs.forEach((tab, i) => {
          tab.setAttribute("aria-selected", String(i === index));
          tab.tabIndex = i === index ? 0 : -1;
          panels[i].toggleAttribute("data-closed", i !== index);
        });
        if (focus) tabs[index].focus();
      }
      list.addEventListener("click", (event) => {
        const index = tabs.indexOf(event.target.closest('[role="tab"]'));
        if (index >= 0) select(index, true);
      });
      list.addEventListener("keydown", (event) => {
        const at = tabs.indexOf(document.activeElement);
        const to = { ArrowRight: (at + 1) % tabs.length, ArrowLeft: (at + tabs.length - 1) % tabs.length, Home: 0, End: tabs.length - 1 }[event.key];
        if (at < 0 || to === undefined) return;
        event.preventDefault();
        select(to, true);
      });
      set.prepend(list);
      set.classList.add("tabs-on");
      select(0, false);
      set.addEventListener("vs-reveal", (event) => {
        const index = panels.findIndex((panel) => panel.contains(event.detail));
        if (index >= 0) select(index, false);
      });
    });
  }

  function reveal() {
    const id = decodeURIComponent(window.location.hash.slice(1));
    const target = id && document.getElementById(id);
    if (!target) return;
    for (let node = target; node; node = node.parentElement) {
      if (node.classList.contains("vs-tabset")) node.dispatchEvent(new CustomEvent("vs-reveal", { detail: target }));
      if (node.tagName === "DETAILS") node.open = true;
    }
    target.scrollIntoView();
  }

  function startContents() {
    const toc = document.querySelector(".toc details");
    if (!toc) return;
    const wide = window.matchMedia("(min-width: 72rem)");
    const fit = () => { toc.open = wide.matches; };
    fit();
    wide.addEventListener("change", fit);
    const links = new Map([...toc.querySelectorAll("a")].map((a) => [decodeURIComponent(a.hash.slice(1)), a]));
    const heads = [...links.keys()].map((id) => document.getElementById(id)).filter(Boolean);
    const mark = () => {
      const passed = heads.filter((head) => head.getBoundingClientRect().top < 140);
      const current = passed[passed.length - 1];
      for (const [id, link] of links) {
        if (current && current.id === id) link.setAttribute("aria-current", "location");
        else link.removeAttribute("aria-current");
      }
    };
    window.addEventListener("scroll", mark, { passive: true });
    mark();
  }

  window.addEventListener("beforeprint", () => {
    document.querySelectorAll("main details").forEach((details) => { details.open = true; });
  });
  startTheme();
  startTabs();
  startContents();
  startTables();
  startCharts();
  window.addEventListener("hashchange", reveal);
  reveal();
})();
