// A box that ticks every order of the page; without JavaScript it is not there.
for (const form of document.querySelectorAll("[data-tick-all]")) {
  const label = form.querySelector("[data-tick-all-box]");
  const box = label.querySelector("input");
  const boxes = [...form.querySelectorAll('input[name="review"]')];

  function show() {
    const ticked = boxes.filter((one) => one.checked).length;
    box.checked = ticked === boxes.length;
    box.indeterminate = ticked > 0 && ticked < boxes.length;
  }

  label.hidden = false;
  box.addEventListener("change", () => {
    for (const one of boxes) {
      one.checked = box.checked;
    }
    show();
  });
  form.addEventListener("change", show);
  show();
}
