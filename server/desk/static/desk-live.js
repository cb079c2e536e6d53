// Keeps an open page true: the server says when something changed at the place of the page's regions
// or below it, and each region is read again from its page. A region is an element with an id and
// data-live, whose value is the place's id, or empty for the topmost that the person sees.
// Where nobody looks, or something is being typed or chosen, nothing moves.
const REST_MS = 2500; // a county's villages sync at any moment: a page is renewed no more often
const regions = () => [...document.querySelectorAll("[data-live]")];
let events = null;
let waiting = null;
let busy = false;
let touched = false;

function isTyping(region) {
  const at = document.activeElement;
  return region.contains(at) && at.matches("input, select, textarea");
}

function focusMark(region) {
  const at = region.contains(document.activeElement) ? document.activeElement : null;
  return at && (at.getAttribute("href") ?? at.textContent);
}

function put(region, other) {
  if (!other || other.innerHTML === region.innerHTML) return;
  const mark = focusMark(region);
  region.replaceChildren(...other.childNodes);
  if (mark === null) return;
  const same = [...region.querySelectorAll("a, button, summary")].find(
    (one) => (one.getAttribute("href") ?? one.textContent) === mark,
  );
  (same ?? document.getElementById("main")).focus({ preventScroll: true });
}

async function renewRegions() {
  const found = regions();
  if (!found.length || found.some(isTyping)) return;
  const answer = await fetch(location.pathname + location.search, { headers: { accept: "text/html" } });
  if (!answer.ok || answer.redirected) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const region of found) if (!isTyping(region)) put(region, fresh.getElementById(region.id));
}

async function renew() {
  waiting = null;
  if (busy || touched) return;
  busy = true;
  document.dispatchEvent(new Event("changed-here")); // for a page that shows it in its own way
  try {
    await renewRegions();
  } catch {
    // The server can't be reached: the page stays as it was, and the stream tells when it is back.
  } finally {
    busy = false;
  }
}

function later() {
  waiting ??= setTimeout(renew, REST_MS);
}

function follow() {
  if (document.visibilityState === "visible" && !events) {
    const place = regions()[0]?.dataset.live ?? "";
    events = new EventSource(place ? `/api/live?place=${encodeURIComponent(place)}` : "/api/live");
    events.addEventListener("changed", later);
    events.addEventListener("open", () => (events.wasLost ? later() : undefined));
    events.addEventListener("error", () => (events.wasLost = true));
  } else if (document.visibilityState === "hidden" && events) {
    events.close();
    events = null;
  }
}

// What was ticked or filled in within a region, and not sent yet, must not be lost.
document.addEventListener("input", (event) => {
  if (event.target.closest("[data-live]")) touched = true;
});

if (regions().length) {
  follow();
  document.addEventListener("visibilitychange", () => {
    follow();
    if (events) later();
  });
}
