// One cell: what stands in its control, how far that has come, and what is under way for it.
// Of each cell one request is in flight at a time, and what was typed last is always sent.
import { Gone, Refused } from "./sheet-link.js";
import { say } from "./words.js";

const REST_MS = 900;

export class Cell {
  /** `sheet` is asked to show an answer, to remember what undoes it, and to say something aloud. */
  constructor(row, sheet) {
    this.row = row;
    this.sheet = sheet;
    this.code = row.dataset.code;
    this.name = row.dataset.name;
    this.control = row.querySelector(".control");
    this.unitChoice = row.querySelector("select.unit");
    this.kind = this.control.dataset.kind;
    this.view = null;
    this.dirty = false;
    this.composing = false;
    this.busy = false;
    this.entering = null;
    this.wanted = "";
    this.problem = "";
    this.reads = "";
    this.warns = [];
    this.isResting = false;
    this.shown = null;
    this.isLost = false;
    this.listen();
  }

  get text() {
    if (this.kind === "flag") return this.control.querySelector("input:checked")?.value ?? "";
    return this.control.value;
  }

  set text(text) {
    if (this.kind === "flag") {
      for (const one of this.control.querySelectorAll("input")) one.checked = one.value === text;
    } else if (this.control.value !== text) {
      this.control.value = text;
    }
  }

  get unit() {
    return this.unitChoice ? this.unitChoice.value : "";
  }

  /** What the control holds while nobody types: the saved value in the unit that is chosen. */
  get savedText() {
    return this.view.texts[this.unit] ?? this.view.text;
  }

  get isLocked() {
    return this.view.lock !== "";
  }

  /** The element that takes the focus. */
  get target() {
    if (this.kind !== "flag") return this.control;
    return this.control.querySelector("input:checked") ?? this.control.querySelector("input");
  }

  listen() {
    const control = this.control;
    control.addEventListener("compositionstart", () => (this.composing = true));
    control.addEventListener("compositionend", () => {
      this.composing = false;
      this.typed();
    });
    control.addEventListener("input", (event) => {
      // A half-composed word is neither kept nor read: it is not what is meant yet.
      if (!event.isComposing && this.kind !== "flag" && this.kind !== "choice") this.typed();
    });
    control.addEventListener("change", () => this.commit());
    control.addEventListener("focusout", () => this.commit());
    this.unitChoice?.addEventListener("change", () => this.changeUnit());
  }

  /** A keystroke: kept as a draft. */
  typed() {
    if (this.isLocked) return;
    // What arrives from others from now on is not what this was typed over.
    if (!this.dirty) this.shown = this.view.shown;
    this.dirty = true;
    this.problem = "";
    this.warns = [];
    // What the checks would say is shown once typing rests: half a number looks wrong to them.
    this.isResting = false;
    clearTimeout(this.resting);
    this.resting = setTimeout(() => {
      this.isResting = true;
      this.show();
    }, REST_MS);
    this.show();
    this.want("draft");
  }

  /** What stands in the control becomes the value, unless it is already. */
  commit() {
    if (this.isLocked || this.composing) return;
    if (!this.dirty && this.text === this.savedText) return;
    // Enter commits, and so does the focus that it moves on: what is on its way is sent once.
    const sent = this.entering;
    if (sent && sent.text === this.text && sent.unit === this.unit && !this.wanted) return;
    if (this.dirty && this.text === this.savedText && this.unit === this.ownUnit && !this.busy) {
      this.restore();
      return;
    }
    if (!this.text.trim()) {
      this.leaveBlank();
      return;
    }
    if (!this.dirty) this.shown = this.view.shown;
    this.dirty = true;
    this.want("enter");
  }

  get ownUnit() {
    return this.unitChoice ? this.unitChoice.options[0].value : "";
  }

  leaveBlank() {
    if (this.view.said === "") {
      this.restore();
      return;
    }
    this.dirty = true;
    this.fail(say("sheet-empty", { text: this.view.said }));
  }

  /** Back to the saved value; what was typed is forgotten. */
  restore() {
    const had = this.dirty || this.view.draft !== null;
    this.dirty = false;
    this.problem = "";
    this.wanted = "";
    this.text = this.savedText;
    this.view.draft = null;
    if (had) this.want("drop");
    this.show();
  }

  changeUnit() {
    if (this.dirty && this.text.trim()) {
      this.typed(); // what is being typed is meant in the other unit
      return;
    }
    this.text = this.view.texts[this.unit] ?? "";
    this.show();
  }

  fail(sentence) {
    this.problem = sentence;
    this.show();
    this.sheet.tell(`${this.name}: ${sentence}`, { unseen: false });
  }

  want(what) {
    this.wanted = what;
    this.show();
    this.pump();
  }

  async pump() {
    if (this.busy) return;
    this.busy = true;
    while (this.wanted) {
      const what = this.wanted;
      this.wanted = "";
      try {
        await this[what]();
      } catch (error) {
        if (error instanceof Gone) {
          this.wanted ||= what; // asked again once somebody answers
          this.isLost ||= what === "enter";
          break;
        }
        if (!(error instanceof Refused)) throw error;
        this.problem = error.message;
      }
    }
    this.busy = false;
    this.show();
    this.sheet.showGone();
  }

