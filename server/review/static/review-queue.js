// Chooses all forms of the page at once; without this module they are ticked one by one.
const all = document.getElementById("choose-all");
if (all) {
  const boxes = [...document.querySelectorAll("#bulk input[name=item]")];
  all.closest("p").hidden = false;
  all.addEventListener("change", () => {
    for (const box of boxes) box.checked = all.checked;
  });
  for (const box of boxes) {
    box.addEventListener("change", () => {
      all.checked = boxes.every((one) => one.checked);
      all.indeterminate = !all.checked && boxes.some((one) => one.checked);
    });
  }
}
