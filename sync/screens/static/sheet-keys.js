// Moving by keyboard, as in a spreadsheet, and never while a word is being composed.

/** Listens on the table; `sheet` knows the cells in their order. */
export function listenToKeys(table, sheet) {
  table.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229) return;
    const cell = sheet.cellOf(event.target);
    if (!cell || !cell.control.contains(event.target)) return;
    const step = stepOf(event, cell);
    if (step) {
      event.preventDefault();
      cell.commit();
      sheet.move(cell, step);
    } else if (event.key === "Enter" && event.altKey && cell.kind === "text") {
      event.preventDefault();
      event.target.setRangeText("\n", event.target.selectionStart, event.target.selectionEnd, "end");
      cell.typed();
    } else if (event.key === "Escape" && (cell.dirty || cell.problem)) {
      event.preventDefault();
      cell.restore();
      event.target.select?.();
    }
  });
  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.isComposing) return;
    const key = event.key.toLowerCase();
    if (key !== "z" && key !== "y") return;
    if (isWriting(event.target, sheet)) return; // the browser undoes keystrokes by itself
    event.preventDefault();
    if (key === "y" || event.shiftKey) sheet.redo();
    else sheet.undo();
  });
}

function stepOf(event, cell) {
  if (event.ctrlKey || event.metaKey || event.altKey) return 0;
  if (event.key === "Enter") return event.shiftKey ? -1 : 1;
  if (event.shiftKey || (cell.kind === "text" && cell.text.includes("\n"))) return 0;
  // In a choice an arrow would change the value of whoever only passes through.
  return { ArrowDown: 1, ArrowUp: -1 }[event.key] ?? 0;
}

function isWriting(target, sheet) {
  const cell = sheet.cellOf(target);
  if (cell && cell.control === target) return cell.dirty;
  return target.matches("textarea, input:not([type=radio])");
}
