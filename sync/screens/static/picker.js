// A search form becomes a box that lists what fits while one types: the ARIA pattern of a combobox
// with a list. Without this module the form leads to a page of results.

const WAIT_MS = 60;

class PickerBox {
  constructor(form) {
    this.form = form;
    this.input = form.querySelector("input[name=q]");
    this.to = form.querySelector("input[name=to]")?.value ?? "todo";
    this.options = [];
    this.at = -1;
    this.build();
    this.listen();
  }

  build() {
    const id = `${this.input.id}-list`;
    this.list = document.createElement("ul");
    Object.assign(this.list, { id, className: "picker-list", hidden: true });
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", this.form.querySelector("label").textContent);
    this.status = document.createElement("p");
    this.status.className = "visually-hidden";
    this.status.setAttribute("role", "status");
    const told = {
      role: "combobox",
      "aria-expanded": "false",
      "aria-controls": id,
      "aria-autocomplete": "list",
    };
    for (const [name, value] of Object.entries(told)) this.input.setAttribute(name, value);
    this.input.closest(".picker-box").append(this.list, this.status);
  }

  listen() {
    // The first answer takes longest: it is asked for before anything is typed.
    this.input.addEventListener("focus", () => fetch(`${this.form.dataset.picker}?q=`), { once: true });
    this.input.addEventListener("input", (event) => {
      if (!event.isComposing) this.ask();
    });
    this.input.addEventListener("compositionend", () => this.ask());
    this.input.addEventListener("keydown", (event) => this.press(event));
    this.input.addEventListener("blur", () => this.close());
    this.list.addEventListener("mousedown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) location.assign(option.dataset.address);
    });
  }

  ask() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.renew(), WAIT_MS);
  }

  async renew() {
    const typed = this.input.value.trim();
    if (!typed) return this.close();
    this.waiting?.abort();
    this.waiting = new AbortController();
    const query = new URLSearchParams({ q: typed, to: this.to });
    try {
      const answer = await fetch(`${this.form.dataset.picker}?${query}`, { signal: this.waiting.signal });
      if (answer.ok && typed === this.input.value.trim()) this.show(await answer.json());
    } catch (error) {
      if (error.name !== "AbortError") this.close();
    }
    return undefined;
  }

  show(found) {
    this.options = found.map((one, index) => this.option(one, index));
    const none = document.createElement("li");
    none.textContent = this.form.dataset.none;
    none.setAttribute("role", "option");
    none.setAttribute("aria-disabled", "true");
    this.list.replaceChildren(...(found.length ? this.options : [none]));
    this.open(true);
    this.mark(-1);
    const { none: nothing, count } = this.form.dataset;
    this.status.textContent = found.length ? count.replace("{count}", found.length) : nothing;
  }

  option(one, index) {
    const item = document.createElement("li");
    item.id = `${this.list.id}-${index}`;
    item.setAttribute("role", "option");
    item.setAttribute("aria-selected", "false");
    item.dataset.address = one.address;
    const name = document.createElement("span");
    name.textContent = one.name;
    const rest = document.createElement("span");
    rest.className = "hint";
    const former = one.former ? this.form.dataset.former.replace("{name}", one.former) : "";
    rest.textContent = [former, one.above, one.code].filter(Boolean).join(" · ");
    item.append(name, " ", rest);
    return item;
  }

  press(event) {
    if (event.isComposing) return;
    const open = !this.list.hidden && this.options.length;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!open) return void this.renew();
      const step = event.key === "ArrowDown" ? 1 : -1;
      const places = this.options.length + 1; // the input itself is one of them
      this.mark(((this.at + 1 + step + places) % places) - 1);
    } else if (event.key === "Enter" && open && this.at >= 0) {
      event.preventDefault();
      location.assign(this.options[this.at].dataset.address);
    } else if (event.key === "Escape" && !this.list.hidden) {
      event.preventDefault();
      this.close();
    }
  }

  mark(at) {
    this.options[this.at]?.setAttribute("aria-selected", "false");
    this.at = at;
    const option = this.options[at];
    if (!option) return this.input.removeAttribute("aria-activedescendant");
    option.setAttribute("aria-selected", "true");
    option.scrollIntoView({ block: "nearest" });
    return this.input.setAttribute("aria-activedescendant", option.id);
  }

  open(yes) {
    this.list.hidden = !yes;
    this.input.setAttribute("aria-expanded", String(yes));
  }

  close() {
    clearTimeout(this.timer);
    this.waiting?.abort();
    this.mark(-1);
    this.options = [];
    this.open(false);
  }
}

function attach(form) {
  if (!form || form.dataset.ready) return;
  form.dataset.ready = "yes";
  new PickerBox(form);
}

document.querySelectorAll("form[data-picker]").forEach(attach);
// A part of the page may have been put in anew since.
document.addEventListener("focusin", (event) => attach(event.target.closest("form[data-picker]")));
