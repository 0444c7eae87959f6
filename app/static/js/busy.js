/* A form that takes its time says so: the button that was pressed is switched off and tells it. */
"use strict";

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.dataset.busy || event.defaultPrevented) return;
  const button = event.submitter;
  if (!button) return;
  // After the form was read: a button that is off would not be sent.
  setTimeout(() => {
    button.disabled = true;
    button.textContent = form.dataset.busy;
  }, 0);
});

// Back from the page that followed: as it was drawn.
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
