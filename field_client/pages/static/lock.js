// Alt+L locks at once; a page that nobody touches locks itself, and one that is only read says now
// and then that somebody is there. What was typed is kept as it is typed: locking loses nothing.
const lock = document.getElementById("lock-form");
const idleMs = Number(lock.dataset.idleSeconds) * 1000;
const TELL_MS = 60_000;

addEventListener("keydown", (event) => {
  if (event.code === "KeyL" && event.altKey && !event.ctrlKey && !event.shiftKey && !event.metaKey) {
    event.preventDefault();
    lock.requestSubmit();
  }
});

if (idleMs > 0) {
  let touched = performance.now();
  let told = touched;
  const note = () => {
    touched = performance.now();
    if (touched - told > TELL_MS) {
      told = touched;
      fetch("/awake", { method: "POST" }).catch(() => {});
    }
  };
  for (const kind of ["keydown", "pointerdown", "wheel", "scroll"]) {
    addEventListener(kind, note, { passive: true, capture: true });
  }
  const look = () => {
    const left = idleMs - (performance.now() - touched);
    if (left > 0) setTimeout(look, left + 50);
    else lock.requestSubmit();
  };
  setTimeout(look, idleMs);
}
