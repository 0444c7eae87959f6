// The left bar on a phone: opens and closes in place. Without JavaScript the link jumps to it.
for (const toggle of document.querySelectorAll("[data-menu-toggle]")) {
  const menu = document.querySelector(toggle.getAttribute("href"));
  toggle.setAttribute("role", "button");
  toggle.addEventListener("click", (event) => {
    event.preventDefault();
    const open = menu.classList.toggle("is-open");
    toggle.setAttribute("aria-expanded", String(open));
  });
}
