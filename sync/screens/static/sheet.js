// A form's sheet: its cells, and what is said about them. It knows an address that it asks and the
// elements of its page, and nothing of what serves them.
import { Cell } from "./sheet-cell.js";
import { button, keyed, make } from "./sheet-dom.js";
import { Gone, Link, Refused } from "./sheet-link.js";
import { listenToKeys } from "./sheet-keys.js";
import { copy, listenToPaste } from "./sheet-paste.js";
import { listenToRows, showOffer } from "./sheet-row.js";
import { listenToSubmit } from "./sheet-submit.js";
import { showBeside, weightWords } from "./sheet-beside.js";
import { Undo } from "./sheet-undo.js";
import { say } from "./words.js";

const TOLD_MS = 8000;
const byId = (id) => document.getElementById(id);

class Sheet {
  constructor(root, view) {
    this.link = new Link(root.dataset.base, root.dataset.person);
    this.history = new Undo(this);
    this.cells = new Map();
    this.view = view;
    this.findings = new Map();
    for (const row of root.querySelectorAll("tbody.sheet-row")) {
      const cell = new Cell(row, this);
      this.cells.set(cell.code, cell);
    }
    this.show(view, new Set());
    this.listen(root.querySelector("table.sheet"));
  }

  listen(table) {
    listenToKeys(table, this);
    listenToPaste(table, this);
    listenToRows(this);
    listenToSubmit(this);
    byId("rest").addEventListener("click", () => this.confirmRest());
    byId("copy").addEventListener("click", () => copy(this));
    byId("print").addEventListener("click", () => window.print());
    this.link.addEventListener("turn", () => this.turn());
    this.link.addEventListener("idle", () => this.stale && this.follow());
    document.addEventListener("changed-here", () => this.follow());
    document.addEventListener("visibilitychange", () => document.hidden || this.follow());
    window.addEventListener("beforeunload", (event) => {
      if ([...this.cells.values()].some((cell) => cell.isUnsaved)) event.preventDefault();
    });
  }

  cellOf(element) {
    return this.cells.get(element.closest?.("tbody.sheet-row")?.dataset.code);
  }

  // Acts.

  /** Does what asks the server, shows the answer; a refusal is said. Returns the answer, if any. */
  async act(ask) {
    const number = this.history.begin();
    try {
      const answer = await ask();
      if (answer.sheet) {
        this.take(answer, { own: answer.done.map((one) => one.code) });
        this.history.remember(number, answer.done);
      }
      return answer;
    } catch (error) {
      if (error instanceof Refused) this.tell(error.message);
      else if (!(error instanceof Gone)) throw error;
      return null;
    }
  }

  /** Takes what those cells offer, or says again what they hold. */
  async confirm(cells) {
    const shown = Object.fromEntries(cells.map((cell) => [cell.code, cell.view.shown]));
    const codes = cells.map((cell) => cell.code);
    for (const cell of cells) Object.assign(cell, { dirty: false, problem: "" });
    if (!(await this.act(() => this.link.send("/confirm", { codes, shown })))) return;
    const [{ name, view }] = cells;
    const count = cells.length;
    this.tell(count > 1 ? say("sheet-confirmed-rest", { count }) : say("sheet-confirmed", { name, value: view.said }));
  }

  /** The cells that 'the rest is unchanged' confirms: none in which something is being typed. */
  get rest() {
    return this.view.confirmable.map((code) => this.cells.get(code)).filter((cell) => cell && !cell.dirty);
  }

  async confirmRest() {
    await this.settled();
    if (this.rest.length) await this.confirm(this.rest);
  }

  undo() {
    return this.history.undo();
  }

  redo() {
    return this.history.redo();
  }

  /** Returns when nothing of any cell is under way. */
  async settled() {
    document.activeElement?.blur?.();
    while (this.link.pending && !this.link.state) {
      await new Promise((resolve) => this.link.addEventListener("idle", resolve, { once: true }));
    }
  }

  // Following along.

  /** Reads the sheet anew because something changed; not while an own act is under way. */
  async follow() {
    this.stale = true;
    if (this.link.pending || this.link.state) return;
    this.stale = false;
    try {
      this.take(await this.link.look());
    } catch (error) {
      if (!(error instanceof Gone) && !(error instanceof Refused)) throw error;
    }
  }

  async turn() {
    this.showGone();
    if (this.link.state) return;
    // First what stands by now: an answer that never came may have been given all the same.
    const answer = await this.act(() => this.link.look());
    if (!answer) return;
    for (const cell of this.cells.values()) cell.pump();
    this.tell(say("sheet-back"));
  }

  /** That nobody answers, and which cells are on this page only. */
  showGone() {
    const { state } = this.link;
    const box = byId("gone");
    box.hidden = state === "";
    if (!state) return;
    const unsaved = [...this.cells.values()].filter((cell) => cell.isUnsaved);
    const lines = [say(state === "gone" ? "sheet-gone" : "sheet-gone-locked")];
    const names = unsaved.map((cell) => cell.name).join(say("sheet-listed"));
    if (names) lines.push(say("sheet-unsaved-cells", { names }));
    const text = lines.join("\n");
    if (box.textContent !== text) box.textContent = text;
  }

  // Showing.

  take({ sheet }, { own = [] } = {}) {
    this.show(sheet, new Set(own));
  }

