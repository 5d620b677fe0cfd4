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
      button.setAttribute("aria-pressed", String(theme === "dark"));
      button.querySelector("span").textContent = theme === "dark" ? "Dark" : "Light";
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

  function optionsFor(narrow) {
    const config = structuredClone(themes[mode()]);
    if (narrow) {
      config.legend = { ...config.legend, orient: "bottom", columns: 2, labelLimit: 130 };
      config.axis = { ...config.axis, labelLimit: 130, labelFontSize: 11 };
      config.header = { ...config.header, labelLimit: 200 };
    }
    return {
      mode: "vega-lite", renderer: "svg", ast: true, config, defaultStyle: false,
      actions: narrow ? false : { export: true, source: false, compiled: false, editor: false },
      downloadFileName: "figure",
    };
  }

  const composed = ["facet", "repeat", "concat", "hconcat", "vconcat", "spec"];
  function singleView(spec) {
    const encoding = spec.encoding || {};
    return !composed.some((key) => key in spec) && !["row", "column", "facet"].some((key) => key in encoding)
      && (typeof spec.width === "number" || spec.width === undefined);
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
    try {
      state.result = await window.vegaEmbed(view, spec, optionsFor(narrow));
      /* Labels change with the width, so a first fit may miss by a few pixels. */
      for (let tries = 0; tries < 3 && room > 0 && singleView(spec); tries++) {
        const whole = view.querySelector("svg").getBoundingClientRect().width;
        if (whole <= room + 1) break;
        const beside = whole - state.result.view.signal("width");
        state.result.finalize();
        spec.width = Math.max(120, Math.floor(room - beside) - 1 - 4 * tries);
        state.result = await window.vegaEmbed(view, spec, optionsFor(narrow));
      }
      markScrolling(box, "Chart");
      box.dataset.drawn = mode();
    } catch (error) {
      view.textContent = "This chart could not be drawn: " + error.message;
      console.error(error);
    }
  }

  /* What scrolls sideways can be reached and named by keyboard; what fits stays out of the tab order. */
  function markScrolling(box, name) {
    if (box.scrollWidth > box.clientWidth + 1 || box.scrollHeight > box.clientHeight + 1) {
      box.tabIndex = 0;
      box.setAttribute("role", "group");
      box.setAttribute("aria-label", `${name}, scrolls`);
    } else {
      for (const attribute of ["tabindex", "role", "aria-label"]) box.removeAttribute(attribute);
    }
  }

  function startTables() {
    const mark = () => document.querySelectorAll(".table-scroll").forEach((box) => markScrolling(box, "Table"));
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
