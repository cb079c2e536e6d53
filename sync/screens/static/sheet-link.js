// The line between a sheet and the program that serves it: what was asked, and whether it answers.
// The page gives the base address; nothing here knows what lies behind it.

/** What was asked was understood and refused; `message` says why. */
export class Refused extends Error {}

/** Nobody answered, or nobody who is unlocked: what was asked may be asked again. */
export class Gone extends Error {}

const AGAIN_MS = 1500;

export class Link extends EventTarget {
  constructor(base, person) {
    super();
    this.base = base;
    this.person = person;
    this.pending = 0;
    this.state = "";
  }

  /** Asks, and returns the answer; throws `Refused` or `Gone`. */
  async send(path, body = {}) {
    this.pending += 1;
    try {
      const answer = await this.ask(path, body);
      this.turn("");
      return answer;
    } catch (error) {
      if (error instanceof Gone) this.turn(error.message);
      throw error;
    } finally {
      this.pending -= 1;
      if (!this.pending) this.dispatchEvent(new Event("idle"));
    }
  }

  /** The sheet as it stands. */
  look() {
    return this.send("", null);
  }

  async ask(path, body) {
    const options = { headers: { accept: "application/json", "x-person": this.person } };
    if (body !== null) {
      options.method = "POST";
      options.headers["content-type"] = "application/json";
      options.body = JSON.stringify(body);
      // What is under way when the page is left still arrives; browsers bound what that may be.
      options.keepalive = options.body.length < 30_000;
    }
    let response;
    let document;
    try {
      response = await fetch(this.base + path, options);
      document = await response.json();
    } catch {
      throw new Gone("gone");
    }
    if (response.ok) return document;
    if (response.status === 401 || document.code === "sheet-other-person") throw new Gone("locked");
    throw new Refused(document.sentence ?? document.detail);
  }

  turn(state) {
    if (state === this.state) return;
    this.state = state;
    this.dispatchEvent(new Event("turn"));
    if (state && !this.waiting) this.waiting = setTimeout(() => this.again(), AGAIN_MS);
  }

  async again() {
    this.waiting = undefined;
    try {
      await this.look();
    } catch {
      if (this.state && !this.waiting) this.waiting = setTimeout(() => this.again(), AGAIN_MS);
    }
  }
}
