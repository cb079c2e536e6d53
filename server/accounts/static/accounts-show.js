// Lets whoever types a password look at it; without this the fields stay as they are.
const word = document.querySelector("[data-show]")?.dataset.show;

for (const form of word ? document.forms : []) {
  const fields = [...form.querySelectorAll("input[type=password]")];
  if (fields.length) {
    const label = document.createElement("label");
    const box = document.createElement("input");
    const turn = () => fields.forEach((field) => { field.type = box.checked ? "text" : "password"; });
    box.type = "checkbox";
    box.addEventListener("change", turn);
    label.className = "check";
    label.append(box, ` ${word}`);
    fields.at(-1).after(label);
    form.addEventListener("submit", () => { box.checked = false; turn(); });
  }
}
