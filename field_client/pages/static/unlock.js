// The keys to press with a finger, and a wait that counts down. Without this the form works as well.
const form = document.getElementById("pin-form");
const pin = document.getElementById("pin");
const keypad = form.querySelector(".keypad");
const go = document.getElementById("go");

keypad.hidden = false;
keypad.addEventListener("click", (event) => {
  const key = event.target.closest("[data-key]")?.dataset.key;
  if (!key) return;
  if (key === "clear") pin.value = "";
  else if (key === "back") pin.value = pin.value.slice(0, -1);
  else if (pin.value.length < pin.maxLength) pin.value += key;
});

const wait = Number(form.dataset.wait ?? 0);
if (wait) {
  const words = go.textContent;
  const end = performance.now() + wait * 1000;
  const tick = () => {
    const left = Math.ceil((end - performance.now()) / 1000);
    go.disabled = left > 0;
    go.textContent = left > 0 ? `${words} (${left})` : words;
    if (left > 0) setTimeout(tick, 250);
    else pin.focus();
  };
  tick();
}
