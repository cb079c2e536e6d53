// What a row offers beside its control: a value to confirm, reasons, a note, 'reported already'.
import { button, make } from "./sheet-dom.js";
import { keepWords } from "./sheet-words.js";
import { say } from "./words.js";

/** The value that one press takes over, and where it is from. */
export function showOffer(cell, sheet) {
  const place = cell.row.querySelector(".offer");
  const { offer, offer_from: from, said, lock } = cell.view;
  const isOpen = offer !== "" && said === "" && lock === "";
  place.hidden = !isOpen;
  if (!isOpen || place.dataset.offer === offer) return;
  place.dataset.offer = offer;
  const source = make("span", { textContent: say("sheet-offer-from", { from, value: offer }) });
  const confirm = button(say("sheet-confirm"), () => sheet.confirm([cell]));
  confirm.setAttribute("aria-label", say("sheet-confirm-of", { name: cell.name, value: offer }));
  place.replaceChildren(source, " ", confirm);
}

export function listenToRows(sheet) {
  listenToMenus();
  for (const cell of sheet.cells.values()) {
    const find = (selector) => cell.row.querySelector(selector);
    for (const one of cell.row.querySelectorAll("[data-reason]")) {
      one.addEventListener("click", () => giveReason(cell, one, sheet));
    }
    // A note that was not finished is in sight again.
    const note = find(".note-text");
    if (keepWords(sheet, note, `note ${cell.code}`, cell.view.note)) find("details.more").open = true;
    note.addEventListener("change", () => {
      sheet.act(() => sheet.link.send("/note", { code: cell.code, text: note.value }));
    });
    find(".already").addEventListener("click", (event) => sayAlready(cell, event.target.dataset.default, sheet));
    find(".already-whom").addEventListener("change", (event) => sayAlready(cell, event.target.value, sheet));
    find(".already-back").addEventListener("click", () => sayAlready(cell, "", sheet));
  }
}

/** A menu closes by Escape, by a click elsewhere, and when another one opens. */
function listenToMenus() {
  const close = (except) => {
    for (const one of document.querySelectorAll("details.more[open]")) {
      if (one !== except) one.open = false;
    }
  };
  document.addEventListener("click", (event) => close(event.target.closest("details.more")));
  document.addEventListener("keydown", (event) => {
    const menu = event.target.closest?.("details.more[open]");
    if (event.key !== "Escape" || event.isComposing || !menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
}

async function giveReason(cell, chosen, sheet) {
  const body = { code: cell.code, text: chosen.dataset.reason, shown: cell.view.shown };
  Object.assign(cell, { dirty: false, problem: "", wanted: "" });
  if (!(await sheet.act(() => sheet.link.send("/reason", body)))) return;
  cell.row.querySelector("details.more").open = false;
  cell.reads = "";
  sheet.focus(cell);
  sheet.tell(`${cell.name}: ${say("sheet-reason-said", { reason: chosen.textContent })}`);
}

async function sayAlready(cell, text, sheet) {
  if (!(await sheet.act(() => sheet.link.send("/already", { code: cell.code, text })))) return;
  const { already } = cell.view;
  cell.row.querySelector(".already-to").hidden = already === "";
  cell.row.querySelector(".already-whom").value = already;
  if (already) sheet.tell(`${cell.name}: ${say("sheet-already-said", { text: already })}`);
}
