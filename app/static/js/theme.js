// Light or dark: what the person chose, else what the device prefers. Runs before the first paint.
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  const prefersDark = matchMedia("(prefers-color-scheme: dark)");

  function chosen() {
    return localStorage.getItem("forewarn-theme") || (prefersDark.matches ? "dark" : "light");
  }

  function show() {
    root.setAttribute("data-bs-theme", chosen());
  }

  show();
  prefersDark.addEventListener("change", show);
  document.addEventListener("DOMContentLoaded", () => {
    for (const button of document.querySelectorAll("[data-theme-toggle]")) {
      button.hidden = false;
      button.addEventListener("click", () => {
        localStorage.setItem("forewarn-theme", chosen() === "dark" ? "light" : "dark");
        show();
        document.dispatchEvent(new CustomEvent("theme-changed"));
      });
    }
  });
})();
