// Handing the form in, taking it back, asking for it: with what stands in the way, as links.
import { make } from "./sheet-dom.js";
import { say } from "./words.js";

export function listenToSubmit(sheet) {
  const on = (id, act) => document.getElementById(id).addEventListener("click", act);
  on("submit", () => submit(sheet));
  on("withdraw", () => withdraw(sheet));
  on("ask-back", () => askBack(sheet));
}

async function submit(sheet) {
  await sheet.settled();
  const found = await sheet.act(() => sheet.link.send("/obstacles"));
  if (!found) return;
  const way = inTheWay(sheet, found);
  if (way.length) {
    await sheet.ask(say("sheet-submit-heading"), way, [[say("sheet-close"), "", "button"]]);
    return;
  }
  const form = document.querySelector("h1").textContent;
  const sure = make("p", { textContent: say("sheet-submit-sure", { count: sheet.cells.size }) });
  const answers = [[say("sheet-submit-yes"), "yes", "button"], [say("sheet-submit-no"), "", "quiet"]];
  if (!(await sheet.ask(say("sheet-submit-sure-heading", { form }), [sure], answers))) return;
  if (await sheet.act(() => sheet.link.send("/submit"))) {
    sheet.tell(say("sheet-submit-done"));
    document.getElementById("standing").focus();
  }
}

function inTheWay(sheet, found) {
  const parts = [];
  const add = (key, count, items) => {
    if (count) parts.push(make("h3", { textContent: say(key, { count }) }), make("ul", {}, ...items));
  };
  const cells = (codes) => codes.map((code) => make("li", {}, link(sheet, code, sheet.cells.get(code).name)));
  const of = (weight) => sheet.view.findings.filter((one) => one.weight === weight)
    .map((one) => make("li", {}, one.cells.length ? link(sheet, one.cells[0], one.sentence) : one.sentence));
  // What stands in a cell and is no value would be left behind without a word.
  const unsaved = [...sheet.cells.values()].filter((cell) => cell.dirty).map((cell) => cell.code);
  add("sheet-submit-unsaved", unsaved.length, cells(unsaved));
  add("sheet-submit-unanswered", found.unanswered.length, cells(found.unanswered));
  add("sheet-submit-missing", found.missing.length, cells(found.missing));
  add("sheet-submit-block", found.blocking, of("block"));
  add("sheet-submit-explain", found.unexplained, of("explain"));
  return parts;
}

function link(sheet, code, text) {
  return make("a", { href: `#${code}`, textContent: text, onclick: (event) => sheet.go(event, code) });
}

async function withdraw(sheet) {
  if (await sheet.act(() => sheet.link.send("/withdraw"))) sheet.tell(say("sheet-withdrawn"));
}

async function askBack(sheet) {
  const text = make("textarea", { rows: 3, value: sheet.view.standing.asked });
  const label = make("label", {}, make("span", { textContent: say("sheet-ask-back-label") }), text);
  const answers = [[say("sheet-ask-back-send"), "yes", "button"], [say("sheet-cancel"), "", "quiet"]];
  if (!(await sheet.ask(say("sheet-ask-back"), [label], answers)) || !text.value.trim()) return;
  await sheet.act(() => sheet.link.send("/ask-back", { text: text.value.trim() }));
}
