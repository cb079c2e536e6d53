// Keys for a form's page: j and k go through the cells, r ticks the one that has the focus, a leads
// to the button that approves. They do nothing while somebody types, nor with Ctrl, Alt or Meta.
const cells = [...document.querySelectorAll(".cells > li")];
const hint = document.getElementById("keys");
if (hint) hint.hidden = false;

const at = () => cells.findIndex((cell) => cell.contains(document.activeElement));

function go(step) {
  const from = at();
  const next = from === -1 ? (step > 0 ? 0 : cells.length - 1) : from + step;
  const cell = cells[Math.min(Math.max(next, 0), cells.length - 1)];
  cell.focus();
  cell.scrollIntoView({ block: "nearest" });
}

function tick() {
  const cell = cells[at()];
  const box = cell?.querySelector("input[name=cell]");
  if (!box) return;
  box.checked = !box.checked;
  (box.checked ? cell.querySelector("input[name^=words-]") : cell).focus();
}

const keys = {
  j: () => go(1),
  k: () => go(-1),
  r: tick,
  a: () => document.getElementById("approve")?.focus(),
};

document.addEventListener("keydown", (event) => {
  const typing = event.target.matches("input:not([type=checkbox]), textarea, select, [contenteditable]");
  const act = keys[event.key];
  if (typing || !act || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
  event.preventDefault();
  act();
});

// Words on a value are words on its return.
for (const words of document.querySelectorAll(".cells input[name^=words-]")) {
  words.addEventListener("input", () => {
    const box = words.closest(".back").querySelector("input[name=cell]");
    if (words.value.trim() !== "") box.checked = true;
  });
}