  show(view, own) {
    this.view = view;
    this.findings = new Map();
    for (const one of view.findings) {
      const at = one.cells[0] ?? "";
      this.findings.set(at, [...(this.findings.get(at) ?? []), one]);
    }
    for (const row of view.rows) {
      const cell = this.cells.get(row.code);
      if (!cell) continue; // the form has a row that this page was made without
      cell.apply(row, own.has(row.code));
      cell.row.querySelector(".change").textContent = row.change;
      showOffer(cell, this);
    }
    this.showDerived();
    this.showSummary();
    this.showStanding();
  }

  /** The findings whose first row it is. */
  findingsOf(cell) {
    return this.findings.get(cell.code) ?? [];
  }

  showBeside(cell) {
    showBeside(cell, this.findingsOf(cell), this);
  }

  showDerived() {
    for (const one of this.view.derived) {
      const row = document.querySelector(`[data-derived="${one.code}"]`);
      if (!row) continue;
      row.querySelector("output").textContent = one.now || "—";
      row.querySelector(".lacks").textContent = one.lacks;
    }
  }

  showSummary() {
    const items = this.view.findings.map((one) => ({ key: `${one.period} ${one.name}`, one }));
    const list = byId("summary").querySelector("ul");
    if (!items.length) items.push({ key: "clear", text: say("sheet-summary-clear") });
    keyed(list, items, () => this.summaryLine());
    const of = (weight) => this.view.findings.filter((one) => one.weight === weight).length;
    const parts = [];
    const { missing, unanswered } = this.view;
    if (unanswered.length) parts.push(say("sheet-progress-returned", { count: unanswered.length }));
    parts.push(missing.length ? say("sheet-progress-missing", { count: missing.length }) : say("sheet-progress-none"));
    if (of("block")) parts.push(say("sheet-progress-block", { count: of("block") }));
    if (of("explain")) parts.push(say("sheet-progress-explain", { count: of("explain") }));
    byId("progress").textContent = parts.join(" · ");
  }

  summaryLine() {
    const line = make("li");
    line.update = ({ one, text }) => {
      if (!one) {
        line.textContent = text;
        return;
      }
      const [code] = one.cells;
      const words = make("span", { className: `tag ${one.weight}`, textContent: weightWords(one.weight) });
      const link = code
        ? make("a", { href: `#${code}`, textContent: one.sentence, onclick: (event) => this.go(event, code) })
        : make("span", { textContent: `${one.sentence}（${say("sheet-other-form")}）` });
      line.replaceChildren(words, " ", link);
    };
    return line;
  }

  showStanding() {
    const { standing } = this.view;
    const lines = [standing.sentence, standing.words];
    if (standing.asked) lines.push(say("sheet-asked-back", { words: standing.asked }));
    const box = byId("standing");
    box.tabIndex = -1;
    box.hidden = !standing.sentence;
    box.className = standing.stage === "returned" ? "ask" : "notice";
    const said = lines.filter(Boolean);
    if (box.innerText !== said.join("\n")) {
      box.replaceChildren(...said.map((line) => make("p", { textContent: line })));
    }
    byId("submit").hidden = !standing.open;
    byId("withdraw").hidden = !standing.can_withdraw;
    byId("ask-back").hidden = !standing.can_ask_back;
    byId("rest").hidden = !standing.open || this.rest.length === 0;
    byId("rest").textContent = say("sheet-rest", { count: this.rest.length });
  }

  /** Says something to ears, and for a while to eyes where it isn't seen anyway. */
  tell(text, { unseen = true } = {}) {
    const box = byId("said");
    box.textContent = text;
    box.classList.toggle("visually-hidden", !unseen);
    clearTimeout(this.told);
    this.told = setTimeout(() => box.classList.add("visually-hidden"), TOLD_MS);
  }

  flash(cell) {
    cell.row.classList.add("flash");
    setTimeout(() => cell.row.classList.remove("flash"), 1500);
    cell.row.scrollIntoView({ block: "nearest" });
  }

  move(cell, step) {
    const order = [...this.cells.values()].filter((one) => !one.isLocked);
    this.focus(order[order.indexOf(cell) + step]);
  }

  focus(cell) {
    if (!cell) return;
    cell.target.focus();
    cell.target.select?.();
    cell.row.scrollIntoView({ block: "nearest" });
  }

  /** Follows a link to a cell: into its control. */
  go(event, code) {
    event.preventDefault();
    byId("dialog").close("");
    this.focus(this.cells.get(code));
  }

  /** Asks in a dialog; returns the chosen answer's value, '' for none. */
  ask(heading, inside, answers) {
    const dialog = byId("dialog");
    byId("dialog-heading").textContent = heading;
    dialog.querySelector(".inside").replaceChildren(...inside);
    const buttons = answers.map(([text, value, look]) =>
      button(text, () => dialog.close(value), look === "quiet" ? "quiet" : ""));
    dialog.querySelector(".buttons").replaceChildren(...buttons);
    dialog.returnValue = "";
    dialog.showModal();
    return new Promise((resolve) => {
      dialog.addEventListener("close", () => resolve(dialog.returnValue), { once: true });
    });
  }
}

const root = byId("sheet");
const sheet = new Sheet(root, JSON.parse(byId("view").textContent));
const [came] = sheet.view.unanswered;
if (location.hash) sheet.focus(sheet.cells.get(decodeURIComponent(location.hash.slice(1))));
else if (came) sheet.focus(sheet.cells.get(came));
