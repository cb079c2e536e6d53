// Keeps an open page true: the laptop says when something changed, and what shows it is made anew.
// A page that nobody looks at listens to nothing: a browser has few connections to one address.
const REST_MS = 400;
let events = null;
let waiting = null;
let busy = false;

async function fetched(address) {
  const answer = await fetch(address, { headers: { accept: "text/html" } });
  return answer.ok && !answer.redirected ? answer.text() : null;
}

async function renewStrip() {
  const strip = document.getElementById("strip");
  const text = strip && (await fetched("/api/strip"));
  if (text !== null && strip.innerHTML !== text) strip.innerHTML = text;
}

function isTyping(region) {
  const at = document.activeElement;
  return region.contains(at) && at.matches("input, select, textarea");
}

/** What is marked data-live is read again from its page; the focus stays where it was. */
async function renewRegions() {
  const regions = [...document.querySelectorAll("[data-live]")];
  if (!regions.length || regions.some(isTyping)) return;
  const text = await fetched(location.pathname + location.search);
  if (text === null) return;
  const fresh = new DOMParser().parseFromString(text, "text/html");
  for (const region of regions) {
    const other = fresh.getElementById(region.id);
    if (!other || other.innerHTML === region.innerHTML || isTyping(region)) continue;
    const at = region.contains(document.activeElement) ? document.activeElement : null;
    const mark = at && (at.getAttribute("href") ?? at.textContent);
    for (const kept of region.querySelectorAll("[data-keep]")) {
      fresh.getElementById(kept.id)?.replaceWith(kept); // a module holds on to these
    }
    region.replaceChildren(...other.childNodes);
    if (mark !== null) {
      const same = [...region.querySelectorAll("a, button")].find(
        (one) => (one.getAttribute("href") ?? one.textContent) === mark,
      );
      (same ?? document.getElementById("main")).focus();
    }
  }
}

async function renew() {
  waiting = null;
  if (busy) return later();
  busy = true;
  document.dispatchEvent(new Event("changed-here")); // for a page that shows it in its own way
  try {
    await Promise.all([renewStrip(), renewRegions()]);
  } catch {
    tellGone();
  } finally {
    busy = false;
  }
}

/** The program was closed: nothing that is typed now would be kept, and the page must not say so. */
function tellGone() {
  const strip = document.getElementById("strip");
  const told = document.createElement("strong");
  told.className = "failed";
  told.textContent = strip.dataset.gone;
  strip.replaceChildren(told);
}

function later() {
  waiting ??= setTimeout(renew, REST_MS);
}

function follow() {
  if (document.visibilityState === "visible" && !events) {
    events = new EventSource("/api/live");
    events.addEventListener("changed", later); // also told once a new start answers
    events.addEventListener("error", later);
  } else if (document.visibilityState === "hidden" && events) {
    events.close();
    events = null;
  }
}

if (document.getElementById("strip")) {
  follow();
  document.addEventListener("visibilitychange", follow);
}