  async draft() {
    const body = { code: this.code, text: this.text, unit: this.unit };
    const kept = await this.sheet.link.send("/draft", body);
    if (this.text !== body.text || this.wanted) return;
    this.kept = body.text;
    this.reads = kept.reads;
    this.warns = kept.warns;
  }

  async drop() {
    this.sheet.take(await this.sheet.link.send("/drop", { codes: [this.code] }));
  }

  async enter() {
    if (this.isLost) this.sheet.take(await this.sheet.link.look());
    const one = { code: this.code, text: this.text, unit: this.unit, shown: this.shown };
    const number = this.sheet.history.begin();
    this.entering = one;
    let answer;
    try {
      answer = await this.sheet.link.send("/enter", { cells: [one] });
    } finally {
      this.entering = null;
    }
    const refused = answer.refused[this.code];
    if (refused) {
      // What can't be read stays as it is typed, and is kept as that.
      this.wanted ||= "draft";
      this.fail(refused);
    } else if (this.text === one.text && this.unit === one.unit) {
      this.dirty = false;
      this.problem = "";
    }
    this.sheet.take(answer, { own: [this.code] });
    if (refused) return;
    this.reads = answer.done[0].reads;
    this.sheet.history.remember(number, answer.done);
    const saved = say("sheet-said-saved", { name: this.name, value: this.view.said });
    const found = this.sheet.findingsOf(this).map((one) => one.sentence);
    this.sheet.tell([saved, ...found].join("\n"), { unseen: false });
  }

  /** Shows what the server says of this row; `own` if this page's own act changed it. */
  apply(view, own) {
    const before = this.view;
    this.view = view;
    const touched = this.dirty || this.busy;
    if (before && !own && (before.said !== view.said || before.text !== view.text) && !this.busy) {
      const key = this.dirty ? "sheet-changed-typing" : "sheet-changed";
      const value = view.said || say("sheet-value-none");
      this.news = say(key, { by: view.by || say("sheet-someone"), value });
    } else if (own) {
      this.news = "";
    }
    if (!before && view.draft !== null) {
      // A draft from before: it stands in its cell as it was left.
      this.found = view.draft;
      if (this.unitChoice && view.draft_unit) this.unitChoice.value = view.draft_unit;
      this.text = view.draft;
      this.dirty = true;
      this.shown = view.shown;
      this.kept = view.draft;
    } else if (!touched) {
      this.found = undefined;
      if (this.unitChoice && view.texts[this.unit] === undefined) this.unitChoice.selectedIndex = 0;
      this.text = this.savedText;
    }
    if (!this.dirty) this.found = undefined;
    // Of an answer that was lost, one's own value that stands now was typed here.
    if (this.isLost && view.by === "") this.shown = view.shown;
    this.isLost = false;
    this.lock();
    this.show();
  }

  lock() {
    const locked = this.isLocked;
    this.row.classList.toggle("locked", locked);
    if (this.kind === "quantity" || this.kind === "text") this.control.readOnly = locked;
    else if (this.kind === "choice") this.control.disabled = locked;
    else for (const one of this.control.querySelectorAll("input")) one.disabled = locked;
    if (this.unitChoice) this.unitChoice.disabled = locked;
    for (const one of this.row.querySelectorAll(".reasons button")) one.disabled = locked;
  }

  /** How far this cell has come: a word and a class. */
  get progress() {
    if (this.problem) return ["unsaved", say("sheet-unsaved")];
    if (this.entering || this.wanted === "enter") {
      return this.sheet.link.state ? ["unsaved", say("sheet-unsaved")] : ["saving", say("sheet-saving")];
    }
    if (this.dirty) {
      const isKept = this.kept === this.text && !this.wanted && !this.busy;
      return isKept ? ["draft", say("sheet-draft")] : ["typing", say("sheet-typing")];
    }
    const { state, by, when } = this.view;
    if (state === "none") return ["blank", say("sheet-blank")];
    if (state === "conflict") return ["conflict", say("sheet-conflict")];
    if (state === "receipted") {
      return ["receipted", by ? say("sheet-receipted-other", { by, when }) : say("sheet-receipted")];
    }
    return ["saved", by ? say("sheet-saved-other", { by, when }) : say("sheet-saved")];
  }

  /** Whether something of this cell is only on this page. */
  get isUnsaved() {
    return this.dirty && (this.kept !== this.text || this.busy || this.wanted !== "");
  }

  show() {
    if (!this.view) return;
    const [state, words] = this.progress;
    const place = this.row.querySelector(".state");
    const shown = this.reads && !this.problem ? `${words}　${this.reads}` : words;
    if (place.textContent !== shown) place.textContent = shown;
    this.row.dataset.state = state;
    if (this.kind === "quantity" || this.kind === "text") {
      this.control.setAttribute("aria-invalid", this.problem ? "true" : "false");
    }
    this.sheet.showBeside(this);
  }
}
