// A slider beside each number of a rule; without JavaScript they are not there.
"use strict";

for (const form of document.querySelectorAll("[data-rule-preview]")) {
  for (const slider of form.querySelectorAll("[data-slides]")) {
    const field = form.elements[slider.dataset.slides];

    function follow() {
      slider.disabled = field.value === "";
      if (field.value !== "") slider.value = field.value;
    }

    slider.hidden = false;
    // The slider has no name: what is sent is the number, and its input event is the form's.
    slider.addEventListener("input", () => {
      field.value = String(Number(Number(slider.value).toPrecision(6)));
    });
    field.addEventListener("input", follow);
    follow();
  }
}
