// Paste from a spreadsheet, and copy into one.
import { Gone, Refused } from "./sheet-link.js";
import { make } from "./sheet-dom.js";
import { say } from "./words.js";

export function listenToPaste(table, sheet) {
  table.addEventListener("paste", (event) => {
    const cell = sheet.cellOf(event.target);
    if (!cell || !cell.control.contains(event.target) || cell.kind === "text" || cell.isLocked) return;
    const text = event.clipboardData.getData("text/plain");
    // A single value with the line end that spreadsheets add goes into its cell as if it was typed.
    const single = text.replace(/[\r\n]+$/, "");
    if (!/[\t\r\n]/.test(single)) {
      if (single === text || cell.kind !== "quantity") return;
      event.preventDefault();
      document.execCommand("insertText", false, single);
      return;
    }
    event.preventDefault();
    take(sheet, cell, text);
  });
}

async function take(sheet, cell, text) {
  let plan;
  try {
    plan = await sheet.link.send("/paste", { text, code: cell.code, unit: cell.unit });
  } catch (error) {
    if (error instanceof Refused) sheet.tell(error.message);
    else if (!(error instanceof Gone)) throw error;
    return;
  }
  if (!plan.goes.length && !plan.left.length) sheet.tell(say("sheet-paste-none"));
  else if (plan.plain || (await agree(sheet, plan))) await enter(sheet, plan.goes);
}

function agree(sheet, plan) {
  const rows = plan.goes.map((one) =>
    make("tr", {}, make("th", { scope: "row", textContent: `${one.name} ${one.code}` }),
      make("td", { className: "number", textContent: `${one.text} ${one.unit || sheet.cells.get(one.code).row.dataset.unit}` })));
  const left = plan.left.map((one) => make("li", { textContent: say("sheet-paste-line", one) }));
  const inside = [];
  if (rows.length) {
    const caption = make("caption", { textContent: say("sheet-paste-goes", { count: rows.length }) });
    inside.push(make("table", {}, caption, make("tbody", {}, ...rows)));
  }
  if (left.length) {
    inside.push(make("h3", { textContent: say("sheet-paste-left", { count: left.length }) }));
    inside.push(make("ul", { className: "ask" }, ...left));
  }
  const take_ = rows.length ? [[say("sheet-paste-take"), "yes", "button"]] : [];
  return sheet.ask(say("sheet-paste-heading"), inside, [...take_, [say("sheet-paste-cancel"), "", "quiet"]]);
}

async function enter(sheet, goes) {
  const cells = goes.map(({ code, text, unit }) => {
    const { shown } = sheet.cells.get(code).view;
    return { code, text, unit, shown };
  });
  for (const { code } of goes) Object.assign(sheet.cells.get(code), { dirty: false, problem: "", wanted: "" });
  const answer = await sheet.act(() => sheet.link.send("/enter", { cells }));
  if (!answer) return;
  for (const one of answer.done) {
    const cell = sheet.cells.get(one.code);
    cell.reads = one.reads;
    cell.show();
  }
  for (const [code, why] of Object.entries(answer.refused)) sheet.cells.get(code).fail(why);
  sheet.tell(say("sheet-paste-taken", { count: answer.done.length }));
}

/** The whole sheet as a spreadsheet takes it. */
export async function copy(sheet) {
  const head = ["code", "name", "unit", "value", "last", "year"];
  const lines = [head.map((one) => say(one === "unit" ? "sheet-column-unit" : `sheet-column-${one}`))];
  for (const cell of sheet.cells.values()) {
    const { name, unit, last, year } = cell.row.dataset;
    const value = cell.kind === "quantity" ? cell.view.text || cell.view.said : cell.view.said;
    lines.push([cell.code, name, unit, value, plain(last, unit), plain(year, unit)]);
  }
  const text = lines.map((line) => line.map(safe).join("\t")).join("\r\n");
  try {
    await navigator.clipboard.writeText(text);
    sheet.tell(say("sheet-copied"));
  } catch {
    sheet.tell(say("sheet-copy-failed"));
  }
}

function plain(words, unit) {
  return unit && words.endsWith(unit) ? words.slice(0, -unit.length).trim().replaceAll(",", "") : words;
}

// A text that begins like a formula would be calculated where it is pasted.
function safe(text) {
  const one = text.replace(/[\t\r\n]+/g, " ");
  return /^[=+@]|^-(?![\d.])/.test(one) ? `'${one}` : one;
}
