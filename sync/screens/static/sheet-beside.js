// What stands under a row: what came back, what differs, what a check says, what was noted.
import { button, keyed, make } from "./sheet-dom.js";
import { keepWords } from "./sheet-words.js";
import { say } from "./words.js";

/** Shows it for one cell; `findings` are those whose first row it is. */
export function showBeside(cell, findings, sheet) {
  const row = cell.row.querySelector("tr.beside");
  const items = [...messages(cell, sheet), ...findings.map((one) => finding(one, sheet))];
  keyed(row.firstElementChild, items, (item) => item.create(item));
  row.hidden = items.length === 0;
  cell.row.dataset.worst = findings[0]?.weight ?? "";
}

/** A finding as an item of a keyed list. */
function finding(one, sheet) {
  const key = `finding ${one.period} ${one.name}`;
  return { key, one, create: () => findingBox(sheet, one) };
}

/** What a finding means, in a word. */
export const weightWords = (weight) =>
  ({ block: say("sheet-block"), explain: say("sheet-explain"), note: say("sheet-note") })[weight];

const TONES = { block: "stop", explain: "ask", note: "note" };

function findingBox(sheet, { period, name, explanation }) {
  const box = make("div");
  const sentence = make("p");
  const explained = make("p", { className: "explained" });
  const text = make("textarea", { rows: 2, autocomplete: "off" });
  const label = make("label", {}, make("span", { textContent: say("sheet-explain-label") }), text);
  const offered = button("", () => {
    text.value = box.one.offered;
    save();
  });
  const again = button(say("sheet-explain-again"), () => {
    box.editing = true;
    box.update({ one: box.one });
    text.focus();
  });
  const keep = button(say("sheet-explain-save"), () => save());
  async function save() {
    const one = box.one;
    const words = text.value.trim();
    box.editing = false;
    if (!words || words === one.explanation) return box.update({ one });
    const body = { name: one.name, period: one.period, text: words };
    return sheet.act(() => sheet.link.send("/explain", body));
  }
  text.addEventListener("change", save);
  box.editing = keepWords(sheet, text, `explain ${period} ${name}`, explanation);
  box.append(sentence, explained, again, label, keep, offered);
  box.update = ({ one }) => {
    box.one = one;
    box.className = TONES[one.weight];
    sentence.replaceChildren(make("strong", { textContent: weightWords(one.weight) }), ` ${one.sentence}`);
    explained.textContent = one.explanation ? say("sheet-explained", { text: one.explanation }) : "";
    const asks = one.weight === "explain" || (one.explanation !== "" && box.editing === true);
    const open = asks && sheet.view.standing.open;
    for (const part of [label, keep]) part.hidden = !open;
    again.hidden = one.explanation === "" || box.editing === true || !sheet.view.standing.open;
    explained.hidden = one.explanation === "";
    offered.hidden = !open || one.offered === "";
    offered.textContent = say("sheet-explain-offered", { period: one.offered_from, text: one.offered });
    if (!open) text.value = one.explanation;
  };
  return box;
}

/** What the cell itself has to say. */
function messages(cell, sheet) {
  const { view } = cell;
  const found = [];
  const add = (key, tone, text, ...actions) => found.push({ key, tone, text, actions, create: plainBox });
  if (cell.problem) {
    const isBlank = !cell.text.trim() && view.said;
    const back = isBlank ? [[say("sheet-empty-restore", { text: view.said }), () => cell.restore()]] : [];
    add("problem", "stop", cell.problem, ...back);
  } else if (cell.found !== undefined && cell.text === cell.found) {
    add("draft", "ask", say("sheet-draft-found", { text: cell.found }),
      [say("sheet-draft-keep"), () => cell.commit()], [say("sheet-draft-drop"), () => cell.restore()]);
  }
  if (cell.dirty && cell.isResting && !cell.problem && cell.warns.length) {
    add("warns", "note", say("sheet-would", { text: cell.warns.join("\n") }));
  }
  if (cell.news) add("news", "note", cell.news);
  if (view.returned) returnedMessage(cell, sheet, add);
  if (view.rivals.length) {
    const values = view.rivals.map((one) => say("sheet-conflict-by", one));
    add("conflict", "stop", `${say("sheet-conflict")}：${values.join("；")}`,
      [say("sheet-conflict-settle"), cell.row.dataset.conflict]);
  }
  if (view.reason) add("reason", "note", say("sheet-reason-said", { reason: reasonWords(cell) }));
  if (view.already) add("already", "note", say("sheet-already-said", { text: view.already }));
  if (view.note) add("note", "note", say("sheet-note-said", { text: view.note }));
  return found;
}

function reasonWords(cell) {
  const known = cell.row.querySelector(`[data-reason="${CSS.escape(cell.view.reason)}"]`);
  return known ? known.textContent : cell.view.reason;
}

function returnedMessage(cell, sheet, add) {
  const { view } = cell;
  const said = say("sheet-returned-said", { by: view.returned_by, words: view.returned });
  const old = view.old ? say("sheet-returned-old", { value: view.old }) : "";
  const open = !view.answered && view.said && !view.lock;
  const confirm = [say("sheet-returned-confirm"), () => sheet.confirm([cell])];
  const after = view.answered ? say("sheet-returned-answered") : "";
  add("returned", view.answered ? "note" : "stop", [said, old, after].filter(Boolean).join("\n"), ...(open ? [confirm] : []));
}

function plainBox() {
  const box = make("div");
  const text = make("p");
  const actions = make("p", { className: "no-print" });
  box.append(text, actions);
  box.update = (item) => {
    box.className = item.tone;
    if (text.textContent !== item.text) text.textContent = item.text;
    box.actions = item.actions;
    const labels = item.actions.map(([label]) => label).join("|");
    actions.hidden = !labels;
    if (actions.dataset.labels === labels) return;
    actions.dataset.labels = labels;
    actions.replaceChildren(...item.actions.map(([label, does], index) =>
      typeof does === "string"
        ? make("a", { className: "button quiet", href: does, textContent: label })
        : button(label, () => box.actions[index][1]())));
  };
  return box;
}
