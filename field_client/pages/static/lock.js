// Alt+L locks at once; pages that nobody touches lock themselves, and one that is only read says now
// and then that somebody is there. What was typed is kept as it is typed: locking loses nothing.
// All tabs of the browser are one desk: a touch of one keeps the others open, and a lock hides all.
const lock = document.getElementById("lock-form");
const idleMs = Number(lock.dataset.idleSeconds) * 1000;
const TELL_MS = 60_000;
const NOTE_MS = 1_000;
const LOOK_MS = 5_000;
const tabs = new BroadcastChannel("tianji-lock");
let locking = false;

function lockNow() {
  if (!locking) lock.requestSubmit();
  locking = true; // until somebody touches the page, who has chosen to stay on it
}

addEventListener("keydown", (event) => {
  if (event.code === "KeyL" && event.altKey && !event.ctrlKey && !event.shiftKey && !event.metaKey) {
    event.preventDefault();
    lockNow();
  }
});
lock.addEventListener("submit", () => tabs.postMessage("locked"));

// By the wall clock: a laptop that slept all night was touched by nobody.
let touched = Date.now();
let told = touched;
let noted = touched;

tabs.addEventListener("message", ({ data }) => {
  if (data === "locked") location.replace("/unlock");
  else touched = Date.now();
});

function note() {
  locking = false;
  touched = Date.now();
  if (touched - noted > NOTE_MS) {
    noted = touched;
    tabs.postMessage("touched");
  }
  if (touched - told > TELL_MS) {
    told = touched;
    fetch("/awake", { method: "POST" }).catch(() => {});
  }
}

function look() {
  if (Date.now() - touched > idleMs) lockNow();
}

if (idleMs > 0) {
  for (const kind of ["keydown", "pointerdown", "wheel", "scroll"]) {
    addEventListener(kind, note, { passive: true, capture: true });
  }
  setInterval(look, LOOK_MS);
  document.addEventListener("visibilitychange", look);
}
