(() => {
  let chosen = null;
  try { chosen = window.localStorage.getItem("valuestats-theme"); } catch { /* storage is off */ }
  const asked = new URLSearchParams(window.location.search).get("theme");
  const theme = [asked, chosen].find((value) => value === "light" || value === "dark");
  const dark = window.matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset.theme = theme || (dark ? "dark" : "light");
  if (theme) document.documentElement.dataset.themeChosen = "yes";
})();
