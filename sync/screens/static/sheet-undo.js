// Undo and redo of saved cells, across the page: one act, one step, however many cells it changed.
import { Gone, Refused } from "./sheet-link.js";
import { say } from "./words.js";

export class Undo {
  constructor(sheet) {
    this.sheet = sheet;
    this.done = [];
    this.undone = [];
    this.begun = 0;
  }

  /** An act begins: its number says where it stands among others, whichever is answered first. */
  begin() {
    this.begun += 1;
    return this.begun;
  }

  /** That act changed those cells; each has the word that brings back what stood before. */
  remember(number, cells) {
    if (!cells.length) return;
    const act = cells.map(({ code, before }) => ({ code, before }));
    this.done.push(Object.assign(act, { number }));
    this.done.sort((one, other) => one.number - other.number);
    this.undone = [];
  }

  undo() {
    return this.step(this.done, this.undone, "sheet-undone");
  }

  redo() {
    return this.step(this.undone, this.done, "sheet-redone");
  }

  async step(from, to, key) {
    const { sheet } = this;
    const act = from.pop();
    if (!act) {
      sheet.tell(say("sheet-undo-none"));
      return;
    }
    const cells = act.map((one) => ({ ...one, shown: sheet.cells.get(one.code).view.shown }));
    let answer;
    try {
      answer = await sheet.link.send("/undo", { cells });
    } catch (error) {
      if (error instanceof Gone) from.push(act);
      else if (error instanceof Refused) sheet.tell(error.message);
      else throw error;
      return;
    }
    const back = answer.done.map(({ code, before }) => ({ code, before }));
    if (back.length) to.push(Object.assign(back, { number: act.number }));
    sheet.take(answer, { own: back.map((one) => one.code) });
    const said = back.map(({ code }) => {
      const cell = sheet.cells.get(code);
      cell.reads = "";
      cell.show();
      sheet.flash(cell);
      return say(key, { name: cell.name, value: cell.view.said || say("sheet-value-none") });
    });
    sheet.tell([...said.slice(0, 3), ...Object.values(answer.refused)].join("\n"));
  }
}
